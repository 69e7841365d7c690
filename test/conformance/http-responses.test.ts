// HTTP on raw sockets: how answers are framed, cut, and proxied.
import { beforeAll, describe, expect, it } from 'vitest';
import { httpRequest, httpResponses } from './support/http.ts';
import { exchange, peerFor } from './support/peer.ts';
import { fdCount, residentBytes } from './support/processes.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const CLOSE = 'Connection: close';
const MEBIBYTE = 1_048_576;

describe('http: responses', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['http://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const raw = (name: string, target = '/', method = 'GET', headers: string[] = []) =>
    exchange(
      server.url,
      httpRequest(target, { method, headers: [`X-App: ${name}`, CLOSE, ...headers] }),
    );

  it('a single block has a length, several are chunked', async () => {
    const [single] = httpResponses((await raw('bodies.single')).answer);
    expect(single?.headers.get('content-length')).toEqual(['7']);
    const [list] = httpResponses((await raw('bodies.generator')).answer);
    expect(list?.headers.get('transfer-encoding')).toEqual(['chunked']);
    expect(list?.body).toBe('one two');
  });

  it('an empty block ends nothing', async () => {
    const { answer } = await raw('bodies.generator');
    expect(httpResponses(answer)).toMatchObject([{ body: 'one two' }]);
    expect(answer.match(/\r\n0\r\n/g)).toHaveLength(1); // Node.js 26 makes one chunk of all three
  });

  it('HEAD, 204 and 304 have no byte of body, and 204 no length', async () => {
    for (const [name, target, method] of [
      ['bodies.single', '/', 'HEAD'],
      ['bodies.generator', '/', 'HEAD'],
      ['faults.throws', '/', 'HEAD'],
      ['heads.asked', '/?204%20No%20Content&5', 'GET'],
      ['heads.streamed', '/?204%20No%20Content', 'GET'],
      ['heads.asked', '/?304%20Not%20Modified', 'GET'],
    ] as const) {
      const { answer, ending } = await raw(name, target, method);
      expect(answer.endsWith('\r\n\r\n')).toBe(true);
      const [response] = httpResponses(answer, [0]);
      expect(ending).toBe('closed');
      if (response?.status !== 204) continue;
      expect(response.headers.has('content-length')).toBe(false);
      expect(response.headers.has('transfer-encoding')).toBe(false);
    }
  });

  it('has Date, and no header that nobody gave', async () => {
    const [response] = httpResponses((await raw('bodies.single')).answer);
    expect([...(response?.headers.keys() ?? [])].sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
    ]);
  });

  it('a body longer than its Content-Length never reaches the next response', async () => {
    const request = (target: string, more: string[] = []) =>
      httpRequest(target, { headers: ['X-App: heads.asked', ...more] });
    const { answer } = await exchange(
      server.url,
      request('/?200%20OK&2') + request('/?200%20OK&3', [CLOSE]),
    );
    expect(httpResponses(answer).map(({ body }) => body)).toEqual(['ab', 'abc']);
  });

  it('one that is shorter, and an error in the middle, end the connection without the last chunk', async () => {
    for (const [name, target] of [
      ['heads.streamed', '/?200%20OK&9'],
      ['heads.tooLate', '/'],
      ['faults.throwsLater', '/'],
    ] as const) {
      const peer = peerFor(server.url);
      await peer.send(httpRequest(target, { headers: [`X-App: ${name}`] })); // would be kept
      const { answer } = await peer.finish();
      if (answer !== '') expect(() => httpResponses(answer)).toThrow();
    }
  });

  it.each([
    ['kept', []],
    ['closed', [CLOSE]],
  ])('an unread body of 4 MiB leaves the answer whole: %s', async (_, headers) => {
    const body = 'x'.repeat(4 * MEBIBYTE);
    for (let times = 0; times < 20; times++) {
      const peer = peerFor(server.url);
      void peer.send(
        httpRequest('/', {
          method: 'POST',
          headers: ['X-App: echo.ignored', `Content-Length: ${body.length}`, ...headers],
          body,
        }),
      );
      await peer.sees(/not read$/);
      peer.drop();
    }
  });

  it('2000 connections dropped at any stage leave nothing behind', async () => {
    const upload = httpRequest('/', {
      method: 'POST',
      headers: ['X-App: echo.stream', 'Content-Length: 3000'],
      body: 'x'.repeat(3000),
    });
    const journal = new Journal();
    const endless = httpRequest('/', {
      headers: ['X-App: lives.generator', `X-Journal: ${journal.path}`],
    });
    const drop = async (seed: number) => {
      const peer = peerFor(server.url);
      if (seed % 4 === 1) void peer.send(upload.slice(0, (seed * 37) % upload.length));
      if (seed % 4 === 2) void peer.send(upload);
      if (seed % 4 === 3) {
        void peer.send(endless);
        await new Promise((resolve) => peer.socket.once('data', resolve));
      }
      if (seed % 2 && peer.socket.connecting)
        await new Promise((resolve) => peer.socket.once('connect', resolve));
      if (seed % 3) peer.drop();
      else peer.reset();
      await peer.ending;
    };
    const round = async (count: number) => {
      let next = 0;
      const worker = async () => {
        while (next < count) await drop(next++);
      };
      await Promise.all(Array.from({ length: 50 }, worker));
    };
    await round(1000);
    const before = residentBytes(server.pid);
    const descriptors = fdCount(server.pid);
    const lines = server.log.length;
    await round(2000);
    await until('as few descriptors as before', () => fdCount(server.pid) <= descriptors);
    expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    expect(server.log.slice(lines).filter((line) => !/ERR_HTTP_REQUEST|HPE_/.test(line))).toEqual(
      [],
    );
  });

  it('10000 requests on one connection leave nothing behind', async () => {
    const peer = peerFor(server.url);
    const request = httpRequest('/', { headers: ['X-App: bodies.single'] });
    const some = async (count: number) => {
      const goal = peer.size + count * (await one());
      void peer.send(request.repeat(count));
      await until('the answers', () => peer.size >= goal, 20_000);
    };
    const one = async () => {
      const { size } = peer;
      await peer.send(request);
      await peer.sees(/one two$/);
      return peer.size - size;
    };
    await some(500);
    const before = residentBytes(server.pid);
    for (let times = 0; times < 20; times++) await some(500);
    expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    expect(server.program.stderr).not.toContain('Warning');
  });
});

