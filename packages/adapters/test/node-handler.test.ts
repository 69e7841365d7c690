// Node handlers see real objects of node:http, and what they answer arrives as they meant it.
import { once } from 'node:events';
import { type IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it, vi } from 'vitest';
import { nodeHandler } from '../src/index.ts';
import type { NodeHandler } from '../src/node-source.ts';
import { ask, type Question, turn } from './harness.ts';

// Whatever holds by the methods of ServerResponse that are replaced holds by the text it writes, too.
const way = vi.hoisted(() => ({ isText: false }));
vi.mock('../src/node-response.ts', async (load) => {
  const module = await load<typeof import('../src/node-response.ts')>();
  const { textResponse } = await import('../src/text-response.ts');
  const nodeResponse: typeof module.nodeResponse = (...parameters) =>
    (way.isText ? textResponse : module.nodeResponse)(...parameters);
  return { ...module, nodeResponse };
});

const run = (handler: NodeHandler, question?: Question) => ask(nodeHandler(handler), question);
const late =
  (handler: NodeHandler): NodeHandler =>
  (request, response, next) =>
    void setImmediate(handler, request, response, next);

describe.each([
  { how: 'by the methods of ServerResponse', isText: false },
  { how: 'by the text of a response', isText: true },
])('$how', ({ isText }) => {
  const both = (name: string, test: () => Promise<void> | void) =>
    it(name, async () => {
      way.isText = isText;
      await test();
    });

  both('a handler gets objects of the real classes, whatever their prototypes become', async () => {
    const prototype = Object.create(ServerResponse.prototype, {
      greet: { value: (response: ServerResponse) => response.end('hello') },
    });
    const seen: unknown[] = [];
    const asked = run((request, response) => {
      seen.push(response instanceof ServerResponse, request.socket instanceof Socket);
      seen.push(response.req === request, response.socket === request.socket);
      Object.setPrototypeOf(response, prototype);
      (response as ServerResponse & { greet(self: ServerResponse): void }).greet(response);
    });
    await asked.ended();
    expect(seen).toEqual([true, true, true, true]);
    expect([asked.status, asked.text]).toEqual(['200 OK', 'hello']);
  });

  both('status, reason and headers arrive in order; what repeats stays apart', async () => {
    const { status, headers } = await run((_request, response) => {
      response.statusMessage = 'Made';
      response.setHeader('X-Number', 7);
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.appendHeader('Vary', 'Accept');
      response.appendHeader('Vary', 'Origin');
      response.writeHead(201, { 'X-Last': 'caf\xe9' });
      response.end(Buffer.from('abc'));
    }).ended();
    expect(status).toBe('201 Made');
    expect(headers.filter(([name]) => !/^(?:date|content-length)$/i.test(name))).toEqual([
      ['X-Number', '7'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Vary', 'Accept'],
      ['Vary', 'Origin'],
      ['X-Last', 'caf\xe9'],
    ]);
  });

  both('writeHead() takes headers in all of its forms', async () => {
    const forms = [
      { A: '1', B: ['2', '3'] },
      ['A', '1', 'B', '2', 'B', '3'],
      [
        ['A', '1'],
        ['B', '2'],
        ['B', '3'],
      ],
    ];
    for (const form of forms) {
      const { headers } = await run((_request, response) => {
        response.writeHead(200, form as never).end();
      }).ended();
      expect(headers.filter(([name]) => name.length === 1)).toEqual([
        ['A', '1'],
        ['B', '2'],
        ['B', '3'],
      ]);
    }
  });

  both('headers that concern the connection are left out, and Date', async () => {
    const { headers } = await run((_request, response) => {
      response
        .setHeader('Connection', 'close')
        .setHeader('Keep-Alive', '5')
        .setHeader('Status', '9');
      response.setHeader('Content-Length', '2').end('ok');
    }).ended();
    expect(headers).toEqual([['Content-Length', '2']]);
  });

  both(
    'a body that end() gets has a length, one that is written block by block has none',
    async () => {
      const whole = await run((_request, response) => response.end('abc')).ended();
      expect(whole.header('content-length')).toEqual(isText ? [] : ['3']);
      const { parts, ...streamed } = await run(
        late((_request, response) => {
          response.write('a');
          setImmediate(() => response.end('b'));
        }),
      ).ended();
      expect(streamed).toBeDefined();
      expect(parts[0]?.head?.headers).toEqual([]);
      const blocks = parts.map(({ chunk }) => String(chunk ?? ''));
      expect(blocks.filter(Boolean)).toEqual(['a', 'b']);
    },
  );

  both('strings are sent in the encoding that they were given in', async () => {
    const { bytes } = await run((_request, response) => {
      response.write('c3a9', 'hex');
      response.write('é', 'latin1');
      response.write(new Uint8Array([1, 2]));
      response.end('é');
    }).ended();
    expect(bytes.toString('hex')).toBe('c3a9e90102c3a9');
  });

  both('HEAD, 204 and 304 have no body, and their headers stay', async () => {
    for (const [method, code] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      const asked = await run(
        (_request, response) => {
          response.writeHead(code, { ETag: '"x"' });
          response.write('abc');
          response.end('def');
        },
        { variables: { REQUEST_METHOD: method } },
      ).ended();
      expect([asked.status?.slice(0, 3), asked.text]).toEqual([String(code), '']);
      expect(asked.header('etag')).toEqual(['"x"']);
      expect(asked.header('content-length')).toEqual([]);
    }
  });

  both('the events of a response come in the order of node:http', async () => {
    const events: string[] = [];
    const closed = vi.fn();
    const asked = run(
      late((_request, response) => {
        for (const name of ['prefinish', 'finish', 'close'])
          response.on(name, () => events.push(`${name} ${asked.parts.at(-1)?.last === true}`));
        response.on('close', closed);
        response.end('x', () => events.push('end()'));
        events.push(`ended ${response.writableEnded} ${response.headersSent}`);
      }),
    );
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
    expect(events.filter((event) => !/prefinish|ended/.test(event)).sort()).toEqual(
      ['close true', 'end()', `finish ${!isText}`].sort(),
    );
    expect(events.at(-1)).toBe('close true');
    expect(events).toContain('ended true true');
  });

  both('after its end a response tells that it is complete', async () => {
    let response: ServerResponse | undefined;
    run((_request, given) => {
      response = given.end('x');
    });
    await once(response as ServerResponse, 'close');
    expect(response).toMatchObject({ writableFinished: true, destroyed: true, closed: true });
    expect(response?.socket).toBe(null);
  });

  both('flushHeaders() sends the head alone', async () => {
    let response: ServerResponse | undefined;
    const asked = run((_request, given) => {
      response = given;
      given.setHeader('Content-Type', 'text/event-stream');
      given.flushHeaders();
    });
    await asked.until(() => asked.parts.length > 0);
    expect(asked.parts).toHaveLength(1);
    expect(asked.parts[0]).toMatchObject({ chunk: undefined, last: false });
    response?.end('data: x\n\n');
    expect((await asked.ended()).text).toBe('data: x\n\n');
  });

  both('interim responses go nowhere, and their callbacks come', async () => {
    const called = vi.fn();
    const asked = await run((_request, response) => {
      response.writeContinue();
      response.writeEarlyHints({ link: '</a.css>; rel=preload' }, called);
      setImmediate(() => response.end('x'));
    }).ended();
    expect([asked.status, asked.text]).toEqual(['200 OK', 'x']);
    expect(called).toHaveBeenCalledOnce();
  });

  both('a slow client holds a stream up, and drain lets it go on', async () => {
    const produced: number[] = [];
    async function* blocks() {
      for (let count = 0; count < 20; count++) {
        produced.push(count);
        yield Buffer.alloc(65_536, count);
      }
    }
    const asked = run(
      (_request, response) =>
        void pipeline(Readable.from(blocks(), { highWaterMark: 1 }), response),
      { isSlow: true },
    );
    await asked.until(() => asked.parts.length > 0);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(produced.length).toBeLessThan(10);
    while (asked.parts.at(-1)?.last !== true) {
      asked.drain();
      await turn();
    }
    expect(asked.bytes).toHaveLength(20 * 65_536);
    expect(asked.bytes.at(-1)).toBe(19);
  });

  both('what HTTP forbids is thrown where it is said', async () => {
    const codes: unknown[] = [];
    const attempt = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        codes.push((error as NodeJS.ErrnoException).code);
      }
    };
    const asked = await run((_request, response) => {
      attempt(() => response.setHeader('a b', '1'));
      attempt(() => response.setHeader('a', '1\r\nb: 2'));
      attempt(() => response.writeHead(99));
      response.writeHead(200).write('x');
      attempt(() => response.setHeader('a', '1'));
      attempt(() => response.writeHead(200));
      response.end();
    }).ended();
    expect(asked.text).toBe('x');
    expect(codes).toEqual([
      'ERR_INVALID_HTTP_TOKEN',
      'ERR_INVALID_CHAR',
      'ERR_HTTP_INVALID_STATUS_CODE',
      'ERR_HTTP_HEADERS_SENT',
      'ERR_HTTP_HEADERS_SENT',
    ]);
  });

  both('writing behind the end is an error event, as in node:http', async () => {
    const codes: unknown[] = [];
    const closed = vi.fn();
    run((_request, response) => {
      response.on('error', (error) => codes.push((error as NodeJS.ErrnoException).code));
      response.on('close', closed);
      response.end('x');
      response.write('y');
    });
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
    expect(codes).toEqual(['ERR_STREAM_WRITE_AFTER_END']);
  });

  describe('errors', () => {
    both('thrown or rejected before the head: 500, and a stack in the log', async () => {
      const failing: NodeHandler[] = [
        () => {
          throw new Error('boo');
        },
        async () => {
          throw new Error('boo');
        },
      ];
      for (const handler of failing) {
        const asked = await run(handler).ended();
        expect(asked.status).toBe('500 Internal Server Error');
        expect(asked.log.join()).toContain('Error: boo');
      }
    });

    both('behind the head the answer is cut short', async () => {
      const asked = await run(async (_request, response) => {
        response.write('a');
        await turn();
        throw new Error('boo');
      }).ended();
      expect(asked).toMatchObject({ isAborted: true, text: 'a' });
    });

    both('behind the end they are logged', async () => {
      const asked = await run(async (_request, response) => {
        response.end('a');
        await turn();
        throw new Error('boo');
      }).ended();
      await vi.waitFor(() => expect(asked.log.join()).toMatch(/after the response: Error: boo/));
      expect(asked).toMatchObject({ isAborted: false, text: 'a' });
    });

    both('destroy() of a response cuts it short', async () => {
      const asked = await run((_request, response) => {
        response.write('a');
        setImmediate(() => response.destroy());
      }).ended();
      expect(asked).toMatchObject({ isAborted: true, text: 'a' });
    });
  });

  describe('a client that leaves', () => {
    both('request and response are told, and what is written then goes nowhere', async () => {
      const events: string[] = [];
      let objects: { request: IncomingMessage; response: ServerResponse } | undefined;
      const asked = run((request, response) => {
        objects = { request, response };
        request.on('aborted', () => events.push('aborted'));
        request.on('close', () => events.push('request closes'));
        request.on('error', (error) => events.push((error as NodeJS.ErrnoException).code ?? ''));
        response.on('close', () => events.push('response closes'));
        response.on('finish', () => events.push('finish'));
        response.write('a');
      });
      await asked.until(() => asked.parts.length > 0);
      asked.leave();
      await vi.waitFor(() => expect(events).toHaveLength(4));
      expect(events.sort()).toEqual(['ECONNRESET', 'aborted', 'request closes', 'response closes']);
      expect(objects?.response).toMatchObject({ destroyed: true, writableFinished: false });
      expect(objects?.response.write('b')).toBe(false);
      expect(asked.log).toEqual([]);
    });

    both('a pipeline into the response ends with an error', async () => {
      const piped = vi.fn();
      const asked = run((_request, response) => {
        const source = new Readable({ read() {} });
        source.push('a');
        pipeline(source, response).catch(() => piped(source.destroyed));
      });
      await asked.until(() => asked.parts.length > 0);
      asked.leave();
      await vi.waitFor(() => expect(piped).toHaveBeenCalledWith(true));
    });

    both('one that has only finished sending gets its answer, where nobody listens', async () => {
      const asked = run((_request, response) => setImmediate(() => response.end('late')));
      asked.listener?.halfClose();
      expect(await asked.ended()).toMatchObject({ isAborted: false, text: 'late' });
    });

    both('while the last block waits: the response is closed, and nothing goes round', async () => {
      const closed = vi.fn();
      const asked = run(
        (_request, response) => {
          response.on('close', closed);
          setImmediate(() => response.end(Buffer.alloc(1_000_000)));
        },
        { isSlow: true },
      );
      await asked.until(() => asked.parts.length > 0);
      asked.leave();
      await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
    });

    both('and none where somebody listens, as in node:http', async () => {
      const closed = vi.fn();
      const asked = run((request) => void request.on('close', closed));
      asked.listener?.halfClose();
      expect(await asked.ended()).toMatchObject({ isAborted: true, parts: [] });
      await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
    });
  });
});

