// The supervisor: binds nothing itself, never listens, and keeps the workers of a program alive.
import { SluiceError } from '@sluice/protocol';
import type { BoundAddress } from './bind.ts';
import { forkUnits } from './fork.ts';
import { Pool } from './pool.ts';
import { threadHostUnits } from './thread.ts';

/** What the workers run. */
export interface WorkerProgram {
  /** Script and arguments; the script asks `currentWorker()` what it has to do. */
  readonly argv: readonly string[];
  /** Anything that survives JSON, handed to each worker. */
  readonly data: unknown;
}

/** How many workers, and of which kind. */
export interface WorkersOptions {
  readonly model: 'fork' | 'thread';
  readonly workers: number;
  /** Milliseconds that workers have to finish when they are stopped. */
  readonly deadline: number;
  /** Ends a start that is not complete yet. */
  readonly signal: AbortSignal | undefined;
  /** Takes one line for each thing that an operator should know. */
  readonly report: (level: 'info' | 'warn' | 'error', line: string) => void;
}

/** Workers that run. */
export interface RunningWorkers {
  /** Replaces all of them, new ones ready before old ones leave. */
  reload(): void;
  /** Lets them finish within the deadline. Called again: ends them at once. */
  stop(): Promise<void>;
  /** Settles with the reason when all are lost and none can be started. */
  readonly failed: Promise<SluiceError>;
}

/**
 * Starts workers on bound addresses; settles when all are ready.
 *
 * @throws SluiceError `ERR_WORKERS_FAILED` when they fail again and again
 */
export async function startWorkers(
  program: WorkerProgram,
  bound: readonly BoundAddress[],
  options: WorkersOptions,
): Promise<RunningWorkers> {
  const descriptors = bound.map(({ fd }) => fd);
  const { model, workers, deadline, report, signal } = options;
  const pool = new Pool(
    model === 'fork'
      ? {
          size: workers,
          report,
          start: forkUnits({
            argv: program.argv,
            title: 'worker',
            descriptors,
            task: (inherited) => ({ descriptors: inherited, data: program.data }),
          }),
        }
      : {
          size: 1,
          report,
          start: threadHostUnits({ threads: workers, deadline, ...program }, descriptors),
        },
  );
  const failed = new Promise<SluiceError>((resolve) => {
    pool.onfailed = (why) => resolve(new SluiceError('ERR_WORKERS_FAILED', why));
  });
  let stopped: Promise<void> | undefined;
  const abort = () => {
    stopped = pool.stop(deadline);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await pool.start();
  } catch (error) {
    await stopped;
    throw new SluiceError('ERR_WORKERS_FAILED', (error as Error).message);
  }
  signal?.removeEventListener('abort', abort);
  return { failed, reload: () => pool.replaceAll(), stop: () => pool.stop(deadline) };
}
