// Fetch handlers get Requests, and their Responses arrive as they meant them.
import type { Application } from '@sluice/gateway';
import { describe, expect, it, vi } from 'vitest';
import { plain } from '../src/fetch-classes.ts';
import { type FetchContext, fetchHandler } from '../src/index.ts';
import { LightResponse } from '../src/light-response.ts';
import { ask, type Question, turn } from './harness.ts';

type Handler = (request: Request, context: FetchContext) => unknown;

describe.each([{ light: true }, { light: false }])('light: $light', ({ light }) => {
  const application = (handler: Handler): Application => fetchHandler(handler, { light });
  const run = (handler: Handler, question?: Question) => ask(application(handler), question);
  const { Response } = light
    ? { Response: LightResponse as never as typeof plain.Response }
    : globalThis;

  it('the request is a Request, with URL, method and headers', async () => {
    let seen: Request | undefined;
    run(
      (request) => {
        seen = request;
        return new Response();
      },
      {
        variables: {
          ...{ REQUEST_URI: '/a%20b/?x=1', PATH_INFO: '/a b/', QUERY_STRING: 'x=1', HTTPS: 'on' },
          ...{ HTTP_HOST: 'example.org:8443', REQUEST_METHOD: 'DELETE', HTTP_COOKIE: 'a=1' },
          ...{ CONTENT_TYPE: 'text/plain', HTTP_X_PADDED: ' a ' },
        },
      },
    );
    expect(seen).toBeInstanceOf(Request);
    expect(seen).toBeInstanceOf(plain.Request);
    expect(seen?.url).toBe('https://example.org:8443/a%20b/?x=1');
    expect([seen?.method, seen?.redirect, seen?.bodyUsed]).toEqual(['DELETE', 'follow', false]);
    const headers = seen?.headers as Headers;
    expect(headers).toBeInstanceOf(Headers);
    expect([headers.get('Cookie'), headers.get('x-padded'), headers.has('nope')]).toEqual([
      ...['a=1', 'a', false],
    ]);
    expect(headers.get('content-type')).toBe('text/plain');
    expect([...new Headers(headers).keys()]).toEqual([
      'content-type',
      'cookie',
      'host',
      'x-padded',
    ]);
    expect(() => headers.get('a b')).toThrow(TypeError);
    expect(new Request(seen as Request, { method: 'PUT' }).headers.get('cookie')).toBe('a=1');
    expect(seen?.clone().url).toBe(seen?.url);
  });

  it.each([
    ['/a/../b', 'http://www.example.org/b'],
    ['/a b', 'http://www.example.org/a%20b'],
    ['/%2e%2e/a', 'http://www.example.org/a'],
    ['//other.org/a', 'http://www.example.org//other.org/a'],
    ['/a\\b', 'http://www.example.org/a/b'],
    ['/caf\xe9', 'http://www.example.org/caf%C3%A9'],
  ])('the URL is as the standard has it: %s', (uri, url) => {
    let seen = '';
    run(
      (request) => {
        seen = request.url;
        return new Response();
      },
      { variables: { REQUEST_URI: uri, PATH_INFO: uri } },
    );
    expect(seen).toBe(uri === '/caf\xe9' ? url : new URL(url).href);
  });

  it.each(['a b', 'user@host', 'a/b', 'a?b', '[::1', 'a:b'])(
    'a Host that is none is answered with 400: %s',
    (host) => {
      const called = vi.fn();
      expect(run(called, { variables: { HTTP_HOST: host } }).status).toBe('400 Bad Request');
      expect(called).not.toHaveBeenCalled();
    },
  );

  it('without Host the URL has the name of the server', () => {
    const urls: string[] = [];
    const handler = ({ url }: Request) => urls.push(url) && new Response();
    run(handler, { variables: { HTTP_HOST: '', SERVER_NAME: '::1', SERVER_PORT: '81' } });
    run(handler, { variables: { HTTP_HOST: '', SERVER_NAME: 'a.org' } });
    expect(urls).toEqual(['http://[::1]:81/', 'http://a.org/']);
  });

  it('the environ is beside the request', async () => {
    const handler: Handler = (_request, { environ }) => new Response(environ.REMOTE_ADDR as string);
    expect((await run(handler).ended()).text).toBe('192.0.2.1');
  });

  describe('bodies of requests', () => {
    const question = { body: '{"a":[1]}', variables: { CONTENT_TYPE: 'application/json' } };
    it.each([
      ['text', (request: Request) => request.text()],
      ['json', async (request: Request) => JSON.stringify(await request.json())],
      ['arrayBuffer', async (request: Request) => Buffer.from(await request.arrayBuffer())],
      ['blob', async (request: Request) => (await request.blob()).text()],
      ['clone', (request: Request) => request.clone().text()],
      ['body', (request: Request) => new plain.Response(request.body).text()],
      ['a new Request', (request: Request) => new Request(request).text()],
    ])('%s', async (_what, read) => {
      const asked = run(async (request) => new Response((await read(request)) as string), question);
      expect((await asked.ended()).text).toBe('{"a":[1]}');
    });

    it('are read once', async () => {
      const handler: Handler = async (request) => {
        const before = request.bodyUsed;
        await request.text();
        const again = await request.text().catch((error) => error.name);
        const form = await request.formData().catch((error) => error.name);
        return new Response([before, request.bodyUsed, again, form].join());
      };
      expect((await run(handler, question).ended()).text).toBe('false,true,TypeError,TypeError');
    });

    it('are not there for GET, and empty to read', async () => {
      const handler: Handler = async (request) =>
        new Response(`${request.body}${await request.text()}`);
      expect((await run(handler).ended()).text).toBe('null');
    });

    it('stream, no faster than they are read', async () => {
      const read: number[] = [];
      const asked = run(
        async (request) => {
          for await (const block of request.body as unknown as AsyncIterable<Uint8Array>)
            read.push(block.length);
          return new Response('done');
        },
        { body: 'later' },
      );
      asked.body?.push(Buffer.from('abc'));
      await vi.waitFor(() => expect(read).toEqual([3]));
      asked.body?.end();
      expect((await asked.ended()).text).toBe('done');
    });
  });

  describe('responses', () => {
    it('status, reason and headers; each Set-Cookie of its own', async () => {
      const { status, headers } = await run(() => {
        const headers = new Headers({ 'X-A': 'b', Connection: 'close' });
        headers.append('Set-Cookie', 'a=1');
        headers.append('Set-Cookie', 'b=2');
        return new Response('x', { status: 201, statusText: 'Made', headers });
      }).ended();
      expect(status).toBe('201 Made');
      const lines = headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort();
      expect(lines.filter((line) => line !== 'content-length: 1')).toEqual([
        'content-type: text/plain;charset=UTF-8',
        'set-cookie: a=1',
        'set-cookie: b=2',
        'x-a: b',
      ]);
    });

    it('a status without a reason gets the usual one', () => {
      expect(run(() => new Response(null, { status: 404 })).status).toBe('404 Not Found');
    });

    it('204, 304 and HEAD have no body', async () => {
      for (const status of [204, 304])
        expect((await run(() => new Response(null, { status })).ended()).text).toBe('');
      const head = { variables: { REQUEST_METHOD: 'HEAD' } };
      const cancelled = vi.fn();
      const endless = new ReadableStream({ pull: () => {}, cancel: cancelled });
      expect((await run(() => new Response(endless), head).ended()).text).toBe('');
      expect(cancelled).toHaveBeenCalledOnce();
    });

    it('streams are sent block by block, no faster than they are taken', async () => {
      let produced = 0;
      const asked = run(
        () =>
          new Response(
            new ReadableStream(
              {
                pull(controller) {
                  if (produced++ < 20) controller.enqueue(new Uint8Array(1000));
                  else controller.close();
                },
              },
              { highWaterMark: 0 },
            ),
          ),
        { isSlow: true },
      );
      await asked.until(() => asked.parts.length > 0);
      for (let turns = 0; turns < 10; turns++) await turn();
      expect(produced).toBeLessThan(5);
      asked.drain();
      expect((await asked.ended()).bytes).toHaveLength(20_000);
    });

    it('the head goes ahead of a block that is not there yet', async () => {
      let controller: ReadableStreamDefaultController | undefined;
      const start = (given: ReadableStreamDefaultController) => {
        controller = given;
      };
      const asked = run(() => new Response(new ReadableStream({ start })));
      await asked.until(() => asked.parts.length > 0);
      expect(asked.parts[0]).toMatchObject({ chunk: undefined, last: false });
      controller?.enqueue(Buffer.from('x'));
      controller?.close();
      expect((await asked.ended()).text).toBe('x');
    });

    it('a stream that fails cuts the answer short', async () => {
      let pulls = 0;
      const stream = new ReadableStream(
        {
          pull(controller) {
            if (pulls++ === 0) controller.enqueue(Buffer.from('a'));
            else controller.error(new Error('boo'));
          },
        },
        { highWaterMark: 0 },
      );
      const asked = await run(() => new Response(stream)).ended();
      expect(asked.isAborted).toBe(true);
      expect(asked.log.join()).toContain('boo');
    });

    it('a stream that ends at once has a length', async () => {
      const stream = (blocks: string[]) => new Blob(blocks).stream();
      const one = await run(() => new Response(stream(['hello']))).ended();
      expect([one.header('content-length'), one.text]).toEqual([['5'], 'hello']);
      const none = await run(() => new Response(stream([]))).ended();
      expect([none.header('content-length'), none.text]).toEqual([['0'], '']);
    });

    it('a first block is sent when the next one takes its time', async () => {
      let end = () => {};
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from('one'));
          end = () => controller.close();
        },
      });
      const asked = run(() => new Response(stream));
      await asked.until(() => asked.text === 'one');
      expect(asked.header('content-length')).toEqual([]);
      end();
      expect((await asked.ended()).text).toBe('one');
    });

    it('a stream of text is sent as UTF-8, as other servers do', async () => {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue('caf\u00e9');
          controller.close();
        },
      });
      expect((await run(() => new Response(stream)).ended()).text).toBe('caf\u00e9');
    });

    it('a stream of anything but bytes and text is an error', async () => {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(7);
          controller.close();
        },
      });
      const asked = await run(() => new Response(stream)).ended();
      expect(asked.log.join()).toContain('gave a number, not a Uint8Array');
    });

    it('what is no Response is an error that says so', async () => {
      for (const result of [undefined, 'text', {}]) {
        const asked = await run(() => result).ended();
        expect(asked.status).toBe('500 Internal Server Error');
        expect(asked.log.join()).toContain('not a Response');
      }
    });

    it('what is thrown, or rejected, is an error', async () => {
      const boo = new Error('boo');
      const asked = run(() => {
        throw boo;
      });
      expect(asked.status).toBe('500 Internal Server Error');
      expect((await run(() => Promise.reject(boo)).ended()).status).toBe(
        '500 Internal Server Error',
      );
    });
  });

  it('a client that leaves aborts the signal, and cancels the stream', async () => {
    const told = vi.fn();
    const cancelled = vi.fn();
    const asked = run((request) => {
      request.signal.addEventListener('abort', told);
      return new Response(new ReadableStream({ cancel: cancelled }));
    });
    await asked.until(() => asked.parts.length > 0);
    asked.leave();
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce());
    expect(told).toHaveBeenCalledOnce();
    expect(asked.log).toEqual([]);
  });
});

it('an answer that is known is one part, there when the handler returns', () => {
  const { parts } = ask(fetchHandler(() => new Response('x')));
  expect(parts).toHaveLength(1);
});

it('a method that the Fetch standard forbids is answered with 501 where a Request is made', () => {
  const variables = { REQUEST_METHOD: 'TRACE' };
  expect(
    ask(
      fetchHandler(() => new Response(), { light: false }),
      { variables },
    ).status,
  ).toBe('501 Not Implemented');
});

it('what is no handler is refused', () => {
  expect(() => fetchHandler({} as never)).toThrow(/this is an object \(Object\)/);
});
