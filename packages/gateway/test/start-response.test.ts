// startResponse and write(): what is a head, what would break one, and when both may be called.
import { describe, expect, it, vi } from 'vitest';
import type { Application, Environ, ResponseHeaders, Write } from '../src/application.ts';
import type { ResponsePart } from '../src/exchange.ts';
import { Response } from '../src/response.ts';
import { checkHead, describeValue } from '../src/start-response.ts';

const badStatus = expect.objectContaining({ code: 'ERR_GATEWAY_STATUS', name: 'GatewayError' });
const badHeaders = expect.objectContaining({ code: 'ERR_GATEWAY_HEADERS', name: 'GatewayError' });

function withHeaders(headers: unknown) {
  return () => checkHead('200 OK', headers as ResponseHeaders);
}

describe('status', () => {
  it.each([
    ['200 OK', 200],
    ['204 No Content', 204],
    ['299 ', 299],
    ['404 Not\tFound', 404],
    ['599 caf\xe9', 599],
  ])('%j', (status, code) => {
    expect(checkHead(status, [])).toEqual({ status, code, headers: [], contentLength: undefined });
  });

  it.each([
    ...['200', '2OO OK', '20 OK', '2000 OK', '200OK', ' 200 OK', '', '099 x', '199 x', '600 x'],
    ...['100 Continue', '101 Switching Protocols', '200 OK\r\n', '200 OK\r\nX: y', '200 O\nK'],
    ...['200 O\0K', '200 O\x7fK', '200 €', 200, null, undefined, ['200 OK']],
    { toString: () => '200 OK' },
  ])('%j is none', (status) => {
    expect(() => checkHead(status as string, [])).toThrow(badStatus);
  });
});

describe('headers', () => {
  it('are copied: the application may change its list afterwards', () => {
    const header: [string, string] = ['X-A', '1'];
    const list: ResponseHeaders = [header];
    const { headers } = checkHead('200 OK', list);
    header[1] = 'a\r\nb';
    list.push(['X-B', '2']);
    expect(headers).toEqual([['X-A', '1']]);
  });

  it('keep order, case, repetition, latin-1 and tabulators', () => {
    const list: ResponseHeaders = [
      ['set-cookie', 'a=1'],
      ['X-Empty', ''],
      ['X-A', 'caf\xe9\t\xff'],
      ['Set-Cookie', 'b=2'],
    ];
    expect(checkHead('200 OK', list).headers).toEqual(list);
  });

  it.each([
    { headers: undefined },
    { headers: null },
    { headers: 'X-A: 1' },
    { headers: { 'X-A': '1' } },
    { headers: new Map([['X-A', '1']]) },
    { headers: ['X-A: 1'] },
    { headers: ['AB'] },
    { headers: [['X-A']] },
    { headers: [['X-A', '1', '2']] },
    { headers: [null] },
  ])('$headers is no list of name and value', ({ headers }) => {
    expect(withHeaders(headers)).toThrow(badHeaders);
  });

  it.each(['X Y', '', 'Set-Cookie:', 'X\r\n', 'X\0', 'é', '(X)', 1, null, undefined])(
    'the name %j is no token',
    (name) => {
      expect(withHeaders([[name, 'x']])).toThrow(badHeaders);
      expect(withHeaders([[name, 'x']])).toThrow(badHeaders); // what is remembered of names changes nothing
    },
  );

  it.each(['a\r\nX-Injected: b', 'a\rb', 'a\nb', '\0', '\x1b', '\x7f', '€', 1, null, undefined])(
    'the value %j is refused',
    (value) => {
      expect(withHeaders([['X-A', value]])).toThrow(badHeaders);
    },
  );

  it.each([
    ...['Connection', 'keep-alive', 'Proxy-Authenticate', 'PROXY-AUTHORIZATION', 'TE', 'Trailer'],
    ...['Proxy-Connection', 'Trailers', 'Transfer-Encoding', 'upgrade', 'Status', 'STATUS'],
  ])('%s is not for the application to set', (name) => {
    expect(withHeaders([[name, 'x']])).toThrow(badHeaders);
    expect(withHeaders([[name, 'x']])).toThrow(badHeaders);
  });

  it('a name that was good once does not make its value good', () => {
    checkHead('200 OK', [['X-Known', 'x']]);
    expect(withHeaders([['X-Known', 'a\nb']])).toThrow(badHeaders);
  });

  it('more names than are remembered are checked like the first', () => {
    for (let at = 0; at < 600; at++) checkHead('200 OK', [[`X-Many-${at}`, '']]);
    expect(withHeaders([['Late Name', '']])).toThrow(badHeaders);
    expect(checkHead('200 OK', [['content-LENGTH', '3']]).contentLength).toBe(3);
    expect(checkHead('200 OK', [[`X-${'a'.repeat(100)}`, '']]).headers).toHaveLength(1);
  });
});

