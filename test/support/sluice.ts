// Starts the command `sluice` as it is built.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, type ChildOptions, startChild } from './child.ts';
import type { Cleanup } from './cleanup.ts';
import { until } from './until.ts';

/** This checkout, or its copy where others may read it. */
const CHECKOUT =
  process.env.SLUICE_TEST_CHECKOUT ?? fileURLToPath(new URL('../..', import.meta.url));

/** The command, for `node`. */
export const SLUICE = join(CHECKOUT, 'packages/sluice/dist/bin.js');

/** The command `sluice-fastcgi`, for the first line of a file. */
export const LAUNCHER = join(CHECKOUT, 'packages/sluice/bin/sluice-fastcgi.js');

/** The path of an application of test/fixtures/apps. */
export function appPath(name: string): string {
  return fixturePath(`apps/${name}`);
}

/** A path in test/fixtures. */
export function fixturePath(name: string): string {
  return join(CHECKOUT, 'test/fixtures', name);
}

/** A running `sluice serve`. */
export interface RunningSluice {
  readonly child: Child;
  /** Where it listens, as it says itself, in the order of its --listen. */
  readonly addresses: readonly string[];
}

/** Starts `sluice serve …` and waits until it says where it listens. */
export async function startSluice(
  cleanup: Cleanup,
  words: readonly string[],
  options: ChildOptions = {},
): Promise<RunningSluice> {
  const child = startChild(cleanup, process.execPath, [SLUICE, 'serve', ...words], options);
  cleanup.add(async () => {
    const hadEnded = child.exit !== undefined; // the test has seen it, and says what it thinks of it
    const { code, signal } = await child.stop();
    if (code !== 0 && !hadEnded)
      throw new Error(`sluice serve ended with ${code ?? signal}:\n${child.stderr}`);
  });
  const expected = Math.max(1, words.filter((word) => word === '--listen').length);
  const addresses = await until('sluice serve says where it listens', () => {
    if (child.exit) throw new Error(`sluice serve ended at once:\n${child.stderr}`);
    const found = [...child.stderr.matchAll(/^ {2}(\S+) +try: .*$/gm)].map(
      ([, address]) => address as string,
    );
    return found.length >= expected && found;
  });
  return { child, addresses };
}

/** The port in an address such as `scgi://127.0.0.1:4000`. */
export function portOf(address: string | undefined): string {
  const port = /:(\d+)$/.exec(address ?? '')?.[1];
  if (!port) throw new Error(`no port in ${address}`);
  return port;
}
