// Loaded in front of a server (--import, with --expose-gc): tells how much memory it has in use, when asked.
import { setTimeout as wait } from 'node:timers/promises';

/** Memory of a process, in bytes. */
export interface Memory {
  /** What the operating system counts. */
  readonly rss: number;
  /** Objects that are alive, and what they hold outside of the heap. */
  readonly state: number;
}

const COLLECTIONS = 4;

process.on('message', async (message) => {
  if (message !== 'memory') return;
  // What one collection finds finalisers for, the next one frees; pages go back to the system between them.
  for (let count = 0; count < COLLECTIONS; count++) {
    global.gc?.();
    await wait(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, state: heapUsed + external } satisfies Memory);
});
