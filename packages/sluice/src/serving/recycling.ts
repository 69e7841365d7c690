// When a worker has had its day: after so many requests, so much time, so much memory.
import { isMainThread } from 'node:worker_threads';
import type { ServeOptions } from '../options/serve-options.ts';

const LOOK = 1000; // milliseconds between two looks at the memory

/** How many requests a worker answers: the option, and by chance some more. */
export function requestsOf({ maxRequests, maxRequestsJitter }: ServeOptions): number {
  if (maxRequests === 0) return Number.POSITIVE_INFINITY;
  return maxRequests + Math.floor(Math.random() * (maxRequestsJitter + 1));
}

/**
 * Watches age and memory of this worker.
 *
 * @param options - with `maxAge` and `maxMemory`
 * @param leave - is called with the reason when one of them is reached
 * @returns ends that
 */
export function watchAge(options: ServeOptions, leave: (why: string) => void): () => void {
  const { maxAge, maxMemory } = options;
  const timers: NodeJS.Timeout[] = [];
  if (maxAge > 0) {
    const age = maxAge * (1 + Math.random() / 10); // so that workers do not leave together
    timers.push(setTimeout(() => leave(`it is ${Math.round(age)} s old`), age * 1000));
  }
  if (maxMemory > 0) {
    const look = () => {
      const megabytes = memoryOf() / 2 ** 20;
      if (megabytes > maxMemory) leave(`it takes ${Math.round(megabytes)} MB of memory`);
    };
    timers.push(setInterval(look, LOOK));
  }
  for (const timer of timers) timer.unref();
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** Bytes that this worker takes; of a thread, what is its own. */
function memoryOf(): number {
  if (isMainThread) return process.memoryUsage.rss();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
