// serve(): the one way in. Plans, binds, and runs the application here or in workers.
import { type BoundAddress, bind, currentWorker, refuseTwins } from '@sluice/concurrency';
import { type Application, type ApplicationClass, stderrLog } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { resolveSystemd } from '../addresses/systemd-addresses.ts';
import type { ForeignApplication } from '../loading/foreign-application.ts';
import { resolveOptions } from '../options/resolve.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { type ListenerPlan, planListener } from './listeners.ts';
import { openLogs } from './logs.ts';
import { runHere } from './run-here.ts';
import { runScriptWorker } from './run-worker.ts';
import { runWorkers } from './run-workers.ts';
import { type Server, serverOf } from './server.ts';
import { checkWorkers } from './worker-limits.ts';

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
  given?: Partial<ServeOptions>,
): Promise<Server>;
/**
 * Serves an application of another kind: of Express, Koa, Fastify, Hono and others.
 *
 * @param application - as it is; the option `as` says what it is where that would be guessed wrong
 * @param given - see {@link ServeOptions}
 * @throws OptionError for what a person can put right: an option, an address, the application
 */
export async function serve(
  application: ForeignApplication,
  given?: Partial<ServeOptions>,
): Promise<Server>;
export async function serve(
  application: unknown,
  given: Partial<ServeOptions> = {},
): Promise<Server> {
  const call = calls++;
  const link = currentWorker();
  if (link) {
    // The script runs again in a worker: only the call that started the workers serves.
    const { closed } = await runScriptWorker(link, call, application);
    return workerServer(closed);
  }
  const options = resolveOptions(ServeOptions, { ...given }, process.env);
  checkWorkers(options);
  const logs = openLogs(options);
  const plans: ListenerPlan[] = [];
  const listen = resolveSystemd(options.listen);
  for (const text of listen)
    plans.push(await planListener(text, options, (line) => logs.log('warn', line)));
  if (plans.length === 0)
    throw new OptionError('ERR_OPTION_VALUE', 'option listen is empty: name at least one address');
  refuseTwins(
    plans.map(({ address }) => address),
    listen,
  );
  const bound: BoundAddress[] = [];
  try {
    for (const plan of plans) bound.push(await bind(plan.address, { umask: options.umask }));
    const running =
      options.concurrency === 'single'
        ? await runHere(application, plans, bound, options, logs)
        : await runWorkers(options.concurrency, application, plans, bound, options, logs, call);
    for (const each of bound) each.listening();
    const server = serverOf(running, plans, bound, options, logs.log);
    options.signal?.addEventListener('abort', () => void server.close(), { once: true });
    if (options.signal?.aborted) await server.close();
    return server;
  } catch (error) {
    for (const { close } of bound) close();
    throw error;
  }
}

/** What a script sees that runs in a worker: the server is its supervisor's. */
function workerServer(closed: Promise<void>): Server {
  const refuse = () => {
    throw new OptionError('ERR_OPTION_COMBINATION', 'this is a worker; ask its supervisor');
  };
  return {
    addresses: [],
    isWorker: true,
    isClosing: false,
    closed,
    close: () => closed,
    about: async () => undefined,
    reload: async () => {},
    reopenLogs: () => {},
    log: stderrLog,
    scale: refuse,
    status: async () => refuse(),
  };
}
