// docs/ctl.md lists what `sluice ctl` and its control socket understand, and what they answer.
import { execFileSync } from 'node:child_process';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { SLUICE } from '../support/sluice.ts';
import { inTime } from '../support/until.ts';
import { read, rowsOf, section } from './markdown.ts';
import { startSteered } from './steer.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const DOCUMENT = 'docs/ctl.md';
const help = execFileSync(process.execPath, [SLUICE, 'ctl', '--help'], { encoding: 'utf8' });
/** The first words of the lines of the help text that begin so. */
const listed = (pattern: RegExp) => [...help.matchAll(pattern)].map(([, words]) => words);

describe('sluice ctl --help names what docs/ctl.md lists', () => {
  it.each([
    ['verbs', 'Verb', /^ {2}([a-z]+(?: N)?) {2,}/gm],
    ['options', 'Option', /^ {2}(--[a-z]+(?: [A-Z]+)?) {2,}/gm],
  ])('%s', (_what, column, pattern) => {
    const rows = rowsOf(read(DOCUMENT), column).map(([name]) => name);
    expect(rows.length).toBeGreaterThan(5);
    expect(listed(pattern)).toEqual(rows);
  });

  it('for which verbs an option is', () => {
    for (const [option = '', verbs = ''] of rowsOf(read(DOCUMENT), 'Option').slice(1)) {
      const names = verbs.replaceAll('`', '').replace(', ', ' and ');
      expect(help).toMatch(new RegExp(`^ {2}${option} +for ${names}:`, 'm'));
    }
  });

  it('exit statuses', () => {
    const [, line = ''] = /^Exit status: (.*)$/m.exec(help) ?? [];
    const rows = rowsOf(read(DOCUMENT), 'Exit status').map(([status]) => status);
    expect(line.match(/\b\d\b/g)).toEqual(rows);
  });
});

it('the control socket answers as it is said', async () => {
  const { child, path } = await startSteered(cleanup, await openWorkshop(cleanup));
  const rows = rowsOf(section(DOCUMENT, 'By HTTP'), 'Request');
  expect(rows).toHaveLength(6);
  for (const [asked = '', , answer = ''] of rows) {
    const [method = '', target = ''] = asked.split(' ');
    const told = await ask(path, method, target);
    if (method === 'POST') expect(told).toBe(`${answer}\n`);
    else expect(told).toMatch(target === '/status' ? /^\{\n/ : /^# HELP /);
  }
  expect(await inTime('the server ends', child.ended)).toEqual({ code: 0, signal: null });
});

async function ask(socketPath: string, method: string, path: string): Promise<string> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, method, path, agent: false }, resolve).on('error', reject).end();
  });
  return await text(answer);
}
