// SCGI peers that are slow, silent, greedy or many: every wait ends, and good requests go on meanwhile.
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange, type Peer, peerFor } from './support/peer.ts';
import { fdCount, residentBytes } from './support/processes.ts';
import { scgiRequest } from './support/scgi.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { holds, until } from './support/until.ts';

const LIMIT = 300; // milliseconds
const STALL = 2000; // more than ten steps of a slow client
const LATE = 2000; // and the clock is coarse
const MEBIBYTE = 1_048_576;
const LARGE = 64 * MEBIBYTE; // more than the buffers of the kernel: the rest waits in the server

const limits = {
  firstByte: LIMIT,
  head: LIMIT,
  body: LIMIT,
  writeStall: LIMIT,
  drain: LIMIT,
  linger: LIMIT,
};

describe('scgi: time limits', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['scgi://127.0.0.1:0'], limits });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const good = async () => {
    const { answer } = await exchange(server.url, scgiRequest({ HTTP_X_APP: 'bodies.single' }));
    expect(answer).toMatch(/^Status: 200 OK[\s\S]*one two$/);
  };
  /** How long the server takes to end a connection. */
  const ending = async (peer: Peer) => {
    const start = performance.now();
    const { answer } = await peer.finish(LATE);
    return { answer, took: performance.now() - start };
  };

  it('no first byte: closed', async () => {
    const { answer, took } = await ending(peerFor(server.url));
    expect(answer).toBe('');
    expect(took).toBeGreaterThan(LIMIT * 0.8);
  });

  it.each(['7', '70:', '70:CONTENT_LENGTH\x00'])('a head that stops at %j: 408', async (bytes) => {
    const peer = peerFor(server.url);
    await peer.send(bytes);
    const { answer, took } = await ending(peer);
    expect(answer).toMatch(/^Status: 408 /);
    expect(took).toBeGreaterThan(LIMIT * 0.8);
  });

  it('a head that dribbles: its limit is for all of it', async () => {
    const peer = peerFor(server.url);
    const bytes = scgiRequest();
    let sent = 0;
    const dribble = setInterval(() => peer.send(bytes[sent++] ?? ''), LIMIT / 20);
    const { answer } = await ending(peer).finally(() => clearInterval(dribble));
    expect(answer).toMatch(/^Status: 408 /);
    expect(sent).toBeLessThan(60);
  });

  it('a body that stops: the read fails, and the answer says 408', async () => {
    const peer = peerFor(server.url);
    await peer.send(
      scgiRequest({ HTTP_X_APP: 'echo.strict', CONTENT_LENGTH: '10' }).concat('12345'),
    );
    const { answer, took } = await ending(peer);
    expect(answer).toMatch(/^Status: 408 /);
    expect(took).toBeGreaterThan(LIMIT * 0.8);
  });

  it('a body that stops while the application also writes: the read fails too', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    await peer.send(
      scgiRequest({
        HTTP_X_APP: 'lives.writesAndReads',
        CONTENT_LENGTH: '10',
        ...journal.variables,
      }),
    );
    expect(await journal.note('failed', LATE)).toBe('ERR_FRONT_END_TIMEOUT');
  });

  it('a body that goes on slowly is read to its end', async () => {
    const peer = peerFor(server.url);
    await peer.send(scgiRequest({ HTTP_X_APP: 'echo.whole', CONTENT_LENGTH: '10' }));
    const bytes = [...'0123456789'];
    const dribble = setInterval(() => peer.send(bytes.shift() ?? ''), LIMIT / 4);
    const { answer } = await peer.finish(LATE * 2).finally(() => clearInterval(dribble));
    expect(answer).toMatch(/\r\n\r\n0123456789$/);
  });

  it('an application that takes its time is not hurried', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    await peer.send(scgiRequest({ HTTP_X_APP: 'lives.slow', ...journal.variables }, 'hello'));
    await journal.note('begun');
    await holds('nothing is said', () => peer.text === '', 3 * LIMIT);
    journal.open('go');
    expect((await peer.finish()).answer).toMatch(/\r\n\r\n5$/);
  });

  it('a client that does not read is cut off, and the application told', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    peer.socket.pause();
    await peer.send(
      scgiRequest({ HTTP_X_APP: 'lives.closing', QUERY_STRING: 'endless', ...journal.variables }),
    );
    await journal.note('close', LATE);
    expect(journal.count('close')).toBe(1);
  });

  it.each([
    ['', '', ''],
    ['a byte too many', '', 'x'],
    ['a body that nobody reads', 'x'.repeat(100), ''],
  ])('a client that takes a long last block slowly gets all of it: %s', async (_, body, more) => {
    // The kernel takes a megabyte and more at once from a full buffer: that is how fine progress shows.
    const patient = { ...limits, writeStall: STALL };
    const { url } = await serverForTest(app('every.js'), {
      listen: ['scgi://127.0.0.1:0'],
      limits: patient,
    });
    const peer = peerFor(url);
    const slow = () => void peer.socket.pause();
    peer.socket.on('data', slow);
    await peer.send(scgiRequest({ HTTP_X_APP: 'bodies.large' }, body) + more);
    const enough = performance.now() + 2 * STALL;
    const resume = setInterval(() => {
      if (performance.now() > enough) peer.socket.off('data', slow);
      peer.socket.resume();
    }, LIMIT / 10);
    const { ending } = await peer.finish(10_000).finally(() => clearInterval(resume));
    expect(peer.size).toBeGreaterThan(LARGE);
    expect(ending).toBe('closed');
  });

  it('an unread body that never comes to its end is given up', async () => {
    await good();
    const before = fdCount(server.pid);
    const peer = peerFor(server.url);
    await peer.send(scgiRequest({ HTTP_X_APP: 'echo.ignored', CONTENT_LENGTH: '1000' }));
    await peer.sees(/not read$/);
    await until('its descriptor is free', () => fdCount(server.pid) <= before, LATE);
  });

  it('64 slow connections do not hinder good ones', async () => {
    const slow = Array.from({ length: 64 }, (_, at) => {
      const peer = peerFor(server.url);
      void peer.send(scgiRequest().slice(0, at));
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
      void peer.send(scgiRequest({ HTTP_X_APP: 'lives.fast', ...journal.variables }));
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
      const variables = { CONTENT_LENGTH: '1073741824', HTTP_X_APP: 'lives.slow' };
      void peer.send(scgiRequest({ ...variables, ...journal.variables }));
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
});
