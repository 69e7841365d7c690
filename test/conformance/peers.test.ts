// Peers of FastCGI, uwsgi and AJP13 that are slow, silent, greedy, many or gone: every wait ends, and good requests go on meanwhile.
import { bytesOf, string, webServer } from 'ajp13-protocol/testing';
import { RecordType } from 'fastcgi-protocol';
import { record } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ajpHeardIn, ajpRequest } from './support/ajp.ts';
import { fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { httpResponses } from './support/http.ts';
import { Peer, peerFor } from './support/peer.ts';
import { fdCount, residentBytes } from './support/processes.ts';
import { Journal } from './support/scratch.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';
import { uwsgiRequest } from './support/uwsgi.ts';

const LIMIT = 300; // milliseconds
const LATE = 3000; // and the clock is coarse
const MEBIBYTE = 1_048_576;

interface Asked {
  readonly journal?: Journal;
  readonly query?: string;
  /** Bytes of body that are announced; none of them are sent. */
  readonly announced?: number;
}

interface Found {
  readonly status: number;
  readonly body: string;
}

interface Protocol {
  /** A request up to its body. */
  readonly head: (application: string, asked?: Asked) => Uint8Array;
  /** Bytes of body as they are sent. */
  readonly body: (text: string) => Uint8Array;
  /** The end of the body. */
  readonly end: Uint8Array;
  /** The first answer, when it is complete. */
  readonly answer: (text: string) => Found | undefined;
}

const NOTHING = new Uint8Array(0);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** Variables of a request, as both protocols that have them want them. */
function variablesOf({ journal, query = '', announced }: Asked): Record<string, string> {
  const length = announced === undefined ? {} : { CONTENT_LENGTH: String(announced) };
  return { QUERY_STRING: query, ...length, ...journal?.variables };
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  uwsgi: {
    head: (application, asked = {}) => uwsgiRequest(application, variablesOf(asked)),
    body: latin1,
    end: NOTHING,
    answer: (text) => (text === '' ? undefined : httpResponses(text)[0]),
  },
  fastcgi: {
    head: (application, asked = {}) => {
      const whole = fastcgiRequest(application, { variables: variablesOf(asked) });
      return asked.announced === undefined ? whole : whole.subarray(0, -8);
    },
    body: (text) => record(RecordType.STDIN, 1, text),
    end: record(RecordType.STDIN, 1),
    answer: (text) => heardIn(text).answers[0],
  },
  ajp: {
    head: (application, { journal, query = '', announced } = {}) => {
      const headers = [
        ...(journal ? [['x-journal', journal.path] as const] : []),
        ...(announced === undefined ? [] : [[0xa008, String(announced)] as const]),
      ];
      const attributes = query === '' ? [] : bytesOf(5, string(query));
      return ajpRequest(application, { headers, attributes });
    },
    body: (text) => webServer.data(text),
    end: NOTHING,
    answer: (text) => ajpHeardIn(text).answers.find(({ reuse }) => reuse !== undefined),
  },
};

describe.each(Object.keys(PROTOCOLS))('%s', (name) => {
  const { head, body, end, answer } = PROTOCOLS[name] as Protocol;
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), {
      listen: [`${name}://127.0.0.1:0`],
      limits: { head: LIMIT, body: LIMIT, writeStall: LIMIT, drain: LIMIT, linger: LIMIT } as never,
    });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  /** Waits for the answer; uwsgi ends it with the connection. */
  async function answerOf(peer: Peer, deadline = LATE): Promise<Found> {
    if (name === 'uwsgi') {
      const { answer: text } = await peer.finish(deadline);
      return answer(text) as Found;
    }
    return await until('an answer', () => answer(peer.text), deadline);
  }
  const good = async () => {
    const peer = new Peer(server.url);
    await peer.send(head('bodies.single'));
    expect(await answerOf(peer)).toMatchObject({ status: 200, body: 'one two' });
    peer.drop();
  };

  it.each([0, 5])('a body that stops after %d of 10 bytes: 408', async (sent) => {
    const peer = peerFor(server.url);
    await peer.send(head('echo.strict', { announced: 10 }));
    if (sent > 0) await peer.send(body('01234'));
    const start = performance.now();
    expect(await answerOf(peer)).toMatchObject({ status: 408 });
    expect(performance.now() - start).toBeGreaterThan(LIMIT * 0.8);
  });

  it('a body that goes on slowly is read to its end', async () => {
    const peer = peerFor(server.url);
    const text = '0123456789';
    await peer.send(head('echo.whole', { announced: 10 }));
    let sent = 0;
    const dribble = setInterval(() => {
      // By AJP13 each packet but the first is asked for.
      const asked = name === 'ajp' ? 1 + ajpHeardIn(peer.text).asked.length : text.length;
      if (sent < text.length && sent < asked) void peer.send(body(text[sent++] as string));
      else if (sent === text.length) void peer.send(end);
    }, LIMIT / 4);
    const found = await answerOf(peer, 2 * LATE).finally(() => clearInterval(dribble));
    expect(found).toMatchObject({ status: 200, body: text });
  });

  it('a peer that does not read is cut off, and the application told', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    peer.socket.pause();
    await peer.send(head('lives.closing', { query: 'endless', journal }));
    await journal.note('close', LATE);
    expect(journal.count('close')).toBe(1);
  });

  it('64 that stop inside their head do not hinder good ones', async () => {
    const whole = head('bodies.single');
    const slow = Array.from({ length: 64 }, (_, at) => {
      const peer = peerFor(server.url);
      void peer.send(whole.subarray(0, at + 1));
      return peer;
    });
    for (let times = 0; times < 50; times++) await good();
    for (const peer of slow) await peer.finish(LATE);
  });

  it('16 that do not read a long answer cost little memory', async () => {
    const before = residentBytes(server.pid);
    const journals = Array.from({ length: 16 }, () => new Journal());
    for (const journal of journals) {
      const peer = peerFor(server.url);
      peer.socket.pause();
      void peer.send(head('lives.fast', { journal }));
    }
    for (const journal of journals) await journal.note('finally', 2 * LATE);
    expect(residentBytes(server.pid) - before).toBeLessThan(64 * MEBIBYTE);
    await good();
  });

  it.skipIf(name === 'ajp')('16 that send more than is read cost little memory', async () => {
    const before = residentBytes(server.pid);
    const block = body('x'.repeat(60_000));
    const peers = Array.from({ length: 16 }, () => {
      const peer = peerFor(server.url);
      const journal = new Journal();
      void peer.send(head('lives.slow', { journal, announced: 1_073_741_824 }));
      for (let times = 0; times < 200; times++) void peer.send(block);
      return { peer, journal };
    });
    for (const { journal } of peers) await journal.note('begun');
    await good();
    expect(residentBytes(server.pid) - before).toBeLessThan(64 * MEBIBYTE);
    for (const { peer, journal } of peers) {
      peer.drop();
      journal.open('go');
    }
  });

  it('2000 that leave at any stage leave nothing behind', async () => {
    const posted = Buffer.concat([
      head('echo.stream', { announced: 3000 }),
      body('x'.repeat(3000)),
      end,
    ]);
    const large = head('lives.generator', { journal: new Journal() });
    const drop = async (seed: number) => {
      const peer = new Peer(server.url);
      switch (seed % 5) {
        case 0: // with nothing said
          break;
        case 1: // inside the head or the body
          void peer.send(posted.subarray(0, (seed * 37) % posted.length));
          break;
        case 2: // with the answer on its way
          void peer.send(posted);
          break;
        case 3: // inside a long answer
          void peer.send(large);
          await new Promise((resolve) => peer.socket.once('data', resolve));
          break;
        default: // with the input ended
          void peer.send(posted);
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
    const descriptors = fdCount(server.pid);
    const lines = server.log.length;
    await round(2000);
    await until('as few descriptors as before', () => fdCount(server.pid) <= descriptors, 5000);
    expect(residentBytes(server.pid) - before).toBeLessThan(64 * MEBIBYTE);
    const others = server.log.slice(lines).filter((line) => !/_TRUNCATED|_TIMEOUT/.test(line));
    expect(others).toEqual([]);
    await good();
  });
});
