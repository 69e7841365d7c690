// Fetch handlers as applications of a gateway.
import type { Application, Environ, ResponseBody, StartResponse } from '@sluice/gateway';
import { OptionError, ProtocolError } from '@sluice/protocol';
import { typeOf } from './export-shapes.ts';
import { installFetchGlobals } from './fetch-globals.ts';
import { answerWith } from './fetch-response.ts';
import { LightRequest, plainRequest } from './light-request.ts';
import { mark } from './marks.ts';
import { requestTarget, targetBelow } from './request-target.ts';
import { requestUrl } from './request-url.ts';

/** What a Fetch handler is called with beside the request: `c.env` in Hono. */
export interface FetchContext {
  /** The request as the gateway has it. */
  readonly environ: Environ;
}

/** A function that answers a Request with a Response. */
export type FetchFunction = (
  request: Request,
  context: FetchContext,
) => Response | PromiseLike<Response>;

/** Everything that {@link fetchHandler} takes: a function, or an object with a method `fetch`. */
export type FetchSource =
  | ((request: Request, context: never) => unknown)
  | {
      /** Answers a Request with a Response. */
      fetch(request: Request, context: never): unknown;
    };

/** How {@link fetchHandler} gives requests to a handler. */
export interface FetchHandlerOptions {
  /** Whether the path of `request.url` begins below the place where the application is mounted. False by default. */
  readonly stripPrefix?: boolean | undefined;
  /**
   * Whether requests, and responses with a text, bytes or no body, are made without the streams behind
   * them, until somebody asks for those. True by default: it replaces the globals `Response`, `Request` and
   * `fetch` by ones that behave alike. False: only the classes of Node.js are used, which takes several
   * times as long.
   */
  readonly light?: boolean | undefined;
}

/**
 * An application of a Fetch handler: Hono, h3, itty-router, any default export with `fetch`. The URL of a
 * request comes from Host and the scheme; its signal aborts when the client goes away; bodies are streams
 * with back-pressure in both directions.
 *
 * @param source - the handler
 * @param options - see {@link FetchHandlerOptions}
 * @throws OptionError `ERR_ADAPTER_HANDLER` when it is no handler
 *
 * @example
 * ```ts
 * export default fetchHandler(async (request) => new Response(`hello, ${await request.text()}`));
 * ```
 */
export function fetchHandler(source: FetchSource, options: FetchHandlerOptions = {}): Application {
  const fetch = fetchOf(source);
  const { stripPrefix = false, light = true } = options;
  if (light) installFetchGlobals();
  const application: Application = (environ, startResponse) => {
    const target = stripPrefix ? targetBelow(environ) : requestTarget(environ);
    const url = requestUrl(environ, target);
    const request = light
      ? (new LightRequest(environ, url) as unknown as Request)
      : ordinaryRequest(environ, url);
    const response = fetch(request, { environ });
    return isPromise(response)
      ? answerLater(response, environ, startResponse)
      : answerWith(response, environ, startResponse);
  };
  return mark(application, 'fetch');
}

function fetchOf(source: FetchSource): FetchFunction {
  if (typeof source === 'function') return source as FetchFunction;
  if (typeof source?.fetch === 'function')
    return (request, context) => source.fetch(request, context as never) as Response;
  throw new OptionError(
    'ERR_ADAPTER_HANDLER',
    `a Fetch handler is a function (request) => response, or an object with a method fetch; this is ${typeOf(source)}`,
  );
}

async function answerLater(
  response: PromiseLike<Response>,
  environ: Environ,
  startResponse: StartResponse,
): Promise<ResponseBody> {
  return answerWith(await response, environ, startResponse);
}

function isPromise(value: unknown): value is PromiseLike<Response> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

/** @throws ProtocolError `ERR_ADAPTER_REQUEST` with status hint 501 for a method that the Fetch standard forbids */
function ordinaryRequest(environ: Environ, url: string): Request {
  try {
    return plainRequest(environ, url);
  } catch (cause) {
    const message = `a Request cannot have the method ${environ.REQUEST_METHOD}`;
    throw new ProtocolError('ERR_ADAPTER_REQUEST', message, { statusHint: 501, cause });
  }
}
