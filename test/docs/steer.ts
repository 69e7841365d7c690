// Runs the commands of the documents that steer a server, with a server to steer.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { startChild } from '../support/child.ts';
import type { Cleanup } from '../support/cleanup.ts';
import { type RunningSluice, SLUICE, startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { wordsOf } from './markdown.ts';
import type { Workshop } from './workshop.ts';

/** What is printed when a verb was done. */
const SAYS: Readonly<Record<string, RegExp>> = {
  status: /worker \d+/,
  metrics: /^sluice_info\{/m,
  top: /^WORKER .*\nworker \d+ /m,
  reload: /reloaded.*\b2\b/,
  scale: /scaled.*\b[1-4]\b/,
  reopen: /reopened/,
  stop: /stopped/,
};

/** Starts the server that the documents steer: two workers under `fork`, with a control socket. */
export async function startSteered(
  cleanup: Cleanup,
  { folder }: Workshop,
): Promise<RunningSluice & { readonly path: string }> {
  const path = join(folder, 'app.ctl');
  const words = ['app.mjs', '--listen', 'http://127.0.0.1:0', '--control', path];
  const workers = ['--concurrency', 'fork', '--workers', '2'];
  return { path, ...(await startSluice(cleanup, [...words, ...workers], { cwd: folder })) };
}

/** Whether a command needs a program that is not there. */
export function isMissing(command: string): boolean {
  const [program = ''] = wordsOf(command);
  if (program !== 'curl') return false;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return !folders.some((folder) => existsSync(join(folder, program)));
}

/** `npx sluice ctl …`, or curl at a control socket: it does what it says. */
export async function expectToSteer(
  cleanup: Cleanup,
  command: string,
  workshop: Workshop,
): Promise<void> {
  const { child: server } = await startSteered(cleanup, workshop);
  const words = wordsOf(workshop.local(command));
  const start = words.findIndex((word) => word === 'npx' || word === 'curl');
  const pairs = words.slice(0, start).map((word) => word.split('=') as [string, string]);
  const env = { ...process.env, ...Object.fromEntries(pairs) };
  const [program, ...rest] =
    words[start] === 'npx'
      ? [process.execPath, SLUICE, ...words.slice(start + 2)]
      : (words.slice(start) as [string, ...string[]]);
  const child = startChild(cleanup, program, rest, { cwd: workshop.folder, env });
  const verb = verbOf(words);
  if (verb === 'top') {
    await until('two tables', () => (child.stdout.match(/^WORKER /gm) ?? []).length >= 2);
    await child.stop('SIGINT');
  }
  expect(await inTime(`${verb} ends`, child.ended), child.stderr).toEqual({
    code: 0,
    signal: null,
  });
  expect(child.stdout).toMatch(SAYS[verb] as RegExp);
  if (verb === 'stop')
    expect(await inTime('the server ends', server.ended)).toMatchObject({ code: 0 });
  else expect(server.exit).toBeUndefined();
}

/** A word of its own, or the path of a URL. */
function verbOf(words: readonly string[]): string {
  const found = words
    .map((word) => word.replace(/^http:\/\/localhost\/(\w+).*$/, '$1'))
    .find((word) => Object.hasOwn(SAYS, word));
  if (found === undefined) throw new Error(`no verb in ${words.join(' ')}`);
  return found;
}