describe('Content-Length', () => {
  it.each(['Content-Length', 'content-length', 'CONTENT-LENGTH'])('%s is read', (name) => {
    expect(checkHead('200 OK', [[name, '12']]).contentLength).toBe(12);
    expect(checkHead('200 OK', [[name, '0']]).contentLength).toBe(0);
  });

  it.each(['', '-1', '+1', ' 1', '1 ', '1e3', '0x1', '1,1', '1.0', '99999999999999999999'])(
    '%j is none',
    (value) => {
      expect(withHeaders([['Content-Length', value]])).toThrow(badHeaders);
    },
  );

  it('is there once, even if both say the same', () => {
    const twice = [
      ['Content-Length', '1'],
      ['content-length', '1'],
    ];
    expect(withHeaders(twice)).toThrow(badHeaders);
  });
});

describe('messages', () => {
  it('show the value, but no more than 80 characters of it', () => {
    expect(withHeaders([['X-A', `€${'x'.repeat(1000)}`]])).toThrow(/^.{0,200}…$/);
    expect(() => checkHead('200', [])).toThrow(/"200"/);
  });

  it.each([
    ['text', '"text"'],
    ['a\nb', '"a\\nb"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [Object.create(null), 'object'],
    [Symbol('s'), 'Symbol(s)'],
  ])('describe any value: %#', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});

/** Runs an application; its answer is kept, and taken as slowly as told. */
function run(application: Application, drained: () => Promise<void> = () => Promise.resolve()) {
  const parts: ResponsePart[] = [];
  const abort = vi.fn();
  const exchange = {
    ...{ protocol: 'fake', peer: 'tester', body: undefined, listener: undefined, abort, drained },
    send: (part: ResponsePart) => parts.push(part) === 0, // false: slow
  };
  const log = vi.fn();
  const response = new Response({ application, log, debug: false }, exchange, false);
  response.run({} as Environ);
  return { parts, abort, log, response };
}

function statusAndText(parts: ResponsePart[]): string {
  const text = parts.map(({ chunk }) => Buffer.from(chunk ?? []).toString()).join('');
  return `${parts[0]?.head?.status}: ${text}`;
}

async function* oneBlock(text: string) {
  yield text;
}

async function* endless(text: string) {
  yield text;
  await new Promise(() => {});
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('when startResponse is called', () => {
  it('the first step of the body is early enough', async () => {
    const { parts } = run(async function* (_environ, startResponse) {
      await null;
      startResponse('201 Created', []);
      yield 'x';
    } as Application);
    await turn();
    expect(statusAndText(parts)).toBe('201 Created: x');
  });

  it.each([
    ['an empty list', () => []],
    ['a list', () => ['a']],
    ['a stream', () => oneBlock('a')],
  ])('never, and %s is returned: 500', async (_what, application) => {
    const { parts, log } = run(application);
    await turn();
    expect(statusAndText(parts)).toMatch(/^500 /);
    expect(log.mock.calls).toEqual([['error', expect.stringContaining('did not call')]]);
  });

  it('a second time without an error: refused, and the first one stands', () => {
    const { parts } = run((_environ, startResponse) => {
      startResponse('200 OK', []);
      const again = () => startResponse('201 Created', []);
      expect(again).toThrow(expect.objectContaining({ code: 'ERR_GATEWAY_HEAD_TWICE' }));
      return ['x'];
    });
    expect(statusAndText(parts)).toBe('200 OK: x');
  });

  it('a second time with an error, before output: replaced', () => {
    const { parts } = run((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '99']]);
      startResponse('500 Oops', [['X-A', 'b']], new Error('behind it'));
      return ['x'];
    });
    expect(statusAndText(parts)).toBe('500 Oops: x');
    expect(parts[0]?.head?.headers).toEqual([
      ['X-A', 'b'],
      ['Content-Length', '1'],
    ]);
  });

  it.each([new Error('behind it'), 'a text'])(
    'and after output: thrown again: %s',
    async (error) => {
      const { parts, abort } = run((_environ, startResponse) => {
        startResponse('200 OK', [])('x');
        startResponse('500 Oops', [], error);
        return [];
      });
      expect(statusAndText(parts)).toBe('200 OK: x');
      expect(abort).toHaveBeenCalledTimes(1);
      expect(parts.some(({ last }) => last)).toBe(false);
    },
  );

  it('when the response is complete: refused', () => {
    let late: () => unknown = () => {};
    run((_environ, startResponse) => {
      startResponse('200 OK', []);
      late = () => startResponse('500 Oops', [], new Error('late'));
      return ['x'];
    });
    expect(late).toThrow(expect.objectContaining({ code: 'ERR_GATEWAY_FINISHED' }));
  });
});

