// The options of workers: how many, how long each lives, what it may take.
import { availableParallelism } from 'node:os';
import { option } from './option.ts';

/** How many times an application runs. */
export type Concurrency = 'single' | 'fork' | 'thread';

/** Options of the workers of a server. */
export class WorkerOptions {
  /** The concurrency model. */
  @option({
    type: 'string',
    help: 'one process, several processes, or several threads',
    choices: ['single', 'fork', 'thread'],
    placeholder: 'MODEL',
    meant: ['model', 'method', 'mode'],
  })
  concurrency: Concurrency = 'single';

  /** Number of processes or threads; the number of processors by default. */
  @option({
    help: 'how many processes or threads, for fork and thread',
    placeholder: 'N',
    min: 1,
    meant: ['threads', 'children'],
  })
  workers: number = availableParallelism();

  /** Processes under `thread`, each with so many threads. */
  @option({
    help: 'for thread: how many processes, each with so many threads',
    placeholder: 'N',
    min: 1,
  })
  processes: number = 1;

  /** Workers without work at least; makes the pool adaptive. */
  @option({
    type: 'number',
    help: 'adaptive pool: workers without work at least',
    placeholder: 'N',
  })
  minSpare: number | undefined = undefined;

  /** Workers without work at most, and the smallest size; makes the pool adaptive. */
  @option({
    type: 'number',
    help: 'adaptive pool: workers without work at most',
    placeholder: 'N',
    min: 1,
  })
  maxSpare: number | undefined = undefined;

  /** Workers at most; makes the pool adaptive. */
  @option({
    type: 'number',
    help: 'adaptive pool: workers at most',
    placeholder: 'N',
    min: 1,
    aliases: ['maxThreads'],
  })
  maxChildren: number | undefined = undefined;

  /** Requests that each worker gets at once; 0: no limit. */
  @option({ help: 'requests that each worker gets at once; 0: no limit', placeholder: 'N' })
  maxConcurrent: number = 0;

  /** Requests that wait in each worker for their turn; more are answered with 503. */
  @option({
    help: 'requests that wait in each worker for their turn; others get 503',
    placeholder: 'N',
  })
  queue: number = 100;

  /** Requests after which a worker is replaced; 0: never. */
  @option({ help: 'requests after which a worker is replaced; 0: never', placeholder: 'N' })
  maxRequests: number = 0;

  /** Requests more at most, by chance, so that workers do not leave together. */
  @option({ help: 'requests more at most, by chance for each worker', placeholder: 'N' })
  maxRequestsJitter: number = 0;

  /** Seconds after which a worker is replaced; 0: never. Up to a tenth more, by chance. */
  @option({ help: 'seconds after which a worker is replaced; 0: never', placeholder: 'SECONDS' })
  maxAge: number = 0;

  /** Megabytes (2^20) of memory beyond which a worker is replaced; 0: any. Resident under `fork`, heap under `thread`. */
  @option({
    help: 'megabytes of memory beyond which a worker is replaced; 0: any',
    placeholder: 'MB',
  })
  maxMemory: number = 0;

  /** Seconds that a request may take; 0: any. The worker is replaced then. */
  @option({
    help: 'seconds that a request may take; 0: any',
    placeholder: 'SECONDS',
    meant: ['timeout', 'harakiri'],
  })
  requestTimeout: number = 0;

  /** Seconds after which a request is logged as slow; 0: never. */
  @option({
    help: 'seconds after which a request is logged as slow; 0: never',
    placeholder: 'SECONDS',
  })
  slowRequest: number = 0;

  /** Seconds that requests have to finish at a stop. */
  @option({
    help: 'seconds that requests have to finish when the server is stopped',
    placeholder: 'SECONDS',
  })
  shutdownTimeout: number = 10;

  /** Who workers run as, where the server is started by root. */
  @option({
    type: 'string',
    help: 'user that the application runs as, where root starts it',
    placeholder: 'NAME',
  })
  user: string | undefined = undefined;

  /** Group that workers run as; the user's by default. */
  @option({ type: 'string', help: 'group that the application runs as', placeholder: 'NAME' })
  group: string | undefined = undefined;

  /** Count requests, for `status()`: each one costs a little. */
  @option({ help: 'count requests', only: 'call' })
  statistics: boolean = false;
}
