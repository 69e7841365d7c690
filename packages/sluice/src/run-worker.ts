// A worker: serves an application on the descriptors that its supervisor gave it.
import type { WorkerLink } from '@sluice/concurrency';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  printable,
  stderrLog,
} from '@sluice/gateway';
import { openListener, stopListeners } from './listeners.ts';
import { resolveOptions } from './options/option.ts';
import { ServeOptions } from './options/serve-options.ts';
import { gatewayOptions, type WorkerData } from './serve.ts';

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
  application: Application | ApplicationClass | string,
): Promise<RunningWorker> {
  const data = link.data as WorkerData;
  const isMeant = data.application === undefined && data.call === call;
  if (!isMeant || typeof application === 'string') return { closed: new Promise(() => {}) };
  return await runWorker(link, application);
}

/** Serves an application on the descriptors of a worker. */
export async function runWorker(
  link: WorkerLink,
  application: Application | ApplicationClass,
): Promise<RunningWorker> {
  const data = link.data as WorkerData;
  const options = resolveOptions(ServeOptions, data.options, {});
  const gateway = new Gateway(application, gatewayOptions(options, link.model));
  const listeners = await Promise.all(
    data.plans.map((plan, index) =>
      openListener(plan, { fd: link.descriptors[index] }, gateway, options),
    ),
  );
  const closed = new Promise<void>((resolve) => {
    const finish = (status: number) => {
      void stopListeners(listeners, options.shutdownTimeout * 1000).then(() => {
        resolve();
        process.exitCode = status;
        link.leave();
      });
    };
    link.onStop(() => finish(0));
    surviveErrors(() => finish(1));
  });
  link.ready();
  return { closed };
}

/**
 * What an application forgot to catch: a rejected promise is logged; an exception leaves the process in
 * an unknown state, so that it finishes its requests and is replaced.
 *
 * @param drain - called once, at the first exception
 */
export function surviveErrors(drain: () => void): void {
  let draining = false;
  const show = (error: unknown) =>
    (error instanceof Error ? (error.stack ?? error.message) : String(error))
      .split('\n')
      .map(printable)
      .join('\n    ');
  process.on('unhandledRejection', (error) =>
    stderrLog('error', `unhandled rejection: ${show(error)}`),
  );
  process.on('uncaughtException', (error) => {
    stderrLog(
      'error',
      `uncaught exception, this worker finishes its requests and is replaced: ${show(error)}`,
    );
    if (draining) return;
    draining = true;
    drain();
  });
}