it('an answer that is given at once is one part, there when the handler returns', () => {
  way.isText = false;
  const { parts } = run((_request, response) => {
    response.setHeader('A', 'b');
    response.write('a');
    response.end('b');
  });
  expect(parts).toHaveLength(1);
  expect(parts[0]).toMatchObject({ chunk: Buffer.from('ab'), last: true });
});

it('and one part, too, when it is given later', async () => {
  way.isText = false;
  const { parts } = await run(late((_request, response) => response.end('ab'))).ended();
  expect(parts).toHaveLength(1);
});

it('the listeners of a server are called, with the server at the socket', async () => {
  way.isText = false;
  const server = new Server((request, response) => {
    response.end(String((request.socket as Socket & { server: unknown }).server === server));
  });
  expect((await ask(nodeHandler(server)).ended()).text).toBe('true');
});

it('a handler with a third parameter can pass a request on: to 404, or with an error', async () => {
  way.isText = false;
  const passing = (error?: unknown) => run((_request, _response, next) => next(error)).ended();
  expect((await passing()).status).toBe('404 Not Found');
  expect((await passing(new Error('boo'))).status).toBe('500 Internal Server Error');
});

it('what is no handler is refused, with what would be one', () => {
  expect(() => nodeHandler({} as never)).toThrow(/this is an object \(Object\)/);
  expect(() => nodeHandler(new Server())).toThrow(/no listener for 'request'/);
});
