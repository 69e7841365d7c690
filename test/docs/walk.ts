// Follows a page from its first shell block to its last: what it starts runs, and what it prints stands below.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listeningPort } from '../conformance/support/listening.ts';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { SLUICE, startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { blocksOf, ROOT, wordsOf } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

/** Pages that are followed. */
export const WALKED: readonly string[] = [
  'express',
  'koa',
  'fastify',
  'hono',
  'fetch',
  'frameworks',
  'mounting',
  'websocket',
].map((name) => `docs/${name}.md`);

/** Pages of what has to be built: they are followed where that is done, in test/frameworks. */
export const WALKED_WHEN_BUILT: readonly string[] = ['nestjs', 'next', 'sveltekit', 'nuxt'].map(
  (name) => `docs/${name}.md`,
);

/** A step: the commands of a block, and what they print. */
interface Step {
  readonly line: number;
  readonly commands: readonly string[];
  /** What they print; undefined where the page does not say. */
  readonly output: string | undefined;
}

/** The steps of a page. */
function stepsOf(document: string): readonly Step[] {
  const blocks = blocksOf(document);
  return blocks.flatMap(({ language, file, line, text }, at) => {
    if (language !== 'sh' || file !== '') return [];
    const next = blocks[at + 1];
    const output = next?.language === 'text' ? next.text : undefined;
    return [{ line, commands: text.trimEnd().split('\n'), output }];
  });
}

/**
 * Declares the tests of a page that is followed.
 *
 * @param places - where the files of a build are that the page names
 */
export function describePage(
  document: string,
  places: Readonly<Record<string, string>> = {},
): void {
  describe(document, () => {
    const steps = stepsOf(document);

    it('shows what to type', () => {
      expect(steps.length).toBeGreaterThan(0);
    });

    it.each(steps)('line $line', async (step) => {
      await walk(document, step, places);
    });
  });
}

/** Runs a step of a page. */
async function walk(
  document: string,
  { commands, output }: Step,
  places: Readonly<Record<string, string>>,
): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const { folder, local } = await openWorkshop(cleanup, document);
    const addresses = new Map<string, string>(); // as the page has them, and as they are
    let printed = '';
    for (const command of commands) {
      const [program = '', verb = '', ...words] = wordsOf(local(command));
      if (program === 'npm') expectInstalled(words);
      else if (program === 'node') await startScript(cleanup, folder, command, addresses);
      else if (program !== 'npx' || verb !== 'sluice')
        continue; // a build: test/frameworks has its own
      else if (words[0] === 'serve') {
        const [, application = '', ...options] = words;
        const place = places[application];
        const cwd = place ? dirname(place) : folder;
        const server = await startSluice(cleanup, [place ?? application, ...options], { cwd });
        const given = wordsOf(command).filter((word) => /^\w+:\/\//.test(word));
        for (const [at, address] of given.entries())
          addresses.set(address, server.addresses[at] as string);
      } else {
        const [address = '', ...asked] = wordsOf(command).slice(3);
        const at = addresses.get(address);
        if (!at) throw new Error(`nothing was started at ${address}`);
        printed += await ask(cleanup, [at, ...asked]);
      }
    }
    if (output !== undefined) expect(printed.replace(/(?<!\n)$/, '\n')).toBe(output);
  } finally {
    await cleanup.run();
  }
}

/** `npm install NAME`: it is there for these tests. */
function expectInstalled([...names]: readonly string[]): void {
  for (const name of names) expect(existsSync(join(ROOT, 'node_modules', name)), name).toBe(true);
}

/** `node FILE`: it listens in the end. */
async function startScript(
  cleanup: Cleanup,
  folder: string,
  command: string,
  addresses: Map<string, string>,
): Promise<void> {
  const [, file = ''] = wordsOf(command);
  const { text = '' } = blocksOf('docs/frameworks.md').find((block) => block.file === file) ?? {};
  const [address = ''] = /\w+:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
  const child = startChild(cleanup, process.execPath, [file], { cwd: folder });
  const port = await until(`${file} listens`, () => {
    if (child.exit) throw new Error(child.stderr);
    return listeningPort(child.pid);
  });
  addresses.set(address, address.replace(/\d+$/, String(port)));
}

/** What `sluice request` prints, with a line feed behind an answer that has none. */
async function ask(cleanup: Cleanup, words: readonly string[]): Promise<string> {
  const child = startChild(cleanup, process.execPath, [SLUICE, 'request', ...words]);
  await inTime('an answer', child.ended);
  expect(child.stderr).toBe('');
  return child.stdout.endsWith('\n') ? child.stdout : `${child.stdout}\n`;
}
