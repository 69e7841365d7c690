// The validator: each rule has a test that breaks it, and good applications pass untouched.
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import type {
  Application,
  Chunk,
  Environ,
  ResponseBody,
  ResponseHeaders,
  StartResponse,
  Write,
} from '../src/application.ts';
import { FileWrapper } from '../src/file-wrapper.ts';
import { call, testEnviron } from '../src/testing.ts';
import { validator } from '../src/validator.ts';

const PLAIN: ResponseHeaders = [['Content-Type', 'text/plain']];
const hello = Buffer.from('hello');

/** An iterator, as the server sees it through the validator. */
type Checked = ResponseBody & Iterator<Chunk> & { close(): unknown };

function broken(section: string, what: string | RegExp = '') {
  const message =
    typeof what === 'string' ? expect.stringContaining(what) : expect.stringMatching(what);
  return expect.objectContaining({
    name: 'GatewayError',
    code: 'ERR_GATEWAY_VALIDATOR',
    message: expect.toSatisfy(
      (text: string) =>
        text.startsWith(`PEP 3333, "${section}": `) && message.asymmetricMatch(text),
    ),
  });
}

/** An application that starts a good response and then does what the test says. */
function app(
  then: (write: Write, environ: Environ) => unknown = () => [hello],
  headers = PLAIN,
  status = '200 OK',
): Application {
  return validator(
    (environ, startResponse) => then(startResponse(status, headers), environ) as ResponseBody,
  );
}

function started(...args: unknown[]): Promise<unknown> {
  const start = (startResponse: StartResponse) =>
    (startResponse as (...a: unknown[]) => Write)(...args);
  return call(validator((_environ, startResponse) => start(startResponse) && []));
}

/** Runs an application only so far that its body can be handled as a server would. */
function bodyOf(application: Application): Checked {
  return application(testEnviron(), () => () => true) as Checked;
}

describe('a good application', () => {
  it.each<[string, () => unknown]>([
    ['a list', () => [hello]],
    ['a list of several blocks', () => [Buffer.from('hel'), new Uint8Array(0), Buffer.from('lo')]],
    ['a set', () => new Set([hello])],
    [
      'a generator',
      function* () {
        yield hello;
      },
    ],
    [
      'an async generator',
      async function* () {
        yield hello;
      },
    ],
    ['a Node stream', () => Readable.from([hello])],
    ['a web stream', () => new Blob([hello]).stream()],
    ['a promise of a list', async () => [hello]],
    ['a file wrapper', () => new FileWrapper(Readable.from([hello]))],
  ])('passes with %s', async (_name, body) => {
    const answer = await call(app(body));
    expect(answer).toEqual({ status: '200 OK', headers: PLAIN, body: hello, text: 'hello' });
  });

  it.each<[string, Application]>([
    [
      'generator',
      function* (_environ, startResponse) {
        startResponse('200 OK', PLAIN);
        yield hello;
      },
    ],
    [
      'async generator',
      async function* (_environ, startResponse) {
        await null;
        startResponse('200 OK', PLAIN);
        yield hello;
      },
    ],
  ])('may start its response in the first step of a %s', async (_name, application) => {
    expect((await call(validator(application))).text).toBe('hello');
  });

  it('may be a class', async () => {
    class Class {
      readonly #start: StartResponse;
      constructor(_environ: Environ, start: StartResponse) {
        this.#start = start;
      }
      *[Symbol.iterator](): Generator<Chunk> {
        this.#start('200 OK', PLAIN);
        yield hello;
      }
    }
    expect((await call(validator(Class))).text).toBe('hello');
  });

  it('may be checked twice', async () => {
    expect((await call(validator(app()))).text).toBe('hello');
  });

  it('may write first', async () => {
    const application = app((write) => {
      write(hello);
      return [hello];
    });
    expect((await call(application)).text).toBe('hellohello');
  });

  it('may replace its response', async () => {
    const { status } = await call(
      validator((_environ, startResponse) => {
        startResponse('200 OK', PLAIN);
        startResponse('500 Oops', PLAIN, new Error('oops'));
        return [];
      }),
    );
    expect(status).toBe('500 Oops');
  });

  it.each(['204 No Content', '304 Not Modified'])('has no Content-Type with %s', async (status) => {
    expect((await call(app(() => [], [], status))).status).toBe(status);
  });

  it('throws its own errors unchanged', async () => {
    const oops = new Error('oops');
    const fail = () => {
      throw oops;
    };
    await expect(call(validator(fail))).rejects.toBe(oops);
    await expect(call(validator(() => Promise.reject(oops)))).rejects.toBe(oops);
    const late = app(function* () {
      yield hello;
      fail();
    });
    await expect(call(late)).rejects.toBe(oops);
  });

  it('stays synchronous, and its list stays a list', () => {
    const body = bodyOf(app());
    expect(Array.isArray(body)).toBe(true);
    expect(body).toHaveLength(1);
    expect([...(body as unknown as Buffer[])]).toEqual([hello]);
    expect([...(body as unknown as Buffer[])]).toEqual([hello]); // a list can be read again
    body.close();
  });

  it.each<[string, () => ResponseBody, symbol, symbol]>([
    [
      'sync',
      function* () {
        yield hello;
      },
      Symbol.iterator,
      Symbol.asyncIterator,
    ],
    [
      'async',
      async function* () {
        yield hello;
      },
      Symbol.asyncIterator,
      Symbol.iterator,
    ],
  ])('keeps a body %s', (_name, body, present, absent) => {
    const checked = bodyOf(app(body));
    expect(present in checked).toBe(true);
    expect(absent in checked).toBe(false);
    checked.close();
  });

  it('does not create the signal', async () => {
    const environ = testEnviron({ 'sluice.signal': undefined });
    const get = vi.fn();
    Object.defineProperty(environ, 'sluice.signal', { enumerable: true, get });
    await call(app(), environ);
    expect(get).not.toHaveBeenCalled();
  });
});

