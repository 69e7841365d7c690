// docs/configuration.md: its files are right, its commands serve what they say, its tables have all that there is.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOLS } from 'sluice';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { startSluice } from '../support/sluice.ts';
import { ask } from './ask.ts';
import { expectToEnd, run } from './commands.ts';
import { blocksOf, commandsOf, read, rowsOf, section, wordsOf } from './markdown.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const DOCUMENT = 'docs/configuration.md';
const MODULE = 'sluice.config.mjs';
const JSON_FILE = 'sluice.config.json';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A folder with the files of the document, and one that is found by itself. */
async function openFolder(found: string): Promise<Workshop> {
  const workshop = await openWorkshop(cleanup, DOCUMENT);
  const other = found === MODULE ? JSON_FILE : MODULE;
  rmSync(join(workshop.folder, other));
  return { ...workshop, local: (text) => workshop.local(text).replace(/^port = .*$/m, 'port = 0') };
}

/** What a server answers to `/a`. */
async function answers(workshop: Workshop, words: readonly string[]): Promise<string> {
  const server = await startSluice(cleanup, words, { cwd: workshop.folder });
  const answer = await ask(server.addresses[0] as string, '/a');
  await expectToEnd(server);
  return answer;
}

const commands = commandsOf(DOCUMENT).map((command) => wordsOf(command.trim()).slice(2));

describe('commands', () => {
  it('are there', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)('sluice %s %s %s %s %s', async (verb, ...words) => {
    const workshop = await openFolder(MODULE);
    const ini = blocksOf(DOCUMENT).find(({ file }) => file === 'site.ini');
    writeFileSync(join(workshop.folder, 'site.ini'), workshop.local(ini?.text as string));
    const given = words.filter((word) => word !== undefined);
    if (verb === 'check') {
      const { code, stderr } = await run([verb, ...given], workshop, null);
      expect([code, stderr.replace(/^warn: .*\n/gm, '')]).toEqual([0, '']);
    } else {
      const expected = given.includes('admin') ? /^Hello world!/ : /^GET \/a\n$/;
      expect(await answers(workshop, given)).toMatch(expected);
    }
  });
});

it('the file in JSON serves', async () => {
  expect(await answers(await openFolder(JSON_FILE), [])).toBe('GET /a\n');
});

it('site.ini does what the text says of it', async () => {
  const workshop = await openFolder(MODULE);
  const words = ['--config', 'site.ini', '--listen', 'http://127.0.0.1:0'];
  const server = await startSluice(cleanup, words, { cwd: workshop.folder });
  const [address] = server.addresses as [string];
  expect(await ask(address, '/api/x')).toBe('Hello from My site: /api/x\n');
  const { headers } = await fetch(`${address}/a`);
  expect(headers.get('X-Served-By')).toBe('My site');
  await expectToEnd(server);
});

describe('names of servers', () => {
  const [protocols = [], models = []] = rowsOf(section(DOCUMENT, "Paste's style"), 'Part').map(
    ([, values = '']) => [...values.matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
  );

  it('are all listed', () => {
    const listening = Object.entries(PROTOCOLS).filter(([, { startsPrograms }]) => !startsPrograms);
    expect(protocols.filter((name) => name !== 'fcgi')).toEqual(listening.map(([name]) => name));
    expect(models).toEqual(['_single', '_fork', '_thread', '_thread']);
  });

  it('that the text uses are there', async () => {
    const workshop = await openFolder(MODULE);
    const named = [
      ...read(DOCUMENT).matchAll(/egg:(?:sluice|flup|PasteScript)#((?:flup_)?(?:\w+))/g),
    ];
    const names = new Set(named.map(([egg]) => egg).filter((egg) => !egg.endsWith('urlmap')));
    expect(names.size).toBeGreaterThan(3);
    for (const name of names) {
      workshop.write(
        'one.ini',
        `[server:main]\nuse = ${name}\nsocket = s\n[app:main]\nuse = demo\n`,
      );
      const { code, stderr } = await run(['check', '--config', 'one.ini'], workshop, null);
      expect([name, code, stderr]).toEqual([name, 0, '']);
    }
  });
});

it('keys of servers that the table names are known', async () => {
  const workshop = await openFolder(MODULE);
  const rows = rowsOf(section(DOCUMENT, "Paste's style"), 'Key');
  const keys = rows.flatMap(([names = '']) =>
    [...names.matchAll(/\b([a-z]\w+)\b/gi)].map(([key]) => key),
  );
  const shown = keys.filter((key) => !['every', 'option', 'options', 'md'].includes(key));
  expect(shown).toContain('allowedServers');
  const text = (key: string) =>
    `[server:main]\nuse = egg:sluice#${key === 'secret' ? 'ajp' : 'fastcgi'}\n${key} = x\n`;
  for (const key of shown) {
    workshop.write('one.ini', text(key));
    const { stderr } = await run(['check', '--config', 'one.ini'], workshop, null);
    expect(stderr).not.toContain(`no option ${key}`);
  }
});
