// SCGI connections that end early, late, half or with more than was asked for.
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange, Peer, peerFor } from './support/peer.ts';
import { fdCount, residentBytes } from './support/processes.ts';
import { scgiRequest } from './support/scgi.ts';
import { Journal } from './support/scratch.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const MEBIBYTE = 1_048_576;

describe('scgi: how connections end', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['scgi://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const request = (application: string, body = '', more: Record<string, string> = {}) =>
    scgiRequest({ HTTP_X_APP: application, ...more }, body);

  it.each([
    ['bodies.single', ''],
    ['bodies.asyncGenerator', ''],
    ['echo.stream', 'a body'],
    ['echo.ignored', 'a body'],
  ])('a client that sends no more after its request is answered: %s', async (name, body) => {
    for (let times = 0; times < 20; times++) {
      const { answer, ending } = await exchange(server.url, request(name, body), { half: true });
      expect(answer).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n(?:one two|a body|not read)$/);
      expect(ending).toBe('closed');
    }
  });

  it('and so is one that says so later', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    await peer.send(request('lives.slow', 'hi', journal.variables));
    await journal.note('begun');
    peer.end();
    journal.open('go');
    expect((await peer.finish()).answer).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n2$/);
  });

  describe('a body that is cut short', () => {
    it.each([0, 1, 9])(
      'after %d of 10 bytes: reading fails, and the answer is 400',
      async (sent) => {
        const { answer } = await exchange(
          server.url,
          request('echo.strict', '0123456789').slice(0, sent - 10 || undefined),
          { half: true },
        );
        expect(answer).toMatch(/^Status: 400 Bad Request\r\n/);
        expect(answer).not.toContain('read ');
      },
    );

    it.each([0, 1, 9])('after %d of 10 bytes: the application is told', async (sent) => {
      const { answer } = await exchange(
        server.url,
        request('echo.failure', '0123456789').slice(0, sent - 10),
        { half: true },
      );
      expect(answer).toMatch(/\r\n\r\nfailed with ERR_[A-Z_]+$/);
    });

    it('by a reset: the application is told', async () => {
      const journal = new Journal();
      const peer = peerFor(server.url);
      await peer.send(request('lives.slow', '0123456789', journal.variables).slice(0, -5));
      await journal.note('begun');
      peer.reset();
      journal.open('go');
      await expect(exchange(server.url, request('bodies.single'))).resolves.toMatchObject({
        ending: 'closed',
      });
    });
  });

  describe('more than was announced', () => {
    it('is never seen by the application, nor taken for a second request', async () => {
      for (const surplus of ['x', 'x'.repeat(500), request('bodies.single')]) {
        const { answer } = await exchange(server.url, request('echo.whole', 'body') + surplus);
        expect(answer.match(/Status:/g)).toHaveLength(1);
        expect(answer.endsWith('\r\n\r\nbody')).toBe(true);
      }
    });

    it.each(['bodies.single', 'echo.ignored', 'faults.throws'])(
      'a surplus of 1 MiB that comes with the request leaves the answer whole, 100 times of 100: %s',
      async (name) => {
        const surplus = Buffer.alloc(MEBIBYTE, 'x');
        let whole = 0;
        for (let times = 0; times < 100; times++) {
          const peer = new Peer(server.url);
          void peer.send(Buffer.concat([Buffer.from(request(name)), surplus]));
          const { answer } = await peer.finish();
          if (
            /^Status: \d{3} [\s\S]*\r\n\r\n(?:one two|not read|500 Internal Server Error\n)$/.test(
              answer,
            )
          )
            whole++;
        }
        expect(whole).toBe(100);
      },
    );

    it.each(['070:', 'x'])('after %j too, where an answer can be framed', async (bytes) => {
      const surplus = Buffer.alloc(MEBIBYTE, 'x');
      for (let times = 0; times < 20; times++) {
        const peer = new Peer(server.url);
        void peer.send(bytes);
        void peer.send(surplus);
        expect((await peer.finish()).answer).toMatch(/^Status: 400 [\s\S]*400 Bad Request\n$/);
      }
    });

    it('a body of 4 MiB that nobody reads leaves the answer whole', async () => {
      const body = 'x'.repeat(4 * MEBIBYTE);
      for (let times = 0; times < 20; times++) {
        const { answer } = await exchange(server.url, request('echo.ignored', body));
        expect(answer).toMatch(/^Status: 200 [\s\S]*not read$/);
      }
    });

    it('does not end', async () => {
      const peer = peerFor(server.url);
      await peer.send(request('echo.ignored'));
      const block = Buffer.alloc(MEBIBYTE);
      const flood = async () => {
        while (!peer.socket.destroyed) await peer.send(block);
      };
      void flood();
      await until('the end of it', () => peer.socket.destroyed, 5000);
    });
  });

  it('2000 connections dropped at any stage leave nothing behind', async () => {
    const whole = request('echo.stream', 'x'.repeat(3000));
    const large = request('lives.generator', '', new Journal().variables);
    const drop = async (seed: number) => {
      const peer = new Peer(server.url);
      switch (seed % 5) {
        case 0: // with nothing said
          break;
        case 1: // inside the length, the headers or the body
          void peer.send(whole.slice(0, (seed * 37) % whole.length));
          break;
        case 2: // with the answer on its way
          void peer.send(whole);
          break;
        case 3: // inside a long answer
          void peer.send(large);
          await new Promise((resolve) => peer.socket.once('data', resolve));
          break;
        default: // with the input ended
          void peer.send(whole);
          peer.end();
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
    await round(1000); // what is loaded and compiled once is there
    const before = residentBytes(server.pid);
    const descriptors = await fdCount(server.pid);
    const lines = server.log.length;
    await round(2000);
    await until('as few descriptors as before', () => fdCount(server.pid) <= descriptors, 5000);
    expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    expect(server.log.slice(lines).filter((line) => !/ERR_SCGI_TRUNCATED/.test(line))).toEqual([]);
    const { answer } = await exchange(server.url, request('bodies.single'));
    expect(answer).toMatch(/one two$/);
  });
});