describe('environ', () => {
  const SECTION = 'environ Variables';

  it.each([
    ['REQUEST_METHOD', undefined],
    ['REQUEST_METHOD', ''],
    ['REQUEST_METHOD', 'GE T'],
    ['REQUEST_METHOD', 1],
    ['SERVER_NAME', undefined],
    ['SERVER_NAME', ''],
    ['SERVER_PORT', undefined],
    ['SERVER_PORT', ''],
    ['SERVER_PORT', 80],
    ['SERVER_PROTOCOL', undefined],
    ['SERVER_PROTOCOL', ''],
    ['SCRIPT_NAME', undefined],
    ['SCRIPT_NAME', '/'],
    ['SCRIPT_NAME', 'a'],
    ['PATH_INFO', undefined],
    ['PATH_INFO', 'a'],
    ['PATH_INFO', '*'],
    ['QUERY_STRING', undefined],
    ['CONTENT_LENGTH', ''],
    ['CONTENT_LENGTH', '-1'],
    ['CONTENT_LENGTH', '1e3'],
    ['CONTENT_LENGTH', ' 1'],
    ['CONTENT_LENGTH', 1],
    ['HTTP_CONTENT_TYPE', 'text/plain'],
    ['HTTP_CONTENT_LENGTH', '1'],
    ['REMOTE_USER', null],
    ['HTTP_X', ['a']],
    ['wsgi.version', undefined],
    ['wsgi.version', [1, 1]],
    ['wsgi.version', '1,0'],
    ['wsgi.url_scheme', undefined],
    ['wsgi.url_scheme', 'ftp'],
    ['wsgi.multithread', undefined],
    ['wsgi.multithread', 0],
    ['wsgi.multiprocess', 'false'],
    ['wsgi.run_once', undefined],
  ])('must not have %s as %j', async (key, value) => {
    const application = vi.fn(app());
    // Both are changed, so that what is left is not the fault of a default.
    const environ = testEnviron({ SCRIPT_NAME: '/s', PATH_INFO: '/p', [key]: value });
    await expect(call(validator(application), environ)).rejects.toEqual(broken(SECTION, key));
    expect(application).not.toHaveBeenCalled();
  });

  it.each([
    ['CONTENT_LENGTH', '0'],
    ['CONTENT_TYPE', ''],
    ['HTTP_X', '\xe9\0'],
    ['wsgi.url_scheme', 'https'],
    ['x.anything', 1],
    ['PATH_INFO', ''],
    ['SCRIPT_NAME', '/a/b'],
  ])('may have %s as %j', async (key, value) => {
    expect((await call(app(), testEnviron({ [key]: value }))).text).toBe('hello');
  });

  it('must not have characters that are no bytes', async () => {
    const environ = testEnviron({ HTTP_X: '€' });
    await expect(call(app(), environ)).rejects.toEqual(broken('Unicode Issues', 'HTTP_X'));
  });

  it('must not inherit', async () => {
    const environ = { ...testEnviron() };
    await expect(call(app(), environ)).rejects.toEqual(broken(SECTION, 'prototype'));
  });

  it.each([null, undefined, 'environ'])('must not be %j', (environ) => {
    expect(() => app()(environ as unknown as Environ, () => () => true)).toThrow(
      broken(SECTION, 'environ'),
    );
  });

  it.each([
    ['wsgi.input', undefined],
    ['wsgi.input', { read: () => {}, readline: () => {} }],
    ['wsgi.errors', undefined],
    ['wsgi.errors', { write: () => {}, flush: () => {} }],
  ])('must have the methods of %s', (key, stream) => {
    const environ = testEnviron();
    environ[key] = stream;
    expect(() => app()(environ, () => () => true)).toThrow(broken('Input and Error Streams', key));
  });

  it.each([0, 1, 3])('must come with startResponse: %d arguments', (count) => {
    const args = [testEnviron(), () => () => true, 1].slice(0, count);
    expect(() => (app() as (...args: unknown[]) => unknown)(...args)).toThrow(
      broken('Specification Details', `${count} arguments`),
    );
  });
});

