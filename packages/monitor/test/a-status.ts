// A status of a server, for tests.
import type { ServerStatus, WorkerStatus } from '../src/statistics.ts';

/** The time of the status, milliseconds since the epoch. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A worker with what a test wants of it. */
export function workerOf(changed: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    name: 'worker 4712',
    pid: 4712,
    thread: undefined,
    state: 'idle',
    since: NOW - 62_000,
    requests: 1234,
    active: 0,
    waiting: 0,
    refused: 0,
    rss: 64 * 1_048_576,
    heap: 12.4 * 1_048_576,
    current: [],
    ...changed,
  };
}

/** A server with what a test wants of it. */
export function statusOf(changed: Partial<ServerStatus> = {}): ServerStatus {
  return {
    version: '0.1.0',
    pid: 4711,
    since: NOW - 93_784_000,
    concurrency: 'fork',
    addresses: ['http://127.0.0.1:8000', 'scgi+unix:/run/app.sock'],
    size: 2,
    restarts: 1,
    reloads: 0,
    workers: [
      workerOf(),
      workerOf({
        name: 'worker 4713',
        pid: 4713,
        state: 'busy',
        active: 2,
        waiting: 1,
        refused: 3,
        current: [
          { method: 'GET', url: '/quick', since: NOW - 40 },
          { method: 'POST', url: '/slow?x=1', since: NOW - 2340 },
        ],
      }),
    ],
    ...changed,
  };
}
