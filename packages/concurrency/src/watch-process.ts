// Watches a process that serves in its main thread, by a thread beside it.
import { Worker } from 'node:worker_threads';
import type { Board } from './board.ts';
import type { WatchLimits } from './watchdog.ts';

/** What the thread is told. */
export interface WatchedProcess {
  readonly name: string;
  readonly buffer: SharedArrayBuffer;
  readonly limits: WatchLimits;
}

/** How a process is watched. */
export interface WatchProcessOptions {
  /** For the log, with the process id: `worker 4711`. */
  readonly name: string;
  readonly limits: WatchLimits;
  /** Takes one line when the watching itself fails. */
  readonly report: (level: 'warn', line: string) => void;
}

/**
 * Watches this process from now on: slow requests are logged to the standard error stream, and when its
 * event loop stands still for the request timeout, the process is killed. Does not keep it alive.
 * Without any limit nothing is started.
 *
 * @param board - of the main thread, which keeps its beat on it
 * @returns ends it
 */
export function watchProcess(board: Board, options: WatchProcessOptions): () => void {
  const { name, limits, report } = options;
  if (limits.slowLog === 0 && limits.requestTimeout === 0) return () => {};
  const watched: WatchedProcess = { name, buffer: board.buffer, limits };
  const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
    workerData: watched,
    name: 'watchdog',
    // What the application asked Node.js for (hooks, a debugger, a bigger heap) is not meant for this thread.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  thread.unref();
  thread.on('error', ({ message }) =>
    report('warn', `${name} is not watched for stuck requests any more: ${message}`),
  );
  return () => void thread.terminate();
}