describe('wsgi.input and wsgi.errors', () => {
  const SECTION = 'Input and Error Streams';

  function using(use: (environ: Record<string, never>) => unknown): Promise<{ text: string }> {
    const application = app(async (_write, environ) => {
      return [Buffer.from(String(await use(environ as unknown as Record<string, never>)))];
    });
    return call(application, testEnviron({}, 'one\ntwo\n'));
  }

  it.each<[string, (input: Environ['wsgi.input']) => unknown, string]>([
    ['read()', (input) => input.read(), 'one\ntwo\n'],
    ['read(2)', (input) => input.read(2), 'on'],
    ['read(-1)', (input) => input.read(-1), 'one\ntwo\n'],
    ['read(undefined)', (input) => input.read(undefined), 'one\ntwo\n'],
    ['readSome()', (input) => input.readSome(), 'one\ntwo\n'],
    ['readline()', (input) => input.readline(), 'one\n'],
    ['readlines()', async (input) => (await input.readlines()).length, '2'],
    ['text()', (input) => input.text(), 'one\ntwo\n'],
    [
      'iteration',
      async (input) => {
        let size = 0;
        for await (const block of input) size += block.length;
        return size;
      },
      '8',
    ],
  ])('%s reads', async (_name, read, text) => {
    expect((await using((environ) => read(environ['wsgi.input'] as never))).text).toBe(text);
  });

  it.each<[string, (input: Record<string, (...args: unknown[]) => unknown>) => unknown]>([
    ['read', (input) => input.read?.('5')],
    ['read', (input) => input.read?.(null)],
    ['read', (input) => input.read?.(Number.NaN)],
    ['read', (input) => input.read?.(1, 2)],
    ['readSome', (input) => input.readSome?.('5')],
    ['readline', (input) => input.readline?.({})],
    ['close', (input) => input.close?.()],
  ])('%s of the input must be used as it should', async (name, use) => {
    const wrong = using((environ) => use(environ['wsgi.input'] as never));
    await expect(wrong).rejects.toEqual(broken(SECTION, `wsgi.input.${name}()`));
  });

  it('errors reach the log', async () => {
    const environ = testEnviron();
    const application = app((_write, { 'wsgi.errors': errors }) => {
      errors.write('one\n');
      errors.writelines(['two\n', 'three']);
      errors.flush();
      return [];
    });
    await call(application, environ);
    expect(environ['sluice.testing.errors']).toEqual(['one', 'two', 'three']);
  });

  it.each<[string, (errors: Record<string, (...args: unknown[]) => unknown>) => unknown]>([
    ['write', (errors) => errors.write?.(hello)],
    ['write', (errors) => errors.write?.(undefined)],
    ['write', (errors) => errors.writelines?.([1])],
    ['close', (errors) => errors.close?.()],
  ])('%s of the errors must be used as it should', async (name, use) => {
    const wrong = using((environ) => use(environ['wsgi.errors'] as never));
    await expect(wrong).rejects.toEqual(broken(SECTION, `wsgi.errors.${name}()`));
  });
});

