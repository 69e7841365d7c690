// serve(): the one way in. Plans, binds, and runs the application here or in workers.
import { fileURLToPath } from 'node:url';
import {
  type Address,
  type BoundAddress,
  bind,
  currentWorker,
  describeAddress,
  refuseTwins,
  startWorkers,
} from '@sluice/concurrency';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  type GatewayOptions,
  stderrLog,
} from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { loadApplication } from './application.ts';
import { type ListenerPlan, openListener, planListener, stopListeners } from './listeners.ts';
import { resolveOptions } from './options/option.ts';
import { ServeOptions } from './options/serve-options.ts';
import { runScriptWorker } from './run-worker.ts';

/** A running server. */
export interface Server {
  /** Where it listens, as URLs, with the ports that were really bound. */
  readonly addresses: readonly string[];
  /** Whether this process or thread is a worker of the server: the same script runs in each of them. */
  readonly isWorker: boolean;
  /** Lets requests in progress finish, within the shutdown timeout, and stops. Called again: stops at once. */
  close(): Promise<void>;
  /** Replaces all workers by new ones, which import the application anew; no request fails. Does nothing under `single`. */
  reload(): void;
  /** Settles when the server has stopped; rejects with `ERR_WORKERS_FAILED` when its workers are lost for good. */
  readonly closed: Promise<void>;
}

/** What a worker is told of its server. */
export interface WorkerData {
  /** Which call of `serve()` in the script this server is. */
  readonly call: number;
  /** Name of the application; undefined when the script itself has it. */
  readonly application: string | undefined;
  readonly plans: readonly ListenerPlan[];
  readonly options: Readonly<Record<string, unknown>>;
}

let calls = 0;

/**
 * Serves an application.
 *
 * Under `fork` and `thread` the application runs in workers. A worker imports the module that was
 * named, or, when a function was passed, runs the script of this process again: there the same call of
 * `serve()` serves, and code behind it runs in each worker too.
 *
 * @example
 * ```ts
 * const server = await serve(application, { listen: ['scgi://127.0.0.1:4000'], concurrency: 'fork' });
 * ```
 *
 * @param application - a function, a class, or a name: `app.js`, `app.js:name`, the address of a back-end
 * @param given - see {@link ServeOptions}
 * @throws OptionError for what a person can put right: an option, an address, the application
 */
export async function serve(
  application: Application | ApplicationClass | string,
  given: Partial<ServeOptions> = {},
): Promise<Server> {
  const call = calls++;
  const link = currentWorker();
  if (link) {
    // The script runs again in a worker: only the call that started the workers serves.
    const { closed } = await runScriptWorker(link, call, application);
    return { addresses: [], isWorker: true, closed, close: () => closed, reload: () => {} };
  }
  const options = resolveOptions(ServeOptions, { ...given }, process.env);
  const log = options.log ?? stderrLog;
  const plans: ListenerPlan[] = [];
  for (const text of options.listen)
    plans.push(await planListener(text, options, (line) => log('warn', line)));
  if (plans.length === 0)
    throw new OptionError('ERR_OPTION_VALUE', 'option listen is empty: name at least one address');
  refuseTwins(
    plans.map(({ address }) => address),
    options.listen,
  );
  const bound: BoundAddress[] = [];
  try {
    for (const plan of plans) bound.push(await bind(plan.address, { umask: options.umask }));
    const running =
      options.concurrency === 'single'
        ? await runHere(application, plans, bound, options)
        : await runWorkers(options.concurrency, application, plans, bound, options, call);
    const server = serverOf(running, plans, bound);
    options.signal?.addEventListener('abort', () => void server.close(), { once: true });
    if (options.signal?.aborted) await server.close();
    return server;
  } catch (error) {
    for (const { close } of bound) close();
    throw error;
  }
}

interface Running {
  stop(): Promise<void>;
  reload(): void;
  readonly failed: Promise<Error>;
}

function serverOf(
  running: Running,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
): Server {
  const end = () => {
    for (const { close } of bound) close();
  };
  let settle: { resolve(): void; reject(error: Error): void };
  const closed = new Promise<void>((done, reject) => {
    settle = { resolve: done, reject };
  });
  closed.catch(() => {}); // whoever cares awaits it
  void running.failed.then((error) => {
    end();
    settle.reject(error);
  });
  return {
    addresses: plans.map(({ protocol }, index) =>
      addressUrl(protocol, (bound[index] as BoundAddress).address),
    ),
    isWorker: false,
    closed,
    reload: () => running.reload(),
    async close() {
      const stopped = running.stop();
      end(); // whoever connects from now on is refused, and does not wait in a queue that nobody serves
      await stopped;
      settle.resolve();
    },
  };
}

function addressUrl(protocol: string, address: Address): string {
  switch (address.type) {
    case 'tcp':
      return `${protocol}://${describeAddress(address)}`;
    case 'unix':
      return `${protocol}+unix:${address.path}`;
    case 'fd':
      return `${protocol}+fd:${address.fd}`;
  }
}

async function runHere(
  application: Application | ApplicationClass | string,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
  options: ServeOptions,
): Promise<Running> {
  const loaded = typeof application === 'string' ? await loadApplication(application) : application;
  const gateway = new Gateway(loaded, gatewayOptions(options, 'single'));
  const listeners = await Promise.all(
    plans.map((plan, index) =>
      openListener(plan, (bound[index] as BoundAddress).handle, gateway, options),
    ),
  );
  let stopping = false;
  return {
    failed: new Promise(() => {}),
    reload: () => {},
    async stop() {
      const patience = stopping ? 0 : options.shutdownTimeout * 1000;
      stopping = true;
      await stopListeners(listeners, patience);
    },
  };
}

async function runWorkers(
  model: 'fork' | 'thread',
  application: Application | ApplicationClass | string,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
  options: ServeOptions,
  call: number,
): Promise<Running> {
  const script = process.argv[1];
  if (typeof application !== 'string' && !script) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `concurrency ${model} runs the script again in each worker, and this process has none; name the module of the application instead`,
    );
  }
  const { log, signal, ...rest } = options;
  const data: WorkerData = {
    call,
    application: typeof application === 'string' ? application : undefined,
    plans: plans.map((plan, index) => ({
      ...plan,
      address: (bound[index] as BoundAddress).address,
    })),
    options: rest,
  };
  const argv =
    typeof application === 'string'
      ? [fileURLToPath(new URL('./worker.js', import.meta.url))]
      : [script as string, ...process.argv.slice(2)];
  return await startWorkers({ argv, data }, bound, {
    model,
    workers: options.workers,
    deadline: options.shutdownTimeout * 1000,
    signal,
    report: log ?? stderrLog,
  });
}

/** What a gateway needs of the options, under a concurrency model. */
export function gatewayOptions(
  options: ServeOptions,
  model: ServeOptions['concurrency'],
): GatewayOptions {
  return {
    scriptName: options.scriptName,
    environ: options.environ,
    debug: options.debug,
    maxBodyBytes: options.maxBodyBytes || undefined,
    multithread: model === 'thread',
    // A web server that passes its socket starts as many of us as it likes.
    multiprocess: model === 'fork' || options.listen.some((address) => address.includes('+fd:')),
    log: options.log,
  };
}
