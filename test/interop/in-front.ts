// The usual start of a set-up with Sluice in the middle: another server, and `sluice serve` in front of
// it that speaks HTTP to the client.
import type { Cleanup } from '../support/cleanup.ts';
import { startSluice } from '../support/sluice.ts';
import type { Running, SetUp } from './set-up.ts';

/** A server that runs. */
export interface RunningServer {
  /** Its address, as an application of `sluice serve`. */
  readonly address: string;
  /** What it wrote to its log so far. */
  log(): string;
}

/** Starts Sluice in front of a server. */
export async function putInFront(
  cleanup: Cleanup,
  { address, log }: RunningServer,
  words: readonly string[] = [],
): Promise<Running> {
  const { addresses, child } = await startSluice(cleanup, [
    ...[address, '--listen', 'http://127.0.0.1:0', '--trust', '127.0.0.1'],
    ...words,
  ]);
  return { origin: addresses[0] as string, logs: () => child.stderr + log() };
}

/** Starts a server, and Sluice in front of it. */
export function inFrontOf(start: (cleanup: Cleanup) => Promise<RunningServer>): SetUp['start'] {
  return async (cleanup) => await putInFront(cleanup, await start(cleanup));
}
