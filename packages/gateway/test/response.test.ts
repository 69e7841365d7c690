// One response: what applications do, in what order it is sent, and how it ends.
import { describe, expect, it, vi } from 'vitest';
import type { Application, Environ, ResponseBody } from '../src/application.ts';
import type { Exchange, ResponsePart } from '../src/exchange.ts';
import { RequestBody } from '../src/request-body.ts';
import { Response } from '../src/response.ts';

/** Keeps what it is sent; may be slow. */
class FakeExchange implements Exchange {
  protocol = 'fake';
  peer = 'tester';
  listener = undefined;
  body = new RequestBody(() => {});
  parts: ResponsePart[] = [];
  aborted = 0;
  isSlow = false;
  drain: { resolve(): void; reject(reason: Error): void } | undefined;
  #end = () => {};
  readonly ended = new Promise<void>((resolve) => (this.#end = resolve));

  send(part: ResponsePart): boolean {
    this.parts.push(part);
    if (part.last) this.#end();
    return !this.isSlow;
  }
  drained(): Promise<void> {
    return new Promise((resolve, reject) => (this.drain = { resolve, reject }));
  }
  abort(): void {
    this.aborted++;
    this.#end();
  }

  get head() {
    return this.parts[0]?.head;
  }
  get text(): string {
    return this.parts.map(({ chunk }) => Buffer.from(chunk ?? []).toString()).join('');
  }
  get end(): string {
    return `${this.parts.filter(({ last }) => last).length} last, ${this.aborted} aborted`;
  }
  get length(): string | undefined {
    return this.head?.headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  }
}

const WHOLE = '1 last, 0 aborted';
const CUT = '0 last, 1 aborted';

type Headers = [string, string][];
type Given = { status?: string; headers?: Headers; isHead?: boolean; isSlow?: boolean };

/** Answers with an application that calls startResponse, then returns the body. */
function run(make: () => unknown, given: Given = {}) {
  const exchange = new FakeExchange();
  exchange.isSlow = given.isSlow ?? false;
  const log = vi.fn();
  const application: Application = (_environ, startResponse) => {
    startResponse(given.status ?? '200 OK', given.headers ?? []);
    return make() as ResponseBody;
  };
  const context = { application, log, debug: false };
  const response = new Response(context, exchange, given.isHead ?? false);
  response.run({} as Environ);
  return { exchange, response, log };
}

/** A body with a close() to count. */
function closing(blocks: Iterable<unknown> | AsyncIterable<unknown>) {
  const close = vi.fn();
  return { close, body: Object.assign(blocks, { close }) };
}

async function* later(...blocks: (string | Error)[]) {
  for (const block of blocks) {
    await null;
    if (block instanceof Error) throw block;
    yield block;
  }
}

function* now(...blocks: unknown[]) {
  for (const block of blocks) {
    if (block instanceof Error) throw block;
    yield block;
  }
}

const length = (size: number) => ({ headers: [['Content-Length', String(size)]] }) as Given;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const gone = new Error('gone');

describe('what is sent', () => {
  it('a list is answered when run() returns, without a promise or a turn of the event loop', () => {
    const { exchange } = run(() => ['hi'], { headers: [['X-A', 'caf\xe9']] });
    const headers = [['X-A', 'caf\xe9']].concat([['Content-Length', '2']]);
    const head = expect.objectContaining({ status: '200 OK', headers });
    expect(exchange.parts).toEqual([{ head, chunk: Buffer.from('hi'), last: true }]);
  });

  it('a list of several is one piece without a length; a long one goes block by block', async () => {
    const { exchange } = run(() => ['a', Buffer.from('b'), new Uint8Array([99])]);
    expect(exchange.parts).toHaveLength(1);
    expect([exchange.text, exchange.length]).toEqual(['abc', undefined]);
    const long = run(() => [Buffer.alloc(65536), 'x']).exchange;
    await long.ended;
    expect(long.parts.map(({ chunk }) => chunk?.length)).toEqual([65536, 1, undefined]);
  });

  it('the head waits for the first block that is not empty', async () => {
    const { exchange } = run(() => later('', 'a', '', 'b'));
    expect(exchange.parts).toEqual([]);
    await exchange.ended;
    const seen = exchange.parts.map((part) => [!!part.head, String(part.chunk ?? ''), part.last]);
    expect(seen.join(' ')).toBe('true,a,false false,b,false false,,true');
    expect(exchange.length).toBeUndefined();
  });

  it('no byte is length 0', async () => {
    for (const body of [[], [''], now(), now('', ''), later(), later('')]) {
      const { exchange } = run(() => body);
      await exchange.ended;
      expect([exchange.length, exchange.text, exchange.end]).toEqual(['0', '', WHOLE]);
    }
  });

  it.each(['204 No Content', '304 Not Modified'])('%s: no body, no length of ours', (status) => {
    for (const body of [[], ['lost'], now(), now('lost')]) {
      const { exchange } = run(() => body, { status });
      expect([exchange.length, exchange.text, exchange.end]).toEqual([undefined, '', WHOLE]);
    }
    const { exchange } = run(() => ['lost'], { status, ...length(4) });
    expect(exchange.length).toBe(status.startsWith('304') ? '4' : undefined);
    expect([exchange.text, exchange.end]).toEqual(['', WHOLE]);
  });

  it('HEAD has the length of GET and no body; only the first block is asked for', async () => {
    const list = run(() => ['hi'], { isHead: true }).exchange;
    expect([list.length, list.text, list.end]).toEqual(['2', '', WHOLE]);
    expect(run(() => [], { isHead: true }).exchange.length).toBeUndefined();
    const blocks = now('a', 'b', new Error('asked for too much'));
    const { exchange } = run(() => blocks, { isHead: true });
    await exchange.ended;
    expect([exchange.text, exchange.end, blocks.next().done]).toEqual(['', WHOLE, true]);
  });

  it('a slow client is waited for, block by block', async () => {
    const blocks = now('a', 'b');
    const { exchange } = run(() => blocks, { isSlow: true });
    await turn();
    expect(exchange.text).toBe('a');
    exchange.drain?.resolve();
    await turn();
    expect(exchange.text).toBe('ab');
  });

  it('a synchronous iterable lets the event loop turn', async () => {
    let clock = 0;
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => clock++);
    let steps = 0;
    const { exchange } = run(function* () {
      for (; steps < 1000; steps++) yield 'x';
    });
    await turn();
    expect(steps).toBeLessThan(1000);
    await exchange.ended;
    spy.mockRestore();
    expect(exchange.text).toHaveLength(1000);
  });
});

describe('Content-Length of the application', () => {
  it.each([
    ['list', () => ['abcd']],
    ['lists', () => ['ab', 'cd', 'e']],
    ['generator', () => now('ab', 'cd', 'e')],
    ['async', () => later('abcd', 'e')],
  ])('a longer body is cut there, and logged: %s', async (_kind, make) => {
    const { exchange, log } = run(make, length(3));
    await exchange.ended;
    expect([exchange.text, exchange.end]).toEqual(['abc', WHOLE]);
    expect(log.mock.calls).toEqual([['error', expect.stringContaining('Content-Length')]]);
  });

  it('a shorter body is an error page, or cut short when some of it is out', async () => {
    const list = run(() => ['ab'], length(3)).exchange;
    expect([list.head?.status, list.end]).toEqual(['500 Internal Server Error', WHOLE]);
    const { exchange, log } = run(() => later('ab'), length(3));
    await exchange.ended;
    expect([exchange.text, exchange.end]).toEqual(['ab', CUT]);
    expect(log.mock.calls).toEqual([['error', expect.stringContaining('Content-Length')]]);
  });
});

describe('close() is called exactly once', () => {
  it.each<[string, () => Iterable<unknown> | AsyncIterable<unknown>, Given]>([
    ['at the end of a list', () => ['a', 'b'], {}],
    ['at the end of a stream', () => later('a'), {}],
    ['after an error', () => now('a', new Error('in the middle')), {}],
    ['at HEAD', () => later('a', 'b'), { isHead: true }],
    ['at Content-Length', () => later('abc', new Error('one too many')), length(3)],
    ['before it', () => later('ab'), length(3)],
    ['where iteration never began', () => ['a', 5], {}],
  ])('%s', async (_when, make, given) => {
    const { close, body } = closing(make());
    const { exchange, response } = run(() => body, given);
    await exchange.ended;
    await turn();
    response.leave(gone);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['next() is pending', false],
    ['the client is slow', true],
  ])('at once when the client leaves while %s; nothing is sent any more', async (_when, isSlow) => {
    let give: (step: IteratorResult<string>) => void = () => {};
    const next = vi.fn(() => new Promise<IteratorResult<string>>((resolve) => (give = resolve)));
    const { close, body } = closing({ [Symbol.asyncIterator]: () => ({ next }) });
    const { exchange, response } = run(() => body, { isSlow });
    if (isSlow) give({ done: false, value: 'x' });
    await turn();
    response.leave(gone);
    expect(close).toHaveBeenCalledTimes(1);
    exchange.drain?.reject(gone);
    give({ done: false, value: 'late' });
    await turn();
    expect([exchange.text, exchange.end]).toEqual([isSlow ? 'x' : '', '0 last, 0 aborted']);
    expect([close.mock.calls.length, next.mock.calls.length]).toEqual([1, 1]);
    await expect(exchange.body.next()).rejects.toBe(gone);
  });

  it('when the body is returned to a client that has left', async () => {
    const { close, body } = closing(now('a'));
    let resolve: (body: unknown) => void = () => {};
    const promise = new Promise((settle) => (resolve = settle));
    const { exchange, response } = run(() => promise);
    response.leave(gone);
    resolve(body);
    await turn();
    expect([
      close.mock.calls.length,
      exchange.parts,
      (body as unknown as Iterator<string>).next().value,
    ]).toEqual([1, [], 'a']);
  });

  it('its errors are for the log alone', async () => {
    const failing = vi.fn().mockRejectedValueOnce('close failed');
    failing.mockImplementationOnce(() => new URL('close failed'));
    for (let time = 0; time < 2; time++) {
      const { exchange, log } = run(() => Object.assign(['a'], { close: failing }));
      await turn();
      expect([exchange.text, exchange.end]).toEqual(['a', WHOLE]);
      expect(log.mock.calls).toEqual([
        ['error', expect.stringMatching(/close failed|Invalid URL/)],
      ]);
    }
  });

  it('a generator without one runs its finally, when the signal lets it', async () => {
    const ended = vi.fn();
    const { response } = run(async function* () {
      try {
        yield 'a';
        await new Promise((resolve) => response.signal.addEventListener('abort', resolve));
        yield 'b';
      } finally {
        ended();
      }
    });
    await turn();
    response.leave(gone);
    await turn();
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('the signal', () => {
  it('aborts with the reason, or has done so when it is asked for too late', () => {
    const [early, late] = [run(() => new Promise(() => {})), run(() => new Promise(() => {}))];
    const { signal } = early.response;
    expect(signal.aborted).toBe(false);
    for (const { response } of [early, late]) response.leave(gone);
    expect(signal.reason).toBe(gone);
    expect(late.response.signal.reason).toBe(gone);
  });

  it('aborts at a half-close too, and the answer still goes out', async () => {
    let resolve: (body: unknown) => void = () => {};
    const promise = new Promise((settle) => (resolve = settle));
    const { exchange, response } = run(() => promise);
    response.halfClose();
    expect(response.signal.reason).toMatchObject({ code: 'ERR_GATEWAY_CLIENT_LEFT' });
    resolve(['hi']);
    await exchange.ended;
    expect([exchange.text, exchange.end]).toEqual(['hi', WHOLE]);
  });
});
