// A conversation is the same however its bytes are cut: in one piece, byte by byte, and at random, by every byte-stream protocol.
import { webServer } from 'ajp13-protocol/testing';
import { KEEP_CONN, RecordType } from 'fastcgi-protocol';
import { pairs, record } from 'fastcgi-protocol/testing';
import { header } from 'uwsgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ajpHeardIn, ajpRequest } from './support/ajp.ts';
import { fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { Peer } from './support/peer.ts';
import { scgiRequest } from './support/scgi.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';
import { uwsgiRequest } from './support/uwsgi.ts';

const BODY = 'What is the answer to life?';
const LONG = '0123456789'.repeat(900); // more than AJP13 sends unasked
const APPLICATIONS = ['echo.whole', 'echo.ignored', 'environ', 'faults.throws', 'heads.headers'];
const flags = KEEP_CONN;

/** A step of a conversation: bytes to send, and what is awaited of all that has come before the next. */
interface Step {
  readonly bytes: Uint8Array;
  readonly done: (answer: string) => boolean;
}

interface Protocol {
  /** A conversation with an application. */
  readonly talk: (application: string) => readonly Step[];
  /** What an answer means, without what may differ: how it was cut. */
  readonly meaning: (answer: string) => unknown;
}

const isEnd = () => false; // the server closes
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const answers = (count: number) => (answer: string) => heardIn(answer).answers.length >= count;
const ended = (count: number) => (answer: string) =>
  ajpHeardIn(answer).answers.filter(({ reuse }) => reuse !== undefined).length >= count;
const posted = (size: number) => ({ method: 4, headers: [[0xa008, String(size)]] as const });

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  scgi: {
    talk: (application) => [
      { bytes: latin1(scgiRequest({ HTTP_X_APP: application }, BODY)), done: isEnd },
    ],
    meaning: (answer) => answer,
  },
  uwsgi: {
    talk: (application) => [{ bytes: uwsgiRequest(application, {}, BODY), done: isEnd }],
    meaning: (answer) => answer,
  },
  fastcgi: {
    talk: (application) => [
      {
        bytes: joined(
          record(RecordType.GET_VALUES, 0, pairs(['FCGI_MAX_REQS', ''])),
          fastcgiRequest(application, { id: 1, flags, stdin: BODY }),
          record(77, 0),
        ),
        done: (answer) => answers(1)(answer) && heardIn(answer).management.length === 2,
      },
      { bytes: fastcgiRequest(application, { id: 1, stdin: BODY }), done: isEnd },
    ],
    meaning: (answer) => {
      const heard = heardIn(answer);
      return { ...heard, open: heard.open.size };
    },
  },
  ajp: {
    talk: (application) => [
      { bytes: webServer.cping(), done: (answer) => ajpHeardIn(answer).pongs === 1 },
      {
        bytes: joined(ajpRequest(application, posted(BODY.length)), webServer.data(BODY)),
        done: ended(1),
      },
      {
        bytes: joined(
          ajpRequest('echo.whole', posted(LONG.length)),
          webServer.data(LONG.slice(0, 8186)),
        ),
        done: (answer) => ajpHeardIn(answer).asked.length === 1,
      },
      { bytes: webServer.data(LONG.slice(8186)), done: ended(2) },
    ],
    meaning: ajpHeardIn,
  },
};

/** Has a conversation whose bytes come in pieces of the given sizes, again and again; gives all that was answered. */
async function converse(url: string, steps: readonly Step[], sizes: readonly number[]) {
  const peer = new Peer(url);
  peer.socket.setNoDelay(true);
  let cut = 0;
  try {
    for (const { bytes, done } of steps) {
      for (let at = 0; at < bytes.length; ) {
        const size = sizes[cut++ % sizes.length] as number;
        await peer.send(bytes.subarray(at, at + size));
        at += size;
      }
      if (done === isEnd) await peer.finish();
      else await until('the end of a step', () => done(peer.text));
    }
    return peer.text;
  } finally {
    peer.drop();
  }
}

/** Sizes of pieces, the same ones at each run. */
function randomSizes(seed: number, most: number): number[] {
  let state = seed;
  return Array.from({ length: 997 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + (state % most);
  });
}

describe.each(Object.keys(PROTOCOLS))('%s', (protocol) => {
  const { talk, meaning } = PROTOCOLS[protocol] as Protocol;
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: [`${protocol}://127.0.0.1:0`] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  it.each(APPLICATIONS)('%s', async (application) => {
    const steps = talk(application);
    const whole = meaning(await converse(server.url, steps, [1_000_000]));
    expect(JSON.stringify(whole)).toMatch(/answer to life|not read|REQUEST_METHOD|500|299/);
    expect(meaning(await converse(server.url, steps, [1]))).toEqual(whole);
    for (let seed = 1; seed <= 10; seed++) {
      const sizes = randomSizes(seed, seed < 5 ? 7 : 400);
      expect(meaning(await converse(server.url, steps, sizes)), `seed ${seed}`).toEqual(whole);
    }
  });
});

it('a ping of uwsgi byte by byte', async () => {
  const server = await startServer(app('every.js'), { listen: ['uwsgi://127.0.0.1:0'] });
  const steps = [{ bytes: header(100, 0), done: isEnd }];
  expect(await converse(server.url, steps, [1])).toBe('d\0\0\x01');
  await server.stop();
});
