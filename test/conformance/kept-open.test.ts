// Connections that carry request after request: how long they may rest, how a stop ends them, and what many of them cost.
// 300 idle ones; with SLUICE_FULL=1 two thousand.
import { join } from 'node:path';
import { KEEP_CONN, RecordType } from 'fastcgi-protocol';
import { pairs, record } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { fastcgiPeer, fastcgiRequest } from './support/fastcgi.ts';
import { KEPT_PROTOCOLS, keptClient, keptRequest } from './support/kept.ts';
import { MODELS } from './support/matrix.ts';
import { peerFor } from './support/peer.ts';
import { residentBytes } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { holds, until, within } from './support/until.ts';

const LIMIT = 300; // milliseconds
const LATE = 2000; // and the clock is coarse
const SOON = 3000;
const MEBIBYTE = 1_048_576;
const MANY = process.env.SLUICE_FULL ? 2000 : 300;
const FLOOD = 200_000; // of which a Unix socket holds a few hundred answers

/** What the protocol itself answers, and how long that is. */
const ASKED = {
  fastcgi: { question: record(RecordType.GET_VALUES, 0, pairs(['FCGI_MPXS_CONNS', ''])), size: 32 },
  ajp: { question: Buffer.from('\x124\0\x01\x0a', 'latin1'), size: 5 },
};

describe.each(KEPT_PROTOCOLS)('%s: time limits', (protocol) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), {
      listen: [`${protocol}://127.0.0.1:0`],
      limits: { firstByte: LIMIT, head: LIMIT, idle: LIMIT, body: LIMIT } as never,
    });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  it('an idle connection is closed, and that is no news', async () => {
    const before = server.log.length;
    const client = keptClient(server.url);
    await client.ask();
    const start = performance.now();
    await within('the end', client.ended, LATE);
    expect(performance.now() - start).toBeGreaterThan(LIMIT * 0.8);
    expect(server.log).toHaveLength(before);
  });

  it('but not one that is used', async () => {
    const client = keptClient(server.url);
    const end = performance.now() + 3 * LIMIT;
    while (performance.now() < end) expect(await client.ask()).toMatchObject({ status: 200 });
  });

  it.each([1, 20, -1])('a head that stops (%d bytes) is closed, with a log line', async (size) => {
    const before = server.log.length;
    const client = keptClient(server.url);
    await client.ask();
    // By FastCGI the head ends with PARAMS, and the empty STDIN is 8 bytes more.
    const head = keptRequest(server.url).slice(0, protocol === 'fastcgi' ? -8 : undefined);
    await client.send(head.slice(0, size));
    await within('the end', client.ended, LATE);
    await until('a log line', () => server.log.length > before);
    expect(await keptClient(server.url).ask()).toMatchObject({ status: 200 });
    expect(server.log.slice(before)).toEqual([
      expect.stringMatching(/^warn: .* from 127\.0\.0\.1:\d+: .*no head within the time limit/),
    ]);
  });

  it('a head that dribbles: its limit is for all of it', async () => {
    const client = keptClient(server.url);
    await client.ask();
    const bytes = keptRequest(server.url);
    let sent = 0;
    const dribble = setInterval(() => {
      if (sent < bytes.length - 9) void client.send(bytes.slice(sent, ++sent));
    }, LIMIT / 20);
    await within('the end', client.ended, LATE).finally(() => clearInterval(dribble));
    expect(sent).toBeLessThan(60);
  });

  it('an application that takes its time is not hurried', async () => {
    const journal = new Journal();
    const client = keptClient(server.url);
    await client.ask();
    const answer = client.ask({ application: 'lives.slow', journal: journal.path });
    await journal.note('begun');
    await holds('the connection is open', () => !client.hasEnded, 3 * LIMIT);
    journal.open('go');
    expect(await answer).toMatchObject({ status: 200, body: '0' });
  });
});

