// The application contract: PEP 3333 for an asynchronous runtime.
import type { Duplex } from 'node:stream';
import type { ErrorStream } from './error-stream.ts';
import type { InputStream } from './input-stream.ts';

/** A block of a response body; a string is sent as UTF-8. */
export type Chunk = Uint8Array | string;

/** Response headers: a list of name and value, in order, names may repeat. */
export type ResponseHeaders = [name: string, value: string][];

/**
 * Sends a block before the body is returned (PEP 3333, "The write() Callable"). Returns true, or a
 * promise that settles when more may be written and rejects when the client went away.
 */
export type Write = (chunk: Chunk) => boolean | Promise<boolean>;

/**
 * Begins a response (PEP 3333, "The start_response() Callable"). Nothing is sent before the first
 * block that is not empty, or the first call of `write()`: an empty block there sends the head alone.
 *
 * @param status - three digits, a space and a reason: `200 OK`
 * @param headers - name and value of each header
 * @param excInfo - the error being handled; replaces a response that is not sent yet, and is thrown again when it is
 * @throws GatewayError when a rule of PEP 3333 is broken
 */
export type StartResponse = (status: string, headers: ResponseHeaders, excInfo?: unknown) => Write;

/** What an application returns may have a `close()`. */
export interface Closable {
  /** Called exactly once, when the response is complete or given up. */
  close?(): unknown;
}

/** What an application returns: blocks, all at once or one by one. */
export type ResponseBody = (Iterable<Chunk> | AsyncIterable<Chunk> | ReadableStream<Uint8Array>) &
  Closable;

/**
 * Answers `101 Switching Protocols` and takes the connection over (RFC 9110, section 7.8). What the
 * application returns afterwards is not sent.
 *
 * @param headers - of the answer; `Connection` is added, and `Upgrade` as the client named it where it is missing
 * @returns the connection: what the client sends is read from it, what is written goes to the client
 * @throws GatewayError `ERR_GATEWAY_UPGRADE` when a response has begun, `ERR_GATEWAY_HEADERS` for a wrong header
 */
export type Upgrade = (headers?: ResponseHeaders) => Duplex;

/** An application: called once for each request. A class whose instances iterate is one too. */
export type Application = (
  environ: Environ,
  startResponse: StartResponse,
) => ResponseBody | Promise<ResponseBody>;

/** A class used as an application, as Python allows: constructed with both arguments, then iterated. */
export type ApplicationClass = new (environ: Environ, startResponse: StartResponse) => ResponseBody;

/**
 * The request (PEP 3333, "environ Variables"): CGI meta-variables as latin-1 strings, `wsgi.*` and
 * `sluice.*` keys. It has no prototype, and belongs to the application.
 */
export interface Environ {
  REQUEST_METHOD: string;
  /** `''`, or begins with `/` and does not end with it. */
  SCRIPT_NAME: string;
  /** Decoded once, one character for each byte; `''` or begins with `/`. */
  PATH_INFO: string;
  /** Still encoded, without `?`. */
  QUERY_STRING: string;
  SERVER_NAME: string;
  SERVER_PORT: string;
  SERVER_PROTOCOL: string;
  CONTENT_TYPE?: string;
  /** Digits, or absent when the length is not known before the end. */
  CONTENT_LENGTH?: string;
  'wsgi.version': readonly [1, 0];
  'wsgi.url_scheme': 'http' | 'https';
  'wsgi.input': InputStream;
  /** True: reading `wsgi.input` to its end is always safe. */
  'wsgi.input_terminated': boolean;
  'wsgi.errors': ErrorStream;
  'wsgi.multithread': boolean;
  'wsgi.multiprocess': boolean;
  'wsgi.run_once': boolean;
  'wsgi.file_wrapper'?: unknown;
  /** Name of the protocol that the request came by. */
  'sluice.protocol': string;
  /** Aborts when the client goes away; created when it is first read. */
  readonly 'sluice.signal': AbortSignal;
  /** Takes the connection over from HTTP; there when the client asks for it (`Upgrade`) and the protocol can. */
  'sluice.upgrade'?: Upgrade;
  [key: string | symbol]: unknown;
}
