/**
 * Runs an application without a server, for unit tests.
 *
 * @packageDocumentation
 */
import { GatewayError } from '@sluice/protocol';
import type {
  Application,
  ApplicationClass,
  Chunk,
  Environ,
  ResponseBody,
  ResponseHeaders,
  StartResponse,
} from './application.ts';
import { ErrorStream } from './error-stream.ts';
import { asApplication } from './gateway.ts';
import { InputStream } from './input-stream.ts';
import { RequestBody } from './request-body.ts';
import { guessScheme } from './request-uri.ts';
import { checkHead } from './start-response.ts';

/** What an application answered, as it gave it: nothing added, nothing left out. */
export interface Answer {
  /** Three digits, a space and a reason. */
  readonly status: string;
  /** The headers, in order. */
  readonly headers: ResponseHeaders;
  /** What was written and what was iterated, together. */
  readonly body: Buffer;
  /** The body as UTF-8. */
  readonly text: string;
}

/**
 * An environ for tests: `GET /` on 127.0.0.1 port 80, by HTTP/1.0. Lines that the application writes to
 * `wsgi.errors` are in the list `environ['sluice.testing.errors']`.
 *
 * @param overrides - variables to set beside or instead of those; undefined leaves one out
 * @param body - of the request; sets CONTENT_LENGTH too
 */
export function testEnviron(
  overrides: Readonly<Record<string, unknown>> = {},
  body: Uint8Array | string | null = null,
): Environ {
  const lines: string[] = [];
  const { SERVER_NAME = '127.0.0.1', SCRIPT_NAME } = overrides;
  const scheme = overrides['wsgi.url_scheme'] ?? guessScheme(overrides);
  const environ: Record<string, unknown> = Object.assign(Object.create(null), {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: SCRIPT_NAME === undefined ? '/' : '',
    QUERY_STRING: '',
    SERVER_NAME,
    SERVER_PORT: scheme === 'https' ? '443' : '80',
    SERVER_PROTOCOL: 'HTTP/1.0',
    HTTP_HOST: SERVER_NAME,
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': scheme,
    'wsgi.input_terminated': true,
    'wsgi.errors': new ErrorStream((_level, line) => lines.push(line)),
    'wsgi.multithread': false,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    'sluice.protocol': 'testing',
    'sluice.testing.errors': lines,
  });
  setBody(environ, body);
  let controller: AbortController | undefined;
  Object.defineProperty(environ, 'sluice.signal', {
    configurable: true,
    enumerable: true,
    get: () => {
      controller ??= new AbortController();
      return controller.signal;
    },
  });
  for (const [key, value] of Object.entries(overrides)) {
    delete environ[key]; // an accessor cannot be assigned to
    if (value !== undefined) environ[key] = value;
  }
  return environ as unknown as Environ;
}

/**
 * Calls an application as a gateway would: checks the head, takes blocks that are written, iterates,
 * and calls `close()` once. What the application throws, and each rule that it breaks, rejects.
 *
 * @param application - function or class
 * @param environ - a whole environ, or what {@link testEnviron} shall change in its own
 * @param body - of the request
 *
 * @example
 * ```ts
 * const { status, text } = await call(app, { REQUEST_METHOD: 'POST', PATH_INFO: '/a' }, 'hello');
 * ```
 */
export async function call(
  application: Application | ApplicationClass,
  environ: Environ | Readonly<Record<string, unknown>> = {},
  body: Uint8Array | string | null = null,
): Promise<Answer> {
  const isWhole = 'wsgi.input' in environ;
  const whole = isWhole ? (environ as Environ) : testEnviron(environ, body);
  if (isWhole && body !== null) setBody(whole, body);
  const pieces: Uint8Array[] = [];
  let head: { status: string; headers: ResponseHeaders } | undefined;
  let iterating = false;

  const take = (chunk: Chunk): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) throw broken('BODY', 'a block is not bytes or a string');
    if (!head) throw broken('HEAD_MISSING', 'a block before startResponse was called');
    if (bytes.length > 0) pieces.push(bytes);
  };
  const startResponse: StartResponse = (status, headers, excInfo) => {
    if (excInfo && pieces.length > 0) throw excInfo; // the head is sent with the first bytes
    if (!excInfo && head) throw broken('HEAD_TWICE', 'startResponse was called twice');
    head = checkHead(status, headers);
    return (chunk) => {
      if (iterating) throw broken('FINISHED', 'write was called after the body was returned');
      take(chunk);
      return true;
    };
  };

  const blocks = await asApplication(application)(whole, startResponse);
  iterating = true;
  await consume(blocks, take);
  if (!head) throw broken('HEAD_MISSING', 'startResponse was never called');
  const bytes = Buffer.concat(pieces);
  const { status, headers } = head;
  return { status, headers, body: bytes, text: bytes.toString() };
}

/** Iterates to the end or to the first error, then closes; the first error is the one that is thrown. */
async function consume(body: ResponseBody, take: (chunk: Chunk) => void): Promise<void> {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) throw notABody();
  const source = body as Partial<AsyncIterable<Chunk> & Iterable<Chunk>>;
  let iterator: Iterator<Chunk> | AsyncIterator<Chunk> | undefined;
  const close = async () => (body.close ? body.close() : iterator?.return?.());
  try {
    iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]?.();
    if (!iterator) throw notABody();
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      take(step.value);
    }
  } catch (error) {
    await close().catch(() => {}); // the application's own error tells more
    throw error;
  }
  await body.close?.();
}

function setBody(environ: Record<string, unknown>, body: Uint8Array | string | null): void {
  const source = new RequestBody(() => {});
  const bytes = Buffer.from(body ?? '');
  if (bytes.length > 0) source.push(bytes);
  source.end();
  environ['wsgi.input'] = new InputStream(source);
  if (body !== null) environ.CONTENT_LENGTH = String(bytes.length);
}

function notABody(): GatewayError {
  return broken('BODY', 'the application returned no list or stream of blocks');
}

function broken(what: string, message: string): GatewayError {
  return new GatewayError(`ERR_GATEWAY_${what}`, message);
}