describe('startResponse', () => {
  const SECTION = 'The start_response() Callable';

  it.each([
    [[], '0 arguments'],
    [['200 OK'], '1 arguments'],
    [['200 OK', PLAIN, undefined, 1], '4 arguments'],
  ])('%j are too few or too many arguments', async (args, what) => {
    await expect(started(...args)).rejects.toEqual(broken(SECTION, what));
  });

  it.each([
    '200',
    '2OO OK',
    200,
    '',
    '200OK',
    ' 200 OK',
    '100 Continue',
    '101 Switching Protocols',
    '600 Odd',
    '200 OK\r\n',
    '200 OK\n',
    '200 \t',
    '200 €',
    null,
    undefined,
    {},
  ])('the status %j is refused', async (status) => {
    await expect(started(status, PLAIN)).rejects.toEqual(broken(SECTION, 'status'));
  });

  it.each(['200 OK', '599 Caf\xe9', '299 '])('the status %j passes', async (status) => {
    await expect(started(status, PLAIN)).resolves.toMatchObject({ status });
  });

  it.each([
    { headers: undefined, what: 'not a list' },
    { headers: { 'Content-Type': 'text/plain' }, what: 'not a list' },
    { headers: new Map(PLAIN), what: 'not a list' },
    { headers: ['Content-Type: text/plain'], what: '[name, value]' },
    { headers: [['A']], what: '[name, value]' },
    { headers: [['A', 'b', 'c']], what: '[name, value]' },
    { headers: [null], what: '[name, value]' },
    { headers: [[1, 'b']], what: 'no token' },
    { headers: [['', 'b']], what: 'no token' },
    { headers: [['A B', 'b']], what: 'no token' },
    { headers: [['A:', 'b']], what: 'no token' },
    { headers: [['A\n', 'b']], what: 'no token' },
    { headers: [['\xe9', 'b']], what: 'no token' },
    { headers: [['A-', 'b']], what: 'punctuation' },
    { headers: [['A_', 'b']], what: 'punctuation' },
    { headers: [['Status', '200 OK']], what: 'named Status' },
    { headers: [['STATUS', '200 OK']], what: 'named Status' },
    { headers: [['A', 1]], what: 'the value' },
    { headers: [['A', undefined]], what: 'the value' },
    { headers: [['A', 'b\r\nC: d']], what: 'the value' },
    { headers: [['A', 'b\n']], what: 'the value' },
    { headers: [['A', '\t']], what: 'the value' },
    { headers: [['A', '\x7f']], what: 'the value' },
    { headers: [['A', '€']], what: 'the value' },
    { headers: [], what: 'no Content-Type' },
    { headers: [['X-Content-Type', 'text/plain']], what: 'no Content-Type' },
  ])('the headers $headers are refused: $what', async ({ headers, what }) => {
    await expect(started('200 OK', headers)).rejects.toEqual(broken(SECTION, what));
  });

  it.each(['Connection', 'keep-alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'])(
    'the hop-by-hop header %s is refused',
    async (name) => {
      const headers = [...PLAIN, [name, 'x']];
      await expect(started('200 OK', headers)).rejects.toEqual(broken('Other HTTP Features', name));
    },
  );

  it.each(['204 No Content', '304 Not Modified'])('%s has no Content-Type', async (status) => {
    await expect(started(status, PLAIN)).rejects.toEqual(broken(SECTION, 'Content-Type'));
  });

  it('finds the Content-Type in any case', async () => {
    await expect(started('200 OK', [['content-TYPE', 'x']])).resolves.toBeDefined();
  });
});

describe('write', () => {
  const SECTION = 'The write() Callable';

  it.each([
    { args: [], what: '0 arguments' },
    { args: [hello, 1], what: '2 arguments' },
    { args: ['text'], what: 'not bytes' },
    { args: [undefined], what: 'not bytes' },
    { args: [[1]], what: 'not bytes' },
    { args: [new ArrayBuffer(1)], what: 'not bytes' },
  ])('of $args is refused', async ({ args, what }) => {
    const application = app((write) => [(write as (...args: unknown[]) => unknown)(...args)]);
    await expect(call(application)).rejects.toEqual(broken(SECTION, what));
  });

  it('must not be called from within the body', async () => {
    const application = app(function* (write: Write) {
      yield hello;
      write(hello);
    });
    await expect(call(application)).rejects.toEqual(broken(SECTION, 'during the iteration'));
  });

  it('must not be called after close()', () => {
    let late: Write | undefined;
    const body = bodyOf(
      app((write) => {
        late = write;
        return [];
      }),
    );
    body.close();
    expect(() => late?.(hello)).toThrow(broken(SECTION));
  });
});

