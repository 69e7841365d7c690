// The thread model: a unit is a thread host, a child process whose pool is one of threads. It gets
// descriptors for all threads that it may ever start: closing one in a thread must not touch another.
import { fileURLToPath } from 'node:url';
import { type ChildProgram, forkUnits } from './fork.ts';
import type { Spares } from './sizing.ts';
import type { StartUnit } from './unit.ts';
import type { WatchLimits } from './watchdog.ts';

/** What a thread host is told. */
export interface ThreadHostData {
  /** How many threads; for an adaptive pool, the bounds of their number. */
  readonly threads: number | Spares;
  /** Sets of descriptors: for the threads, and for those that will replace them. */
  readonly sets: number;
  readonly argv: readonly string[];
  readonly data: unknown;
  /** Milliseconds that threads have to finish. */
  readonly deadline: number;
  /** What is too long for a request. */
  readonly limits: WatchLimits;
}

const SPARES = 32; // threads that a host can lose, or replace, before it needs a successor

/**
 * Starts thread hosts.
 *
 * @param host - what each of them is told; asked anew for each, since the number of threads may change
 * @param descriptors - one for each address
 * @param given - how the process is started
 */
export function threadHostUnits(
  host: () => Omit<ThreadHostData, 'sets'>,
  descriptors: readonly number[],
  given: Pick<ChildProgram, 'execArgv' | 'env'>,
): StartUnit {
  return (events) => {
    const told = host();
    const { threads } = told;
    const sets = (typeof threads === 'number' ? threads : threads.max) + SPARES;
    const start = forkUnits({
      ...given,
      argv: [fileURLToPath(new URL('./thread-host.js', import.meta.url))],
      title: 'thread host',
      descriptors: Array.from({ length: sets }, () => descriptors).flat(),
      task: (inherited) => ({
        descriptors: inherited,
        data: { ...told, sets } satisfies ThreadHostData,
      }),
    });
    return start(events);
  };
}
