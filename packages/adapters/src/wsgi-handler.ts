// The other way: applications of a gateway in frameworks, and as Fetch handlers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Application,
  type ApplicationClass,
  Gateway,
  type GatewayOptions,
} from '@sluice/gateway';
import { FetchExchange } from './fetch-exchange.ts';
import { NodeExchange } from './node-exchange.ts';
import { type FrameworkRequest, fetchVariables, nodeVariables } from './wsgi-variables.ts';

/** How {@link wsgiHandler} and {@link wsgiFetch} call an application. */
export interface WsgiOptions
  extends Pick<GatewayOptions, 'environ' | 'debug' | 'maxBodyBytes' | 'log' | 'observer'> {
  /**
   * Where the application is mounted, for frameworks that do not tell; paths elsewhere are answered with 404.
   * By default SCRIPT_NAME is `request.baseUrl` of Express, and else empty.
   */
  readonly scriptName?: string | undefined;
}

/**
 * A handler `(request, response)` of an application: to mount in Express, Connect, Fastify or Koa, or to
 * give to `http.createServer()`.
 *
 * @param application - what is called
 * @param options - see {@link WsgiOptions}
 *
 * @example
 * ```ts
 * express().use('/wsgi', wsgiHandler(application));
 * ```
 */
export function wsgiHandler(
  application: Application | ApplicationClass,
  options: WsgiOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const gateway = gatewayOf(application, options);
  return (request, response) =>
    gateway.handle(
      nodeVariables(request as FrameworkRequest),
      new NodeExchange(request as FrameworkRequest, response),
    );
}

/**
 * A Fetch handler of an application. The client's address is not known there: `environ` of the options may
 * tell it.
 *
 * @param application - what is called
 * @param options - see {@link WsgiOptions}
 *
 * @example
 * ```ts
 * export default { fetch: wsgiFetch(application) };
 * ```
 */
export function wsgiFetch(
  application: Application | ApplicationClass,
  options: WsgiOptions = {},
): (request: Request) => Promise<Response> {
  const gateway = gatewayOf(application, options);
  return (request) => {
    const exchange = new FetchExchange(request);
    gateway.handle(fetchVariables(request), exchange);
    return exchange.response;
  };
}

function gatewayOf(
  application: Application | ApplicationClass,
  { scriptName, ...others }: WsgiOptions,
): Gateway {
  return new Gateway(application, { ...others, scriptName: scriptName ?? null });
}
