// Middleware that holds application and server to PEP 3333 (after wsgiref.validate).
//
// Theory: one Progress per request. startResponse sets `started`; the first next() sets `iterating`,
// which ends write(); close() sets `closed`. A violation is thrown; a missing close() goes to wsgi.errors.
import { GatewayError, isToken, parseLength } from '@sluice/protocol';
import type {
  Application,
  ApplicationClass,
  Chunk,
  Environ,
  ResponseBody,
  ResponseHeaders,
  StartResponse,
  Upgrade,
} from './application.ts';
import { ErrorStream } from './error-stream.ts';
import { asApplication } from './gateway.ts';
import { InputStream } from './input-stream.ts';
import { isThenable } from './promises.ts';
import { isHopByHop } from './request-uri.ts';
import { inheritsNothing } from './variables.ts';

const APPLICATION = 'The Application/Framework Side';
const SERVER = 'The Server/Gateway Side';
const ENVIRON = 'environ Variables';
const STREAMS = 'Input and Error Streams';
const START = 'The start_response() Callable';
const WRITE = 'The write() Callable';

const WIDE = /[^\0-\xff]/;
const STATUS = /^[2-5]\d\d [\x20-\x7e\x80-\xff]*$/;
const BAD_VALUE = /[^\x20-\x7e\x80-\xff]/;

interface Progress {
  readonly errors: ErrorStream;
  started: boolean;
  iterating: boolean;
  closed: boolean;
}

type Blocks = Iterator<Chunk> | AsyncIterator<Chunk>;

/**
 * Wraps an application so that every rule of PEP 3333 that it, or the server, breaks is thrown as
 * GatewayError `ERR_GATEWAY_VALIDATOR`; the message names the section. A list stays a list. For tests
 * and development: it costs time, and takes no strings as blocks.
 * @example
 * ```ts
 * export const app = validator((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain']]);
 *   return ['hello']; // ERR_GATEWAY_VALIDATOR: a string hides its encoding
 * });
 * ```
 */
export function validator(application: Application | ApplicationClass): Application {
  const called = asApplication(application);
  return (...args) => {
    // Specification Details: the application is called with two positional arguments.
    const count: number = args.length;
    rule(count === 2, 'Specification Details', `called with ${count} arguments, not two`);
    const [environ, startResponse] = args;
    checkEnviron(environ);
    const errors = checkedErrors(environ['wsgi.errors']);
    environ['wsgi.input'] = checkedInput(environ['wsgi.input']);
    environ['wsgi.errors'] = errors;
    const progress = { errors, started: false, iterating: false, closed: false };
    const start = checkedStart(startResponse, progress);
    const upgrade = environ['sluice.upgrade'];
    const taken: Upgrade = (headers) => {
      progress.started = true; // by another way
      return (upgrade as Upgrade)(headers);
    };
    if (upgrade) environ['sluice.upgrade'] = taken;
    const body = called(environ, start);
    if (!isThenable(body)) return checkedBody(body, progress);
    return body.then((settled) => checkedBody(settled, progress));
  };
}

