// Node handlers as applications of a gateway.
import type { ServerResponse } from 'node:http';
import {
  type Application,
  type Environ,
  type ResponseBody,
  type StartResponse,
  statusPage,
} from '@sluice/gateway';
import { Answer } from './answer.ts';
import { isServer } from './export-shapes.ts';
import { mark } from './marks.ts';
import { type NodeHandler, type NodeSource, type ReadySource, readySource } from './node-source.ts';
import { asksForUpgrade, cannotTakeOver, takeOver, type UpgradeHandler } from './node-upgrade.ts';
import { requestTarget, targetBelow } from './request-target.ts';

/** How {@link nodeHandler} gives requests to a handler. */
export interface NodeHandlerOptions {
  /**
   * Whether `req.url` begins below the place where the application is mounted, as for a router in Express:
   * `req.baseUrl` has that place then, and `req.originalUrl` the whole URL. False by default: `req.url` is
   * what the client asked for.
   */
  readonly stripPrefix?: boolean | undefined;
  /** Takes connections over (WebSocket). By default the listeners for 'upgrade' of a server do. */
  readonly upgrade?: UpgradeHandler | undefined;
}

/**
 * An application of anything that answers `(request, response)`: Express, Koa, Connect, Fastify, NestJS,
 * Next, SvelteKit, Nuxt, an `http.Server`. They get real `http.IncomingMessage` and `http.ServerResponse`
 * objects, whatever protocol a request came by. There are no trailers and no interim responses (1xx), and
 * the web server adds `Date` and whatever concerns its connection.
 *
 * @param source - the handler, or what has one
 * @param options - see {@link NodeHandlerOptions}
 * @throws OptionError `ERR_ADAPTER_HANDLER` when it is no handler
 *
 * @example
 * ```ts
 * import express from 'express';
 *
 * const app = express();
 * app.get('/', (req, res) => res.send(`hello, ${req.socket.remoteAddress}`));
 * export default nodeHandler(app);
 * ```
 */
export function nodeHandler(source: NodeSource, options: NodeHandlerOptions = {}): Application {
  const ready = readySource(source);
  const kind = isServer(source) ? 'server' : 'node';
  if (!(ready instanceof Promise)) return mark(applicationOf(ready, options), kind);
  let application: Application | undefined;
  const loading = ready.then((loaded) => {
    application = applicationOf(loaded, options);
    return application;
  });
  loading.catch(() => {}); // the first request tells
  return mark(
    (environ, startResponse) =>
      application
        ? application(environ, startResponse)
        : loading.then((loaded) => loaded(environ, startResponse)),
    kind,
  );
}

function applicationOf({ handler, server }: ReadySource, options: NodeHandlerOptions): Application {
  const { stripPrefix = false } = options;
  const upgrade =
    options.upgrade ??
    (server && ((request, socket, head) => server.emit('upgrade', request, socket, head)));
  const takesOver = () => options.upgrade || (server && server.listenerCount('upgrade') > 0);
  const givesNext = handler.length > 2 && !('handle' in handler); // applications answer 404 by themselves
  const told = new Set<unknown>(); // protocols

  return (environ: Environ, startResponse: StartResponse) => {
    const url = stripPrefix ? targetBelow(environ) : requestTarget(environ);
    if (asksForUpgrade(environ) && takesOver()) {
      if (environ['sluice.upgrade'])
        return takeOver(environ, startResponse, url, upgrade as UpgradeHandler);
      const { 'sluice.protocol': protocol } = environ;
      if (!told.has(protocol)) {
        told.add(protocol);
        environ['wsgi.errors'].write(
          `a WebSocket request was answered with 501: by ${protocol} behind this web server a connection cannot be taken over\n`,
        );
      }
      return cannotTakeOver(startResponse);
    }
    const answer = new Answer(environ, startResponse, url, server);
    if (stripPrefix) {
      const whole = { baseUrl: environ.SCRIPT_NAME, originalUrl: requestTarget(environ) };
      Object.assign(answer.request, whole);
    }
    return answered(answer, handler, givesNext);
  };
}

function answered(
  answer: Answer,
  handler: NodeHandler,
  givesNext: boolean,
): ResponseBody | Promise<ResponseBody> {
  const { request, response } = answer;
  try {
    const next = givesNext
      ? (error?: unknown) => (error ? answer.fail(error) : notFound(response))
      : undefined;
    const result = handler(request, response, next as never) as PromiseLike<unknown> | undefined;
    if (typeof result?.then === 'function') result.then(undefined, (error) => answer.fail(error));
  } catch (error) {
    answer.fail(error);
  }
  return answer.body();
}

function notFound(response: ServerResponse): void {
  const { headers, body } = statusPage(404);
  response.writeHead(404, headers.flat());
  response.end(body);
}
