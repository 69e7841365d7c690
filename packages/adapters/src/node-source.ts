// What a Node application is given as, and what its requests go to.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { OptionError } from '@sluice/protocol';
import { isMaker, isRouting, isServer, typeOf } from './export-shapes.ts';

/** A function that answers requests of node:http. A third parameter is called with an error, or for 404. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** What makes a handler when it is asked for one, as an application of Koa does. */
export interface HandlerMaker {
  /** Makes the handler. */
  callback(): (request: never, response: never) => unknown;
}

/** An instance of Fastify: it has a handler when it is ready. */
export interface RoutingApplication {
  /** Settles when plugins and routes are loaded. */
  ready(): PromiseLike<unknown>;
  /** The handler. */
  routing(request: never, response: never): unknown;
  /** The server that it would listen with. */
  readonly server?: unknown;
}

/** An `http.Server` or `https.Server` that need not listen: its 'request' and 'upgrade' listeners are called. */
export type NodeServer = Server | SecureServer;

/** Everything that {@link nodeHandler} takes. */
export type NodeSource =
  | ((request: never, response: never, next: never) => unknown)
  | NodeServer
  | HandlerMaker
  | RoutingApplication;

/** A source, ready for requests. */
export interface ReadySource {
  readonly handler: NodeHandler;
  /** Whose 'upgrade' listeners take connections over. */
  readonly server: NodeServer | undefined;
}

/**
 * What the requests of a source go to; a promise where it has to get ready first.
 *
 * @throws OptionError `ERR_ADAPTER_HANDLER` when it is none of {@link NodeSource}
 */
export function readySource(source: NodeSource): ReadySource | Promise<ReadySource> {
  if (isServer(source)) return { handler: serverHandler(source), server: source };
  if (isRouting(source)) {
    const server = isServer(source.server) ? source.server : undefined;
    const handler: NodeHandler = (request, response) =>
      source.routing(request as never, response as never);
    return Promise.resolve(source.ready()).then(() => ({ handler, server }));
  }
  if (isMaker(source))
    return { handler: source.callback() as unknown as NodeHandler, server: undefined };
  if (typeof source === 'function')
    return { handler: source as unknown as NodeHandler, server: undefined };
  throw new OptionError(
    'ERR_ADAPTER_HANDLER',
    `a Node handler is a function (request, response), an http.Server with listeners, or an application of Express, Koa, Fastify or Connect; this is ${typeOf(source)}`,
  );
}

function serverHandler(server: NodeServer): NodeHandler {
  if (server.listenerCount('request') === 0) {
    throw new OptionError(
      'ERR_ADAPTER_HANDLER',
      "the server has no listener for 'request': give createServer() a function, or call server.on('request', …) before",
    );
  }
  return (request, response) => server.emit('request', request, response);
}