describe('write()', () => {
  it('sends the head with its first byte, before the blocks of the body', async () => {
    for (const body of [['b'], oneBlock('b')]) {
      const { parts } = run((_environ, startResponse) => {
        const write = startResponse('200 OK', []);
        void write('a');
        return body;
      });
      expect(parts[0]).toMatchObject({ head: { status: '200 OK', headers: [] }, last: false });
      await turn();
      expect(statusAndText(parts)).toBe('200 OK: ab');
    }
  });

  it('of nothing sends the head alone, once', () => {
    const { parts } = run((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      void write('');
      expect(write('')).toBe(true);
      return ['b'];
    });
    expect(parts).toHaveLength(2);
    expect(parts[0]).toMatchObject({ head: { status: '200 OK' }, chunk: undefined, last: false });
    expect(statusAndText(parts)).toBe('200 OK: b');
  });

  it('promises true when a slow client has taken it; rejects when that has gone', async () => {
    const gone = new Error('gone');
    const drained = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(gone);
    const outcomes: unknown[] = [];
    run(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      outcomes.push(await write('a'));
      outcomes.push(await Promise.resolve(write('b')).catch((error) => error));
      return [];
    }, drained);
    await turn();
    expect(outcomes).toEqual([true, gone]);
  });

  it('rejects for what are no bytes, behind the client, and behind the body', async () => {
    let write: Write = () => true;
    const pending: Application = (_environ, startResponse) => {
      write = startResponse('200 OK', []);
      return new Promise(() => {});
    };
    const { response } = run(pending);
    await expect(write(5 as never)).rejects.toMatchObject({ code: 'ERR_GATEWAY_BODY' });
    const gone = new Error('gone');
    response.leave(gone);
    await expect(write('x')).rejects.toBe(gone);
    for (const body of [['x'], endless('x')]) {
      run((environ, startResponse) => {
        void pending(environ, startResponse);
        return body;
      });
      await turn();
      await expect(write('x')).rejects.toMatchObject({ code: 'ERR_GATEWAY_FINISHED' });
    }
  });
});