describe('http: trusted proxies', () => {
  const environ = async (trust: string, headers: string[]) => {
    const { url } = await serverForTest(app('every.js'), {
      listen: [`http://127.0.0.1:0?trust=${trust}`],
    });
    const { answer } = await exchange(url, httpRequest('/', { headers: [...headers, CLOSE] }));
    const [response] = httpResponses(answer);
    return new Map<string, string>(JSON.parse(response?.body as string));
  };
  const LOCAL = '127.0.0.1';

  it.each([
    [['X-Forwarded-For: 203.0.113.9'], '203.0.113.9'],
    [['X-Forwarded-For: 6.6.6.6, 203.0.113.9'], '203.0.113.9'],
    [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 203.0.113.9'], '203.0.113.9'],
    [['X-Forwarded-For: 2001:db8::1'], '2001:db8::1'],
    [['X-Forwarded-For: [2001:db8::1]:4711'], '2001:db8::1'],
    [['X-Forwarded-For: unknown'], LOCAL],
    [['X-Forwarded-For: 300.1.1.1'], LOCAL],
    [['X-Forwarded-For: 203.0.113.9, nonsense'], LOCAL],
    [['X-Forwarded-For:'], LOCAL],
    [['Forwarded: for=203.0.113.9'], '203.0.113.9'],
    [['Forwarded: For="[2001:db8::17]:4711";proto=https'], '2001:db8::17'],
    [['Forwarded: for=6.6.6.6, for=203.0.113.9'], '203.0.113.9'],
    [['Forwarded: for=_hidden'], LOCAL],
    [['Forwarded: for=203.0.113.9', 'X-Forwarded-For: 203.0.113.10'], LOCAL],
    [['X-Real-IP: 203.0.113.9'], LOCAL],
  ])('%j: the client is %s', async (headers, address) => {
    expect((await environ(LOCAL, headers)).get('REMOTE_ADDR')).toBe(address);
  });

  it('the list is walked from the right past those that are trusted', async () => {
    const found = await environ('127.0.0.1,10.0.0.0/8', [
      'X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.2',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: example.org',
    ]);
    expect(found.get('REMOTE_ADDR')).toBe('203.0.113.9');
    expect(found.get('wsgi.url_scheme')).toBe('https');
    expect(found.get('HTTP_HOST')).toBe('example.org');
    expect(found.has('REMOTE_PORT')).toBe(false);
  });

  it('Forwarded with a port', async () => {
    const found = await environ('127.0.0.1,192.0.2.43', [
      'Forwarded: for="[2001:db8::17]:4711";proto=https, for=192.0.2.43',
    ]);
    expect(found.get('REMOTE_ADDR')).toBe('2001:db8::17');
    expect(found.get('REMOTE_PORT')).toBe('4711');
  });

  it('a peer that is not on the list is not believed', async () => {
    const found = await environ('192.0.2.1', [
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: https',
    ]);
    expect(found.get('REMOTE_ADDR')).toBe(LOCAL);
    expect(found.get('wsgi.url_scheme')).toBe('http');
  });

  it.each(['gopher', 'HTTPS', 'http, https', ''])('X-Forwarded-Proto: %s', async (proto) => {
    const found = await environ(LOCAL, [`X-Forwarded-Proto: ${proto}`]);
    expect(found.get('wsgi.url_scheme')).toBe(/https$/i.test(proto) ? 'https' : 'http');
  });

  it('a host that is no host is not taken over', async () => {
    const found = await environ(LOCAL, ['X-Forwarded-Host: a/b@c', 'X-Forwarded-For: 192.0.2.1']);
    expect(found.get('HTTP_HOST')).toBe('h');
  });
});
