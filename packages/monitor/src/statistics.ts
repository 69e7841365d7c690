// What a server tells of itself, and how it is written as JSON.

/** A request that is being answered. */
export interface RunningRequest {
  /** Its method. */
  readonly method: string;
  /** Path and query, encoded as they came. */
  readonly url: string;
  /** When it came, milliseconds since the epoch. */
  readonly since: number;
}

/** What a worker tells of itself. */
export interface WorkerStatus {
  /** `worker 4711`, `thread 3 of 4711`, `process 4711` where there is one process alone. */
  readonly name: string;
  /** Of its process. */
  readonly pid: number;
  /** Of its thread; undefined when it is a process. */
  readonly thread: number | undefined;
  /** What it does; `leaving`: it finishes its requests, `silent`: it does not answer. */
  readonly state: 'starting' | 'idle' | 'busy' | 'leaving' | 'silent';
  /** When it was started, milliseconds since the epoch. */
  readonly since: number;
  /** Requests that have ended since then. */
  readonly requests: number;
  /** Requests that are being answered. */
  readonly active: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Requests that were refused since there were too many. */
  readonly refused: number;
  /** Resident memory of its process, bytes. */
  readonly rss: number;
  /** JavaScript heap in use, bytes. */
  readonly heap: number;
  /** The requests that run longest, 16 at most. */
  readonly current: readonly RunningRequest[];
}

/** What a server tells of itself. */
export interface ServerStatus {
  /** Of Sluice. */
  readonly version: string;
  /** Of the process that was started: the supervisor, where there is one. */
  readonly pid: number;
  /** When it was started, milliseconds since the epoch. */
  readonly since: number;
  /** Under which model workers run. */
  readonly concurrency: 'single' | 'fork' | 'thread';
  /** Where it listens. */
  readonly addresses: readonly string[];
  /** Workers that shall be there. */
  readonly size: number;
  /** Workers that were lost and replaced. */
  readonly restarts: number;
  /** Times that all workers were replaced because somebody asked for it. */
  readonly reloads: number;
  /** The workers that are there. */
  readonly workers: readonly WorkerStatus[];
}

/** A status as an object of JSON on several lines; `thread` is null where there is none. */
export function statusJson(status: ServerStatus): string {
  const whole = {
    ...status,
    workers: status.workers.map((worker) => ({ ...worker, thread: worker.thread ?? null })),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