function checkEnviron(environ: Environ): void {
  // environ Variables: a dictionary of its own. Here: an object that inherits nothing, so that a
  // variable named `constructor` exists only when the client sent it.
  rule(inheritsNothing(environ), ENVIRON, 'environ has a prototype');
  // environ Variables: these are always there, the first four are never empty. (PEP 3333 lets the other
  // three be left out; this contract does not.)
  for (const key of ['REQUEST_METHOD', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL']) {
    rule(environ[key], ENVIRON, `${key} is missing or empty`);
  }
  for (const key of ['SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING']) {
    rule(key in environ, ENVIRON, `${key} is missing`);
  }
  // environ Variables: CGI variables are strings. Unicode Issues: of latin-1, a character for each byte.
  for (const key of Object.keys(environ).filter((name) => !name.includes('.'))) {
    const value = environ[key];
    rule(typeof value === 'string', ENVIRON, `${key} is ${show(value)}, not a string`);
    rule(!WIDE.test(value), 'Unicode Issues', `${key} holds a character above U+00FF`);
  }
  // environ Variables (RFC 3875 section 4.1.18): these two headers have variables of their own.
  for (const key of ['CONTENT_TYPE', 'CONTENT_LENGTH']) {
    rule(!(`HTTP_${key}` in environ), ENVIRON, `HTTP_${key} is set; the name is ${key}`);
  }
  const { REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, CONTENT_LENGTH = '0' } = environ;
  // environ Variables: the HTTP request method, which is a token.
  rule(isToken(REQUEST_METHOD), ENVIRON, `REQUEST_METHOD is ${show(REQUEST_METHOD)}`);
  // environ Variables: parts of the path, each empty or with its slash. At the root SCRIPT_NAME is
  // empty, and the slash is in PATH_INFO.
  rule(/^(?:\/|$)/.test(PATH_INFO), ENVIRON, `PATH_INFO ${show(PATH_INFO)} has no slash first`);
  rule(
    /^(?:\/|$)/.test(SCRIPT_NAME),
    ENVIRON,
    `SCRIPT_NAME ${show(SCRIPT_NAME)} has no slash first`,
  );
  rule(SCRIPT_NAME !== '/', ENVIRON, 'SCRIPT_NAME is "/"; at the root it is empty');
  // environ Variables (RFC 3875 section 4.1.2): digits, or absent.
  rule(parseLength(CONTENT_LENGTH) !== undefined, ENVIRON, 'CONTENT_LENGTH is not digits');
  // environ Variables: the wsgi.* keys, each of its type.
  const { 'wsgi.version': version, 'wsgi.url_scheme': scheme } = environ;
  rule(Array.isArray(version) && version.join() === '1,0', ENVIRON, 'wsgi.version is not [1, 0]');
  rule(/^https?$/.test(scheme), ENVIRON, `wsgi.url_scheme is ${show(scheme)}`);
  for (const key of ['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once']) {
    rule(typeof environ[key] === 'boolean', ENVIRON, `${key} is ${show(environ[key])}`);
  }
  // Input and Error Streams: the methods of both.
  const reading = ['read', 'readSome', 'readline', 'readlines', Symbol.asyncIterator];
  checkMethods('wsgi.input', environ['wsgi.input'], reading);
  checkMethods('wsgi.errors', environ['wsgi.errors'], ['write', 'writelines', 'flush']);
}

function checkMethods(key: string, stream: unknown, names: readonly PropertyKey[]): void {
  for (const name of names) {
    const method = (stream as Record<PropertyKey, unknown> | undefined)?.[name];
    rule(typeof method === 'function', STREAMS, `${key} has no ${String(name)}()`);
  }
}

/** wsgi.input as a checked application sees it; whatever else InputStream has is built upon these. */
function checkedInput(input: InputStream): InputStream {
  const reading = (['read', 'readSome', 'readline'] as const).map((name) => {
    const method = (...args: [size?: number]) => {
      // Input and Error Streams: one optional argument, a number.
      const [size = 0] = args;
      const isSize = typeof size === 'number' && !Number.isNaN(size) && args.length <= 1;
      rule(isSize, STREAMS, `wsgi.input.${name}() takes one number, or nothing`);
      return input[name](...args);
    };
    return [name, method] as const;
  });
  const close = () => {
    // Input and Error Streams: applications must not close it.
    rule(false, STREAMS, 'wsgi.input.close() was called');
  };
  return Object.assign(new InputStream(), Object.fromEntries(reading), { close });
}

/** wsgi.errors as a checked application sees it. */
function checkedErrors(errors: ErrorStream): ErrorStream {
  return Object.assign(new ErrorStream(() => {}), {
    write(text: string): void {
      // Input and Error Streams: a text stream; writelines() comes by here too.
      rule(typeof text === 'string', STREAMS, `wsgi.errors.write() was given ${show(text)}`);
      errors.write(text);
    },
    flush: () => errors.flush(),
    close(): void {
      // Input and Error Streams: applications must not close it.
      rule(false, STREAMS, 'wsgi.errors.close() was called');
    },
  });
}

function checkedStart(startResponse: StartResponse, progress: Progress): StartResponse {
  return (...args) => {
    // The start_response() Callable: two required positional arguments and an optional one.
    const count: number = args.length;
    rule(count === 2 || count === 3, START, `startResponse was given ${count} arguments`);
    checkHead(args[0], args[1]);
    const write = startResponse(...args);
    progress.started = true;
    return (...blocks) => {
      // The write() Callable: one argument, the bytes.
      const given: number = blocks.length;
      rule(given === 1, WRITE, `write was given ${given} arguments`);
      checkBlock(blocks[0], WRITE);
      // The write() Callable: not from within the iterable that was returned, nor after it.
      rule(!progress.iterating && !progress.closed, WRITE, 'write was called during the iteration');
      return write(...blocks);
    };
  };
}

function checkHead(status: string, headers: ResponseHeaders): void {
  // The start_response() Callable: a string like "999 Message here", without control characters.
  const isStatus = typeof status === 'string' && STATUS.test(status);
  rule(isStatus, START, `status ${show(status)} is not like "200 OK"`);
  // The start_response() Callable: a list of tuples of two strings.
  rule(Array.isArray(headers), START, `headers is ${show(headers)}, not a list`);
  for (const header of headers) {
    const isPair = Array.isArray(header) && (header.length as number) === 2;
    rule(isPair, START, `header ${show(header)} is not [name, value]`);
    const [name, value] = header;
    // The start_response() Callable: a valid name, without punctuation at its end (wsgiref: - and _).
    rule(typeof name === 'string' && isToken(name), START, `header name ${show(name)} is no token`);
    rule(!/[-_]$/.test(name), START, `header name ${name} ends in punctuation`);
    // The start_response() Callable: the first argument is the status; CGI would take the header for it.
    rule(name.toLowerCase() !== 'status', START, 'a header is named Status');
    // Other HTTP Features: hop-by-hop fields are for the server alone.
    rule(!isHopByHop(name), 'Other HTTP Features', `header ${name} is hop-by-hop`);
    // The start_response() Callable: no control characters. Unicode Issues: latin-1.
    const isValue = typeof value === 'string' && !BAD_VALUE.test(value);
    rule(isValue, START, `the value of header ${name} is ${show(value)}`);
  }
  // The start_response() Callable (RFC 9110 section 8.3): the server adds no type. So content has one,
  // and a response without content has none.
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  const isEmpty = /^[23]04 /.test(status);
  rule(hasType || isEmpty, START, 'there is no Content-Type');
  rule(!hasType || !isEmpty, START, `a Content-Type with status ${status}, which has no content`);
}

function checkedBody(body: ResponseBody, progress: Progress): ResponseBody {
  // The Application/Framework Side: an iterable of blocks, if only an empty list. A string or a single
  // block would be iterated too, by characters or bytes.
  rule(body !== null && body !== undefined, APPLICATION, 'the application returned nothing');
  const isSingle = typeof body === 'string' || ArrayBuffer.isView(body);
  rule(!isSingle, APPLICATION, `the application returned ${show(body)}; return a list of blocks`);
  const source = body as Partial<AsyncIterable<Chunk> & Iterable<Chunk>>;
  const symbol = source[Symbol.asyncIterator] ? Symbol.asyncIterator : Symbol.iterator;
  const iterator = source[symbol]?.();
  rule(iterator, APPLICATION, `the application returned ${show(body)}, which cannot be iterated`);
  const checked = Object.assign(checkedBlocks(body, iterator, progress), {
    [symbol]: () => checked,
  });
  if (Array.isArray(body)) {
    // Servers take a list as it is, without next(): its length may become the Content-Length.
    checkStarted(progress);
    for (const block of body.values()) checkBlock(block, APPLICATION);
  }
  unclosed.register(checked, progress);
  if (!Array.isArray(body)) return checked as unknown as ResponseBody;
  return Object.assign([...body.values()], {
    [Symbol.iterator]: () => checkedBlocks(body, body.values(), progress), // a list starts anew
    close: () => checked.close(),
  });
}

/** The blocks of a body on their way to the server, sync or async as the application made them. */
function checkedBlocks(body: ResponseBody, iterator: Blocks, progress: Progress) {
  let ended = false; // the iterator needs no return()
  const check = (step: IteratorResult<Chunk>) => {
    checkStarted(progress);
    if (step.done) ended = true;
    else checkBlock(step.value, APPLICATION);
    return step;
  };
  return {
    next() {
      // The Server/Gateway Side: close() comes when the server is done with the body.
      rule(!progress.closed, SERVER, 'the body was iterated after close()');
      progress.iterating = true;
      const step = iterator.next();
      return isThenable(step) ? step.then(check) : check(step);
    },
    return(): unknown {
      const result = ended ? undefined : iterator.return?.();
      ended = true;
      return result ?? { done: true, value: undefined };
    },
    close(): unknown {
      // The Server/Gateway Side: the server calls close() once, however the request ends.
      rule(!progress.closed, SERVER, 'close() of the body was called twice');
      progress.closed = true;
      return typeof body.close === 'function' ? body.close() : this.return();
    },
  };
}

// The Server/Gateway Side: a body without close() can only be told when nobody holds it any more.
const unclosed = new FinalizationRegistry<Progress>(({ closed, errors }) => {
  if (!closed) errors.write(`PEP 3333, "${SERVER}": close() of a body was never called\n`);
});

function checkStarted(progress: Progress): void {
  // The start_response() Callable: called before the body yields its first block.
  rule(progress.started, START, 'the body was iterated before startResponse was called');
}

function checkBlock(block: unknown, section: string): void {
  // The Application/Framework Side, The write() Callable: blocks are bytes; a string hides its encoding.
  rule(block instanceof Uint8Array, section, `a block is ${show(block)}, not bytes`);
}

function rule(holds: unknown, section: string, message: string): asserts holds {
  if (!holds) throw new GatewayError('ERR_GATEWAY_VALIDATOR', `PEP 3333, "${section}": ${message}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 80))}`;
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 80);
  return `an object (${value.constructor?.name ?? 'no class'})`;
}
