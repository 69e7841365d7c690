// Requests watched from outside: how each of them ends, how many run at once, who waits and who is refused.
import { describe, expect, it } from 'vitest';
import {
  type Application,
  createVariables,
  type Environ,
  type Exchange,
  Gateway,
  type ObservedExchange,
  RequestQueue,
  type ResponsePart,
  type StartResponse,
} from '../src/index.ts';

type End = [status: number, bytes: number, isCut: boolean];

/** A client that takes everything. */
function exchangeOf() {
  const parts: ResponsePart[] = [];
  let isAborted = false;
  const exchange: Exchange = {
    protocol: 'test',
    peer: 'a test',
    body: undefined,
    listener: undefined,
    send: (part) => parts.push(part) > 0,
    drained: async () => {},
    abort: () => {
      isAborted = true;
    },
  };
  return { exchange, parts, isAborted: () => isAborted };
}

function variablesOf(path = '/') {
  return Object.assign(createVariables(), {
    ...{ REQUEST_METHOD: 'GET', PATH_INFO: path, SERVER_NAME: 'h', SERVER_PORT: '80' },
    SERVER_PROTOCOL: 'HTTP/1.1',
  });
}

/** A gateway that is watched. */
function watched(application: Application, queue?: RequestQueue) {
  const ends: End[] = [];
  const requests: ObservedExchange[] = [];
  const gateway = new Gateway(application, {
    log: () => {},
    queue,
    observer: {
      begin(_environ, request) {
        requests.push(request);
        return { end: (...end) => ends.push(end) };
      },
    },
  });
  return { gateway, ends, requests };
}

const hello: Application = (_environ, startResponse) => {
  startResponse('201 Created', [['Content-Type', 'text/plain']]);
  return ['hello'];
};
const never: Application = () => new Promise(() => {});
const half: Application = (_environ, startResponse) => {
  startResponse('200 OK', [])('half');
  return new Promise(() => {});
};
const settled = () => new Promise(setImmediate);

describe('the end of a request', () => {
  it('tells status and bytes of a complete answer, once', () => {
    const { gateway, ends } = watched(hello);
    gateway.handle(variablesOf(), exchangeOf().exchange);
    expect(ends).toEqual([[201, 5, false]]);
  });

  it('tells of an answer that fails', async () => {
    const { gateway, ends } = watched(async () => Promise.reject(new Error('no')));
    gateway.handle(variablesOf(), exchangeOf().exchange);
    await settled();
    expect(ends).toEqual([[500, 26, false]]);
  });

  it('tells of a request that never reached the application', () => {
    const { gateway, ends } = watched(hello);
    gateway.handle(createVariables(), exchangeOf().exchange);
    expect(ends).toEqual([[400, 16, false]]);
  });

  it.each([
    ['before an answer', never, [0, 0, true]],
    ['in the middle of it', half, [200, 4, true]],
  ] as const)('tells of a client that leaves %s', (_when, application, end) => {
    const { gateway, ends } = watched(application);
    const { exchange } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    exchange.listener?.leave(new Error('gone'));
    exchange.listener?.leave(new Error('gone'));
    expect(ends).toEqual([end]);
  });

  it('tells of an answer that the application cuts', async () => {
    const { gateway, ends } = watched(async function* (
      _environ: Environ,
      startResponse: StartResponse,
    ) {
      startResponse('200 OK', []);
      yield 'half';
      throw new Error('no');
    } as unknown as Application);
    const { exchange, isAborted } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    await settled();
    expect(ends).toEqual([[200, 4, true]]);
    expect(isAborted()).toBe(true);
  });

  it('nobody is told where nobody wants to know', () => {
    const gateway = new Gateway(hello, { observer: { begin: () => undefined } });
    const { exchange, parts } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    expect(parts).toHaveLength(1);
  });
});

describe('a request that is ended from outside', () => {
  it('gets a page where it has no answer, and its application hears of it', async () => {
    let reason: unknown;
    const { gateway, ends, requests } = watched((environ) => {
      environ['sluice.signal']?.addEventListener('abort', (event) => {
        reason = (event.target as AbortSignal).reason;
      });
      return new Promise(() => {});
    });
    const { exchange, parts } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    requests[0]?.expire(new Error('too slow'), 504);
    expect(parts.map(({ head, last }) => [head?.status, last])).toEqual([
      ['504 Gateway Timeout', true],
    ]);
    expect(reason).toEqual(new Error('too slow'));
    expect(ends).toEqual([[504, 20, false]]);
  });

  it('is cut where its answer has begun', () => {
    const { gateway, ends, requests } = watched(half);
    const { exchange, isAborted } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    requests[0]?.expire(new Error('too slow'), 504);
    expect(isAborted()).toBe(true);
    expect(ends).toEqual([[200, 4, true]]);
  });

  it('is left alone where it is over', () => {
    const { gateway, ends, requests } = watched(hello);
    const { exchange, parts } = exchangeOf();
    gateway.handle(variablesOf(), exchange);
    requests[0]?.expire(new Error('too slow'), 504);
    expect(parts).toHaveLength(1);
    expect(ends).toHaveLength(1);
  });
});

describe('a queue', () => {
  /** An application that answers when told to. */
  function held() {
    const running = new Map<string, () => void>();
    const application: Application = (environ, startResponse) =>
      new Promise((resolve) => {
        running.set(environ.PATH_INFO, () => {
          startResponse('200 OK', []);
          resolve(['done']);
        });
      });
    return { application, running };
  }

  it('lets so many run, makes so many wait, and refuses the others', async () => {
    const { application, running } = held();
    const queue = new RequestQueue(2, 1);
    const { gateway, ends } = watched(application, queue);
    const clients = ['/1', '/2', '/3', '/4'].map((path) => {
      const client = exchangeOf();
      gateway.handle(variablesOf(path), client.exchange);
      return client;
    });
    expect([...running.keys()]).toEqual(['/1', '/2']);
    expect([queue.waiting, queue.refused]).toEqual([1, 1]);
    expect(clients[3]?.parts[0]?.head?.status).toBe('503 Service Unavailable');
    running.get('/2')?.();
    await settled();
    expect([...running.keys()]).toEqual(['/1', '/2', '/3']);
    running.get('/1')?.();
    running.get('/3')?.();
    await settled();
    expect(ends.map(([status]) => status).sort()).toEqual([200, 200, 200, 503]);
    expect(queue.waiting).toBe(0);
  });

  it('forgets who leaves it, and never calls the application for them', async () => {
    const { application, running } = held();
    const queue = new RequestQueue(1, 5);
    const { gateway } = watched(application, queue);
    const clients = ['/1', '/2', '/3'].map((path) => {
      const client = exchangeOf();
      gateway.handle(variablesOf(path), client.exchange);
      return client;
    });
    clients[1]?.exchange.listener?.leave(new Error('gone'));
    running.get('/1')?.();
    await settled();
    expect([...running.keys()]).toEqual(['/1', '/3']);
  });

  it('takes a thousand requests of a synchronous application without a deep stack', () => {
    const queue = new RequestQueue(1, 100_000);
    let release = () => {};
    const { gateway, ends } = watched((environ, startResponse) => {
      startResponse('200 OK', []);
      if (environ.PATH_INFO !== '/first') return [];
      return new Promise((resolve) => {
        release = () => resolve([]);
      });
    }, queue);
    gateway.handle(variablesOf('/first'), exchangeOf().exchange);
    for (let count = 0; count < 50_000; count++)
      gateway.handle(variablesOf(), exchangeOf().exchange);
    release();
    return settled().then(() => expect(ends).toHaveLength(50_001));
  });
});
