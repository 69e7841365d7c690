// The test tools themselves: an environ out of nothing, and a call without a server.
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Application, Chunk, ResponseBody, StartResponse } from '../src/application.ts';
import { ErrorStream } from '../src/error-stream.ts';
import { InputStream } from '../src/input-stream.ts';
import { call, testEnviron } from '../src/testing.ts';

const PLAIN: [string, string][] = [['Content-Type', 'text/plain']];

function answering(body: unknown): Application {
  return (_environ, startResponse) => {
    startResponse('200 OK', PLAIN);
    return body as ResponseBody;
  };
}

function failingWith(code: string) {
  return expect.objectContaining({ code });
}

describe('testEnviron', () => {
  it('is GET / on 127.0.0.1, without a prototype', () => {
    const environ = testEnviron();
    expect(Object.getPrototypeOf(environ)).toBeNull();
    expect(environ).toMatchObject({
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/',
      QUERY_STRING: '',
      SERVER_NAME: '127.0.0.1',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.0',
      HTTP_HOST: '127.0.0.1',
      'wsgi.version': [1, 0],
      'wsgi.url_scheme': 'http',
      'wsgi.input_terminated': true,
      'wsgi.multithread': false,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
      'sluice.protocol': 'testing',
      'sluice.testing.errors': [],
    });
    expect(environ['wsgi.input']).toBeInstanceOf(InputStream);
    expect(environ['wsgi.errors']).toBeInstanceOf(ErrorStream);
    expect('CONTENT_LENGTH' in environ).toBe(false);
  });

  it('is new each time', () => {
    const environ = testEnviron();
    environ.PATH_INFO = '/changed';
    environ['wsgi.errors'].write('line\n');
    expect(testEnviron().PATH_INFO).toBe('/');
    expect(testEnviron()['sluice.testing.errors']).toEqual([]);
  });

  it.each([
    [{ HTTPS: 'on' }, { 'wsgi.url_scheme': 'https', SERVER_PORT: '443' }],
    [{ 'wsgi.url_scheme': 'https' }, { SERVER_PORT: '443' }],
    [{ HTTPS: 'on', SERVER_PORT: '8443' }, { SERVER_PORT: '8443' }],
    [{ SERVER_NAME: 'spam' }, { HTTP_HOST: 'spam' }],
    [
      { SERVER_NAME: 'spam', HTTP_HOST: 'eggs' },
      { SERVER_NAME: 'spam', HTTP_HOST: 'eggs' },
    ],
    [{ SCRIPT_NAME: '/s' }, { SCRIPT_NAME: '/s', PATH_INFO: '' }],
    [{ PATH_INFO: '/p' }, { SCRIPT_NAME: '', PATH_INFO: '/p' }],
  ])('%j leads to %j', (overrides, expected) => {
    expect(testEnviron(overrides)).toMatchObject(expected);
  });

  it('leaves out what is overridden by undefined', () => {
    const environ = testEnviron({ HTTP_HOST: undefined, 'sluice.signal': undefined });
    expect('HTTP_HOST' in environ).toBe(false);
    expect('sluice.signal' in environ).toBe(false);
  });

  it('takes any name for a variable', () => {
    const environ = testEnviron(JSON.parse('{"__proto__": "x"}'));
    expect(Object.getPrototypeOf(environ)).toBeNull();
    expect(Object.keys(environ)).toContain('__proto__');
  });

  it.each([
    ['héllo', 'héllo', '6'],
    [Uint8Array.of(0x68, 0x69), 'hi', '2'],
    ['', '', '0'],
  ])('carries the body %j', async (body, text, length) => {
    const environ = testEnviron({}, body);
    expect(environ.CONTENT_LENGTH).toBe(length);
    expect(await environ['wsgi.input'].text()).toBe(text);
  });

  it('lets CONTENT_LENGTH be something else than the length', () => {
    expect('CONTENT_LENGTH' in testEnviron({ CONTENT_LENGTH: undefined }, 'x')).toBe(false);
  });

  it('collects the lines of wsgi.errors', () => {
    const environ = testEnviron();
    environ['wsgi.errors'].write('one\ntwo');
    environ['wsgi.errors'].flush();
    expect(environ['sluice.testing.errors']).toEqual(['one', 'two']);
  });

  it('creates the signal when it is first read, and once', () => {
    const created = vi.fn();
    class Counted extends AbortController {
      constructor() {
        super();
        created();
      }
    }
    vi.stubGlobal('AbortController', Counted);
    try {
      const environ = testEnviron();
      expect(created).not.toHaveBeenCalled();
      expect(environ['sluice.signal']).toBe(environ['sluice.signal']);
      expect(environ['sluice.signal'].aborted).toBe(false);
      expect(created).toHaveBeenCalledOnce();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('takes a signal of the test', () => {
    const signal = AbortSignal.abort();
    expect(testEnviron({ 'sluice.signal': signal })['sluice.signal']).toBe(signal);
  });
});

describe('call', () => {
  it('gives what the application answered, as it was', async () => {
    const answer = await call(answering(['a', Buffer.from('\xe9', 'latin1'), '', 'é']));
    expect(answer).toEqual({
      status: '200 OK',
      headers: PLAIN,
      body: Buffer.from([0x61, 0xe9, 0xc3, 0xa9]),
      text: 'a\ufffdé',
    });
  });

  it.each<[string, () => unknown]>([
    ['a list', () => ['ab', 'c']],
    ['a set', () => new Set(['ab', 'c'])],
    [
      'a generator',
      function* () {
        yield 'ab';
        yield 'c';
      },
    ],
    [
      'an async generator',
      async function* () {
        yield 'ab';
        yield 'c';
      },
    ],
    ['a Node stream', () => Readable.from([Buffer.from('abc')])],
    ['a web stream', () => new Blob(['abc']).stream()],
    ['a promise', async () => ['abc']],
  ])('reads %s', async (_name, body) => {
    expect((await call(answering(body()))).text).toBe('abc');
  });

  it('runs generators and classes that call startResponse late', async () => {
    const generator: Application = async function* (_environ, startResponse) {
      await null;
      startResponse('200 OK', PLAIN);
      yield 'abc';
    };
    class Class {
      readonly #start: StartResponse;
      constructor(_environ: unknown, start: StartResponse) {
        this.#start = start;
      }
      *[Symbol.iterator](): Generator<Chunk> {
        this.#start('200 OK', PLAIN);
        yield 'abc';
      }
    }
    expect((await call(generator)).text).toBe('abc');
    expect((await call(Class)).text).toBe('abc');
  });

  it('takes overrides and a body, or a whole environ', async () => {
    const echo: Application = async (environ, startResponse) => {
      startResponse('200 OK', PLAIN);
      const body = await environ['wsgi.input'].text();
      return [`${environ.REQUEST_METHOD} ${environ.PATH_INFO} ${environ.CONTENT_LENGTH} ${body}`];
    };
    const overrides = { REQUEST_METHOD: 'POST', PATH_INFO: '/a b' };
    const { text } = await call(echo, overrides, 'hello');
    expect(text).toBe('POST /a b 5 hello');
    expect((await call(echo, testEnviron(overrides, 'hello'))).text).toBe(text);
    expect((await call(echo, testEnviron(overrides), 'hello')).text).toBe(text);
    expect((await call(echo)).text).toBe('GET / undefined ');
  });

  it('puts what is written before what is returned', async () => {
    const { text } = await call((_environ, startResponse) => {
      const write = startResponse('200 OK', PLAIN);
      expect(write('a')).toBe(true);
      write(Buffer.from('b'));
      return ['c'];
    });
    expect(text).toBe('abc');
  });

  it('replaces a head that is not sent yet', async () => {
    const { status, headers, text } = await call(function* (_environ, startResponse) {
      startResponse('200 OK', PLAIN);
      yield '';
      startResponse('500 Oops', [['X', '1']], new Error('oops'));
      yield 'sorry';
    });
    expect([status, headers, text]).toEqual(['500 Oops', [['X', '1']], 'sorry']);
  });

  it('throws the error of a head that comes too late', async () => {
    const oops = new Error('oops');
    const late = call(function* (_environ, startResponse) {
      startResponse('200 OK', PLAIN);
      yield 'a';
      startResponse('500 Oops', PLAIN, oops);
    });
    await expect(late).rejects.toBe(oops);
  });

  it.each<[string, Application]>([
    [
      'ERR_GATEWAY_HEAD_TWICE',
      (_environ, startResponse) => {
        startResponse('200 OK', PLAIN);
        startResponse('200 OK', PLAIN);
        return [];
      },
    ],
    ['ERR_GATEWAY_HEAD_MISSING', () => []],
    ['ERR_GATEWAY_HEAD_MISSING', () => ['a']],
    ['ERR_GATEWAY_STATUS', (_environ, startResponse) => [startResponse('200', PLAIN) && 'a']],
    [
      'ERR_GATEWAY_HEADERS',
      (_environ, startResponse) => [startResponse('200 OK', [['A B', '']]) && 'a'],
    ],
    [
      'ERR_GATEWAY_FINISHED',
      function* (_environ, startResponse) {
        const write = startResponse('200 OK', PLAIN);
        write('a');
        yield '';
        write('b');
      },
    ],
    ['ERR_GATEWAY_BODY', answering(null)],
    ['ERR_GATEWAY_BODY', answering(undefined)],
    ['ERR_GATEWAY_BODY', answering('text')],
    ['ERR_GATEWAY_BODY', answering(Buffer.from('text'))],
    ['ERR_GATEWAY_BODY', answering({})],
    ['ERR_GATEWAY_BODY', answering([1])],
  ])('rejects with %s', async (code, application) => {
    await expect(call(application)).rejects.toEqual(failingWith(code));
  });

  it.each(['synchronous', 'asynchronous'])('rejects with an error (%s)', async (kind) => {
    const oops = new Error('oops');
    const application = () => {
      if (kind === 'synchronous') throw oops;
      return Promise.reject(oops);
    };
    await expect(call(application)).rejects.toBe(oops);
  });
});

describe('call and close()', () => {
  function closable(blocks: readonly unknown[], close: () => unknown): Application {
    return answering({ [Symbol.iterator]: () => blocks.values(), close });
  }

  it('calls it once after the last block, and waits for it', async () => {
    let closed = 0;
    const close = async () => {
      await null;
      closed++;
    };
    expect((await call(closable(['a'], close))).text).toBe('a');
    expect(closed).toBe(1);
  });

  it('calls it once after an error', async () => {
    const close = vi.fn();
    await expect(call(closable([1], close))).rejects.toEqual(failingWith('ERR_GATEWAY_BODY'));
    expect(close).toHaveBeenCalledOnce();
  });

  it('calls it when the body cannot be iterated', async () => {
    const close = vi.fn();
    await expect(call(answering({ close }))).rejects.toEqual(failingWith('ERR_GATEWAY_BODY'));
    expect(close).toHaveBeenCalledOnce();
  });

  it('rejects when it fails, unless there is an earlier error', async () => {
    const close = () => {
      throw new Error('close');
    };
    await expect(call(closable(['a'], close))).rejects.toThrow('close');
    await expect(call(closable([1], close))).rejects.toEqual(failingWith('ERR_GATEWAY_BODY'));
  });

  it('ends a generator instead, where there is none', async () => {
    const ended = vi.fn();
    const broken = call(function* (_environ, startResponse) {
      try {
        startResponse('200 OK', PLAIN);
        yield 1 as unknown as Chunk;
      } finally {
        ended();
      }
    });
    await expect(broken).rejects.toEqual(failingWith('ERR_GATEWAY_BODY'));
    expect(ended).toHaveBeenCalledOnce();
  });
});
