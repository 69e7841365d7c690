// A worker: serves an application on the descriptors that its supervisor gave it.
import { Board, type WorkerLink, watchProcess } from '@sluice/concurrency';
import { type Log, printable } from '@sluice/gateway';
import { openApplication } from '../loading/application.ts';
import { resolveOptions } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { openLogs } from './logs.ts';
import type { WorkerData } from './run-workers.ts';
import { openServing, type Serving } from './serving.ts';
import { watchLimits } from './watch-limits.ts';
import { isAdaptive } from './worker-limits.ts';

/** A worker that serves. */
export interface RunningWorker {
  /** Settles when the worker has finished. */
  readonly closed: Promise<void>;
}

/**
 * Serves in a worker that runs the script of its supervisor again.
 *
 * @param link - to the supervisor
 * @param call - which call of `serve()` this is; any other one than the supervisor's serves nothing
 * @param application - what that call was given
 */
export async function runScriptWorker(
  link: WorkerLink,
  call: number,
  application: unknown,
): Promise<RunningWorker> {
  const data = link.data as WorkerData;
  const isMeant = data.application === undefined && data.call === call;
  if (!isMeant || typeof application === 'string') return { closed: new Promise(() => {}) };
  return await runWorker(link, application);
}

/** Serves an application, or the one of that name, on the descriptors of a worker. */
export async function runWorker(link: WorkerLink, given: unknown): Promise<RunningWorker> {
  const data = link.data as WorkerData;
  const options = resolveOptions(ServeOptions, data.options, {});
  const { application, about } = await openApplication(given, options);
  const logs = openLogs(options);
  const board = new Board(link.board);
  let settle = () => {};
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let isFinishing = false;
  let serving: Serving | undefined;
  const finish = async (status: number) => {
    if (isFinishing) return; // told to stop while it leaves by itself: its requests have their time all the same
    isFinishing = true;
    // At once where it serves already: the answer to the last request tells its client that it is the last.
    await (serving ?? (await opening)).stop();
    settle();
    process.exitCode = status;
    link.leave();
  };
  const leave = (why: string, isFailure: boolean) => {
    link.tell({ type: 'leaving', why, isFailure });
    void finish(isFailure ? 1 : 0);
  };
  const opening: Promise<Serving> = openServing({
    application,
    plans: data.plans,
    handles: data.plans.map((_, index) => ({ fd: link.descriptors[index] })),
    options,
    concurrency: link.model,
    logs,
    board,
    leave: (why) => leave(why, false),
  });
  const served = await opening;
  serving = served;
  if (link.model === 'fork') {
    const name = `worker ${process.pid}`;
    watchProcess(board, { name, limits: watchLimits(options), report: logs.log });
  }
  if (isAdaptive(options)) tellLoad(link, served);
  link.onReopen(() => served.reopen());
  link.onReport(() => ({ ...served.report(), about }));
  surviveErrors(logs.log, () => leave('an exception that nobody caught', true));
  link.onStop(() => void finish(0));
  link.ready();
  return { closed };
}

const LOOK = 200; // milliseconds between two looks at what there is to do

/** Tells the supervisor how many requests run, when that has changed. */
function tellLoad(link: WorkerLink, serving: Serving): void {
  let told = 0;
  setInterval(() => {
    const { active } = serving;
    if (active !== told) link.tell({ type: 'load', active });
    told = active;
  }, LOOK).unref();
}

/**
 * What an application forgot to catch: a rejected promise is logged; an exception leaves the process in
 * an unknown state, so that it finishes its requests and is replaced.
 *
 * @param log - takes the stacks
 * @param drain - called once, at the first exception
 */
export function surviveErrors(log: Log, drain: () => void): void {
  let draining = false;
  const show = (error: unknown) =>
    (error instanceof Error ? (error.stack ?? error.message) : String(error))
      .split('\n')
      .map(printable)
      .join('\n    ');
  process.on('unhandledRejection', (error) => log('error', `unhandled rejection: ${show(error)}`));
  process.on('uncaughtException', (error) => {
    log(
      'error',
      `uncaught exception, this worker finishes its requests and is replaced: ${show(error)}`,
    );
    if (draining) return;
    draining = true;
    drain();
  });
}
