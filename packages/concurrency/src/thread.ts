// The thread model: a unit is a thread host, a child process whose pool is one of threads. It gets
// descriptors for all threads that it may ever start: closing one in a thread must not touch another.
import { fileURLToPath } from 'node:url';
import { forkUnits } from './fork.ts';
import type { StartUnit } from './pool.ts';

/** What a thread host is told. */
export interface ThreadHostData {
  readonly threads: number;
  /** Sets of descriptors: for the threads, and for those that will replace them. */
  readonly sets: number;
  readonly argv: readonly string[];
  readonly data: unknown;
  /** Milliseconds that threads have to finish. */
  readonly deadline: number;
}

const SPARES = 16; // threads that a host can lose before it needs a successor

/**
 * Starts thread hosts.
 *
 * @param host - what each of them is told
 * @param descriptors - one for each address
 */
export function threadHostUnits(
  host: Omit<ThreadHostData, 'sets'>,
  descriptors: readonly number[],
): StartUnit {
  const sets = host.threads + SPARES;
  return forkUnits({
    argv: [fileURLToPath(new URL('./thread-host.js', import.meta.url))],
    title: 'thread host',
    descriptors: Array.from({ length: sets }, () => descriptors).flat(),
    task: (inherited) => ({
      descriptors: inherited,
      data: { ...host, sets } satisfies ThreadHostData,
    }),
  });
}