describe('the body, by the application', () => {
  const SECTION = 'The Application/Framework Side';

  it.each([
    { body: null, what: 'returned nothing' },
    { body: undefined, what: 'returned nothing' },
    { body: 'text', what: 'return a list' },
    { body: '', what: 'return a list' },
    { body: hello, what: 'return a list' },
    { body: new Uint16Array(1), what: 'return a list' },
    { body: {}, what: 'cannot be iterated' },
    { body: Object.create(null), what: 'cannot be iterated' },
    { body: 1, what: 'cannot be iterated' },
    { body: false, what: 'cannot be iterated' },
    { body: () => [hello], what: 'cannot be iterated' },
    { body: new ArrayBuffer(1), what: 'cannot be iterated' },
  ])('must not be $body', async ({ body, what }) => {
    await expect(call(app(() => body))).rejects.toEqual(broken(SECTION, what));
    await expect(call(app(async () => body))).rejects.toEqual(broken(SECTION, what));
  });

  it.each<[string, (block: unknown) => unknown]>([
    ['list', (block) => [hello, block]],
    ['set', (block) => new Set([hello, block])],
    [
      'generator',
      function* (block) {
        yield hello;
        yield block;
      },
    ],
    [
      'async generator',
      async function* (block) {
        yield hello;
        yield block;
      },
    ],
    ['stream', (block) => Readable.from([hello, block])],
  ])('must be a %s of bytes', async (_name, body) => {
    for (const block of ['text', 1, [1], {}]) {
      await expect(call(app(() => body(block)))).rejects.toEqual(broken(SECTION, 'not bytes'));
    }
  });

  it.each<[string, () => unknown]>([
    ['list', () => [hello]],
    ['empty list', () => []],
    ['promise', async () => [hello]],
    [
      'generator',
      function* () {
        yield hello;
      },
    ],
    ['empty generator', function* () {}],
    [
      'async generator',
      async function* () {
        yield hello;
      },
    ],
  ])('must not be a %s without startResponse', async (_name, body) => {
    const application = validator(body as unknown as Application);
    await expect(call(application)).rejects.toEqual(
      broken('The start_response() Callable', 'before startResponse'),
    );
  });

  it('is checked at once when it is a list, which a server may take without iterating', () => {
    expect(() => bodyOf(app(() => [hello, 'text']))).toThrow(broken(SECTION, 'not bytes'));
    expect(() => bodyOf(validator(() => [hello]))).toThrow(broken('The start_response() Callable'));
  });
});

describe('the body, by the server', () => {
  const SECTION = 'The Server/Gateway Side';

  it.each<[string, () => unknown]>([
    ['list', () => [hello]],
    [
      'generator',
      function* () {
        yield hello;
      },
    ],
    [
      'async generator',
      async function* () {
        yield hello;
      },
    ],
  ])('a %s must be closed once, and not be iterated then', (_name, make) => {
    const body = bodyOf(app(make));
    body.close();
    expect(() => body.close()).toThrow(broken(SECTION, 'twice'));
    const source = body as Partial<Iterable<Chunk> & AsyncIterable<Chunk>>;
    const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]?.();
    expect(() => iterator?.next()).toThrow(broken(SECTION, 'after close()'));
  });

  it('has its own close() called, once, as its method', () => {
    const body = {
      closed: 0,
      *[Symbol.iterator]() {
        yield hello;
      },
      close() {
        this.closed++;
        return 'closed';
      },
    };
    expect(bodyOf(app(() => body)).close()).toBe('closed');
    expect(body.closed).toBe(1);
  });

  it('has close() of a list called too', () => {
    const close = vi.fn();
    bodyOf(app(() => Object.assign([hello], { close }))).close();
    expect(close).toHaveBeenCalledOnce();
  });

  it('ends a generator that has no close()', () => {
    const ended = vi.fn();
    const body = bodyOf(
      app(function* () {
        try {
          yield hello;
          yield hello;
        } finally {
          ended();
        }
      }),
    );
    expect(body.next()).toEqual({ done: false, value: hello });
    body.close();
    expect(ended).toHaveBeenCalledOnce();
  });

  it('cancels a web stream', async () => {
    const cancel = vi.fn();
    const body = bodyOf(app(() => new ReadableStream({ cancel })));
    await body.close();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([1, 2])('does not end an iterator again that ended at block %d', (limit) => {
    const ended = vi.fn(() => ({ done: true, value: undefined }));
    const blocks = [hello].values();
    const body = bodyOf(
      app(() => ({ [Symbol.iterator]: () => ({ next: () => blocks.next(), return: ended }) })),
    );
    let seen = 0;
    for (const _block of body as Iterable<Chunk>) if (++seen === limit) break;
    body.close();
    expect(ended).toHaveBeenCalledTimes(limit === 1 ? 1 : 0);
  });

  it('is reported when it is never closed', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const environ = testEnviron();
    const lines = environ['sluice.testing.errors'] as string[];
    app()(environ, () => () => true);
    while (lines.length === 0) {
      collect();
      await new Promise(setImmediate);
    }
    expect(lines).toEqual([`PEP 3333, "${SECTION}": close() of a body was never called`]);
  });
});
