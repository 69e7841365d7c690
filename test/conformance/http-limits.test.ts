// HTTP clients that are slow, silent or many: every wait ends, and good requests go on meanwhile.
import { beforeAll, describe, expect, it } from 'vitest';
import { httpRequest, httpResponses } from './support/http.ts';
import { exchange, type Peer, peerFor } from './support/peer.ts';
import { residentBytes } from './support/processes.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';

const LIMIT = 300; // milliseconds
const STALL = 2000; // more than ten steps of a slow client
const LATE = 3000; // and the clock is coarse
const MEBIBYTE = 1_048_576;
const limits = {
  firstByte: LIMIT,
  head: LIMIT,
  body: LIMIT,
  idle: LIMIT,
  writeStall: LIMIT,
  drain: LIMIT,
  linger: LIMIT,
};

describe('http: time limits', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['http://127.0.0.1:0'], limits });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const good = async () => {
    const headers = ['X-App: bodies.single', 'Connection: close'];
    const { answer } = await exchange(server.url, httpRequest('/', { headers }));
    expect(httpResponses(answer)).toMatchObject([{ status: 200, body: 'one two' }]);
  };
  const ending = async (peer: Peer) => {
    const start = performance.now();
    const { answer } = await peer.finish(LATE);
    expect(performance.now() - start).toBeGreaterThan(LIMIT * 0.5);
    return httpResponses(answer)[0]?.status;
  };
  const upload = (name: string, length: number, journal?: Journal) =>
    httpRequest('/', {
      method: 'POST',
      headers: [
        `X-App: ${name}`,
        `Content-Length: ${length}`,
        ...(journal ? [`X-Journal: ${journal.path}`] : []),
      ],
    });

  it('no first byte: closed', async () => {
    expect(await ending(peerFor(server.url))).toBeOneOf([undefined, 408]);
  });

  it.each(['G', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: h\r\nX-A: b'])(
    'a head that stops at %j: 408',
    async (bytes) => {
      const peer = peerFor(server.url);
      await peer.send(bytes);
      expect(await ending(peer)).toBe(408);
    },
  );

  it('a head that dribbles: its limit is for all of it', async () => {
    const peer = peerFor(server.url);
    const bytes = httpRequest('/', { headers: [`X-A: ${'a'.repeat(200)}`] });
    let sent = 0;
    const dribble = setInterval(() => peer.send(bytes[sent++] ?? ''), LIMIT / 20);
    expect(await ending(peer).finally(() => clearInterval(dribble))).toBe(408);
    expect(sent).toBeLessThan(100);
  });

  it('a body that stops: the read fails, and the answer says 408', async () => {
    const peer = peerFor(server.url);
    await peer.send(`${upload('echo.strict', 10)}12345`);
    expect(await ending(peer)).toBe(408);
  });

  it('a kept connection without a request is closed, and nothing is logged', async () => {
    const before = server.log.length;
    const peer = peerFor(server.url);
    await peer.send(httpRequest('/', { headers: ['X-App: bodies.single'] }));
    await peer.sees(/one two$/);
    expect(await ending(peer)).toBe(200);
    expect(server.log).toHaveLength(before);
  });

  it('a client that does not read is cut off, and the application told', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    peer.socket.pause();
    const headers = ['X-App: lives.closing', `X-Journal: ${journal.path}`];
    await peer.send(httpRequest('/?endless', { headers }));
    await journal.note('close', LATE);
    expect(journal.count('close')).toBe(1);
  });

  it('a client that takes a long last block slowly gets all of it', async () => {
    // The kernel takes a megabyte and more at once from a full buffer: that is how fine progress shows.
    const patient = { ...limits, writeStall: STALL };
    const { url } = await serverForTest(app('every.js'), {
      listen: ['http://127.0.0.1:0'],
      limits: patient,
    });
    const peer = peerFor(url);
    const slow = () => void peer.socket.pause();
    peer.socket.on('data', slow);
    const headers = ['X-App: bodies.large', 'Connection: close'];
    await peer.send(httpRequest('/', { headers }));
    const enough = performance.now() + 2 * STALL;
    const resume = setInterval(() => {
      if (performance.now() > enough) peer.socket.off('data', slow);
      peer.socket.resume();
    }, LIMIT / 10);
    await peer.finish(10_000).finally(() => clearInterval(resume));
    expect(peer.size).toBeGreaterThan(64 * MEBIBYTE);
  });

  it('64 slow connections do not hinder good ones', async () => {
    const slow = Array.from({ length: 64 }, (_, at) => {
      const peer = peerFor(server.url);
      void peer.send(httpRequest('/a/long/path/to/have/bytes/enough/of').slice(0, at));
      return peer;
    });
    for (let times = 0; times < 100; times++) await good();
    for (const peer of slow) await peer.finish(LATE);
  });

  it('16 clients that do not read a long answer cost little memory', async () => {
    const before = residentBytes(server.pid);
    const journals = Array.from({ length: 16 }, () => new Journal());
    for (const journal of journals) {
      const peer = peerFor(server.url);
      peer.socket.pause();
      const headers = ['X-App: lives.fast', `X-Journal: ${journal.path}`];
      void peer.send(httpRequest('/', { headers }));
    }
    for (const journal of journals) await journal.note('finally', 2 * LATE);
    expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    await good();
  });

  it('16 clients that announce a gigabyte cost little memory', async () => {
    const before = residentBytes(server.pid);
    const block = Buffer.alloc(MEBIBYTE);
    const peers = Array.from({ length: 16 }, () => {
      const peer = peerFor(server.url);
      const journal = new Journal();
      void peer.send(upload('lives.slow', 1_073_741_824, journal));
      for (let times = 0; times < 8; times++) void peer.send(block);
      return { peer, journal };
    });
    for (const { journal } of peers) await journal.note('begun');
    await good();
    expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    for (const { peer, journal } of peers) {
      peer.drop();
      journal.open('go');
    }
  });

  it('an endless chunk extension, or trailer, is refused', async () => {
    const head = httpRequest('/', {
      method: 'POST',
      headers: ['X-App: echo.strict', 'Transfer-Encoding: chunked'],
    });
    for (const bytes of [
      `2;${'x'.repeat(4 * MEBIBYTE)}`,
      `0\r\n${'X-A: b\r\n'.repeat(MEBIBYTE / 2)}`,
    ]) {
      const before = residentBytes(server.pid);
      const { answer } = await exchange(server.url, head + bytes);
      expect(answer).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
      expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    }
  });
});
