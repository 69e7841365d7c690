// An application on its listeners, in this process or thread: what single, fork and thread have in common.
import { isMainThread, threadId } from 'node:worker_threads';
import type { Board } from '@sluice/concurrency';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  type GatewayOptions,
  RequestQueue,
} from '@sluice/gateway';
import { combineObservers, type WorkerStatus } from '@sluice/monitor';
import type { ServeOptions } from '../options/serve-options.ts';
import type { Concurrency } from '../options/worker-options.ts';
import { type ListenerPlan, openListener, stopListeners } from './listeners.ts';
import type { Logs } from './logs.ts';
import { requestsOf, watchAge } from './recycling.ts';
import { RequestWatch } from './request-watch.ts';
import { isAdaptive } from './worker-limits.ts';

/** What a worker says of itself. */
export interface WorkerReport extends Omit<WorkerStatus, 'name' | 'state' | 'since'> {
  /** What is served, where that is a module or a function. */
  readonly about?: string | undefined;
}

/** An application that is served here. */
export interface Serving {
  /** Lets requests in progress finish within the shutdown timeout. Called again: cuts them. */
  stop(): Promise<void>;
  /** Opens the log files anew. */
  reopen(): void;
  /** What is going on. */
  report(): WorkerReport;
  /** How many requests are in progress. */
  readonly active: number;
}

/** What is served, and where. */
export interface ServingGiven {
  readonly application: Application | ApplicationClass;
  readonly plans: readonly ListenerPlan[];
  /** What `server.listen()` takes, for each plan. */
  readonly handles: readonly object[];
  readonly options: ServeOptions;
  readonly concurrency: Concurrency;
  readonly logs: Logs;
  /** The board of this worker, where somebody else looks at it too. */
  readonly board: Board;
  /** Called with the reason, once, when this worker has had its day. */
  readonly leave: (why: string) => void;
}

/** Serves; settles when all listeners accept connections. */
export async function openServing(given: ServingGiven): Promise<Serving> {
  const { application, plans, handles, options, concurrency, logs, board } = given;
  const { maxConcurrent, shutdownTimeout } = options;
  const queue = maxConcurrent > 0 ? new RequestQueue(maxConcurrent, options.queue) : undefined;
  let isLeaving = false;
  const leave = (why: string) => {
    if (isLeaving) return;
    isLeaving = true;
    given.leave(why);
  };
  const allowed = requestsOf(options);
  const watch = isWatched(options)
    ? new RequestWatch(
        board,
        (count) => count >= allowed && leave(`it has had ${count} requests`),
        (line) => {
          logs.log('error', line);
          leave('a request took too long');
        },
      )
    : undefined;
  const gateway = new Gateway(application, {
    ...gatewayOptions(options, concurrency),
    log: logs.log,
    queue,
    observer: combineObservers([watch, logs.access]),
  });
  const listeners = await Promise.all(
    plans.map((plan, index) => openListener(plan, handles[index] as object, gateway, options)),
  );
  const endAge = watchAge(options, leave);
  let stopping = false;
  return {
    async stop() {
      const patience = stopping ? 0 : shutdownTimeout * 1000;
      stopping = true;
      endAge();
      await stopListeners(listeners, patience);
      watch?.close();
      logs.close();
    },
    reopen: () => logs.reopen(),
    get active() {
      return board.active;
    },
    report: () => ({
      pid: process.pid,
      thread: isMainThread ? undefined : threadId,
      requests: board.ended,
      active: board.active - (queue?.waiting ?? 0),
      waiting: queue?.waiting ?? 0,
      refused: queue?.refused ?? 0,
      rss: process.memoryUsage.rss(),
      heap: process.memoryUsage().heapUsed,
      current: running(board),
    }),
  };
}

const MOST_SHOWN = 16;

function running(board: Board): WorkerStatus['current'] {
  const now = Date.now();
  const requests = board.running().slice(0, MOST_SHOWN);
  return requests.map(({ method, url, age }) => ({ method, url, since: Math.round(now - age) }));
}

/** Whether somebody wants to know of each request. */
function isWatched(options: ServeOptions): boolean {
  const { statistics, maxRequests, requestTimeout, slowRequest } = options;
  return (
    statistics || maxRequests > 0 || requestTimeout > 0 || slowRequest > 0 || isAdaptive(options)
  );
}

/** What a gateway needs of the options, under a concurrency model. */
export function gatewayOptions(options: ServeOptions, concurrency: Concurrency): GatewayOptions {
  return {
    scriptName: options.scriptName,
    environ: options.environ,
    debug: options.debug,
    maxBodyBytes: options.maxBodyBytes || undefined,
    multithread: concurrency === 'thread',
    // A web server that passes its socket starts as many of us as it likes.
    multiprocess:
      options.multiprocess ||
      concurrency === 'fork' ||
      options.processes > 1 ||
      options.listen.some((address) => address.includes('+fd:')),
    log: options.log,
  };
}