describe.each(KEPT_PROTOCOLS)('%s: TERM', (protocol) => {
  it.each(MODELS)('%s: what is in progress is answered, idle ones end at once', async (model) => {
    const { program, url } = await sluiceServe(app('worker.js'), [
      ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model, '--workers', '2'],
    ]);
    const clients = Array.from({ length: 16 }, () => keptClient(url));
    for (const client of clients) await client.ask();
    const [idle, busy] = [clients.slice(0, 8), clients.slice(8)];
    const journal = new Journal();
    const answers = busy.map((client) => client.ask({ path: '/wait', journal: journal.path }));
    await until('8 requests in progress', () => journal.count('begun') === 8);
    program.signal('SIGTERM');
    await within('the end of idle ones', Promise.all(idle.map(({ ended }) => ended)), SOON);
    journal.open('go');
    for (const { status, body, isLast } of await Promise.all(answers)) {
      expect({ status, isLast }).toEqual({ status: 200, isLast: protocol === 'ajp' });
      expect(body).toMatch(/^waited /);
    }
    await within('the end of busy ones', Promise.all(busy.map(({ ended }) => ended)), SOON);
    expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
  });

  it('half a request on a kept connection delays the end to the deadline at most', async () => {
    const { program, url } = await sluiceServe(app('worker.js'), [
      ...['--listen', `${protocol}://127.0.0.1:0`, '--shutdown-timeout', '1'],
    ]);
    const client = keptClient(url);
    await client.ask();
    await client.send(keptRequest(url).slice(0, 20));
    program.signal('SIGTERM');
    expect((await within('the end', program.exit, 2500)).code).toBe(0);
  });
});

it('TERM with a body that nobody reads: the answer is whole all the same', async () => {
  for (let times = 0; times < 5; times++) {
    const { program, url } = await sluiceServe(app('every.js'), [
      '--listen',
      'fastcgi://127.0.0.1:0',
    ]);
    const journal = new Journal();
    const peer = fastcgiPeer(url);
    const { variables } = journal;
    const parts = { flags: KEEP_CONN, variables, stdin: 'x'.repeat(MEBIBYTE) };
    const sending = peer.send(fastcgiRequest('lives.ignoring', parts));
    await journal.note('begun');
    program.signal('SIGTERM');
    await until('nobody accepts', () => refuses(url));
    journal.open('go');
    expect(await peer.answers(1)).toMatchObject([{ status: 200, body: 'not read' }]);
    expect((await peer.finish()).ending).toBe('closed');
    await sending;
    expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
  }
});

/** Whether nobody listens any more. */
async function refuses(url: string): Promise<boolean> {
  const peer = peerFor(url);
  peer.end();
  await peer.finish();
  return peer.error === 'ECONNREFUSED';
}

describe.each(KEPT_PROTOCOLS)('%s: many', (protocol) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: [`${protocol}://127.0.0.1:0`] });
    return async () => {
      expect(server.log).toEqual([]);
      expect((await server.stop()).code).toBe(0);
    };
  });

  it(`${MANY} idle connections cost little, and are still right`, async () => {
    const clients = Array.from({ length: MANY }, () => keptClient(server.url));
    for (const client of clients) await client.ask();
    const before = residentBytes(server.pid);
    for (let turn = 0; turn < 3; turn++) {
      const answers = await Promise.all(clients.map((client) => client.ask()));
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 200, body: 'one two', isLast: false });
    }
    expect(residentBytes(server.pid) - before).toBeLessThan(64 * MEBIBYTE);
  });

  it('requests without end on one connection leave nothing behind', async () => {
    const client = keptClient(server.url);
    const ask = async (count: number) => {
      for (let times = 0; times < count; times++) {
        const application = times % 2 ? 'bodies.single' : 'bodies.asyncGenerator';
        expect((await client.ask({ application })).body).toBe('one two');
      }
    };
    await ask(4000);
    const before = residentBytes(server.pid);
    await ask(8000);
    expect(residentBytes(server.pid) - before).toBeLessThan(48 * MEBIBYTE);
  });

  it('questions whose answers nobody reads: no more is read, and all are answered later', async () => {
    const path = join(scratch(), 's');
    const { pid, url } = await serverForTest(app('every.js'), {
      listen: [`${protocol}+unix:${path}`],
    });
    const { question, size } = ASKED[protocol];
    const before = residentBytes(pid);
    const peer = peerFor(url);
    peer.socket.pause();
    let isSent = false;
    const sent = peer.send(Buffer.alloc(question.length * FLOOD, question)).then(() => {
      isSent = true;
    });
    for (let times = 0; times < 20; times++) {
      expect(await keptClient(url).ask()).toMatchObject({ status: 200 });
      expect(residentBytes(pid) - before).toBeLessThan(64 * MEBIBYTE);
    }
    expect(isSent).toBe(false);
    peer.socket.resume();
    await within('all is sent', sent, 15_000);
    await until('all are answered', () => peer.size === FLOOD * size, 15_000);
  });
});
