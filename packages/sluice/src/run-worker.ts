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

/**
 * Serves in a worker.
 *
 * @param link - to the supervisor
 * @param call - which call of `serve()` this is; another one than the supervisor's serves nothing
 * @param application - to serve
 * @returns a promise that settles when the worker has finished
 */
export async function runWorker(
  link: WorkerLink,
  call: number,
  application: Application | ApplicationClass,
): Promise<{ closed: Promise<void> }> {
  const data = link.data as WorkerData;
  if (call !== data.call) return { closed: new Promise(() => {}) };
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
