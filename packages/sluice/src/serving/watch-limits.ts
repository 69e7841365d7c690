// What whoever looks after the requests of workers has to know of the options.
import type { WatchLimits } from '@sluice/concurrency';
import type { LogOptions } from '../options/log-options.ts';

/** When a request is slow, and when it is stuck. */
export function watchLimits({
  slowRequest,
  requestTimeout,
  errorLog: file,
}: LogOptions): WatchLimits {
  return { slowLog: slowRequest * 1000, requestTimeout: requestTimeout * 1000, file };
}
