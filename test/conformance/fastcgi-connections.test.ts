// FastCGI connections: several requests at once and after each other, requests that are given up, and how it all ends.
import { join } from 'node:path';
import { KEEP_CONN, ProtocolStatus, RecordType, Role } from 'fastcgi-protocol';
import { beginRequest, pairs, record, stream } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { fastcgiPeer, fastcgiRequest, heardIn, variablesFor } from './support/fastcgi.ts';
import { exchange, peerFor } from './support/peer.ts';
import { residentBytes } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const { PARAMS, STDIN } = RecordType;
const { CANT_MPX_CONN, OVERLOADED } = ProtocolStatus;
const MEBIBYTE = 1_048_576;
const flags = KEEP_CONN;
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
/** A request up to the end of its parameters. */
const head = (id: number, application: string, more: Record<string, string> = {}, kept = flags) =>
  joined(
    beginRequest(id, Role.RESPONDER, kept),
    stream(PARAMS, id, pairs(variablesFor(application, more))),
  );

describe('fastcgi connections', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['fastcgi://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  describe('several requests at once', () => {
    it.each([0, KEEP_CONN])('with STDIN mixed, flags %d', async (kept) => {
      const peer = fastcgiPeer(server.url);
      const ids = [1, 2, 300, 65_535];
      const bodyOf = (id: number) => `${id} `.repeat(30_000);
      for (const id of ids) {
        const length = { CONTENT_LENGTH: String(bodyOf(id).length) };
        await peer.send(head(id, id === 2 ? 'echo.stream' : 'echo.whole', length, kept));
      }
      for (let at = 0; at < bodyOf(ids[3] as number).length; at += 5000) {
        for (const id of ids) {
          const piece = bodyOf(id).slice(at, at + 5000);
          if (piece !== '') await peer.send(record(STDIN, id, piece));
        }
      }
      for (const id of ids) await peer.send(record(STDIN, id));
      const answers = await peer.answers(ids.length);
      for (const id of ids) {
        const answer = answers.find((candidate) => candidate.id === id);
        expect(answer?.body === bodyOf(id)).toBe(true);
      }
      if (kept === 0) expect((await peer.finish()).ending).toBe('closed');
      else expect(await peer.ask('bodies.single', { flags })).toMatchObject({ status: 200 });
    });

    it('the one that begins last may be answered first', async () => {
      const journal = new Journal();
      const { variables } = journal;
      const peer = fastcgiPeer(server.url);
      await peer.send(fastcgiRequest('lives.slow', { id: 1, flags, variables }));
      await journal.note('begun');
      await peer.ask('bodies.single', { id: 2, flags });
      journal.open('go');
      expect((await peer.answers(2)).map(({ id }) => id)).toEqual([2, 1]);
    });

    it('64 at once, and one more is OVERLOADED', async () => {
      const peer = fastcgiPeer(server.url);
      const ids = Array.from({ length: 65 }, (_, at) => at + 1);
      await peer.send(joined(...ids.map((id) => head(id, 'echo.whole'))));
      expect(await peer.answers(1)).toMatchObject([{ id: 65, protocolStatus: OVERLOADED }]);
      await peer.send(joined(...ids.map((id) => stream(STDIN, id, 'x'))));
      const answers = await peer.answers(65);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(64);
    });

    it.each([1000, 60_000])('%d BEGIN_REQUEST cost little', async (count) => {
      const before = residentBytes(server.pid);
      const peer = fastcgiPeer(server.url);
      await peer.send(joined(...Array.from({ length: count }, (_, at) => beginRequest(at + 1))));
      await until('all are answered', () => peer.size >= 16 * (count - 64));
      for (const { protocolStatus } of peer.heard.answers) expect(protocolStatus).toBe(OVERLOADED);
      expect(residentBytes(server.pid) - before).toBeLessThan(32 * MEBIBYTE);
    });
  });

  describe('multiplexed=no', () => {
    it.each([0, KEEP_CONN])('a second request is refused, flags %d', async (kept) => {
      const { url } = await serverForTest(app('every.js'), {
        listen: ['fastcgi://127.0.0.1:0?multiplexed=no'],
      });
      const peer = fastcgiPeer(url);
      const second = fastcgiRequest('bodies.single', { id: 2, flags: kept, stdin: 'body' });
      await peer.send(joined(beginRequest(1, Role.RESPONDER, kept), second));
      expect(await peer.answers(1)).toMatchObject([
        { id: 2, protocolStatus: CANT_MPX_CONN, stdout: '', appStatus: 0 },
      ]);
      await peer.send(head(1, 'echo.whole').subarray(16));
      await peer.send(second);
      expect((await peer.answers(2))[1]).toMatchObject({ id: 2, protocolStatus: CANT_MPX_CONN });
      await peer.send(stream(STDIN, 1, 'first'));
      expect((await peer.answers(3))[2]).toMatchObject({ id: 1, status: 200, body: 'first' });
      if (kept === 0) expect((await peer.finish()).ending).toBe('closed');
      else expect(await peer.ask('bodies.single', { id: 2, flags })).toMatchObject({ status: 200 });
    });
  });

  describe('one after the other', () => {
    it.each(['in one write', 'as they are answered'])('five on a connection, %s', async (way) => {
      const body = 'x'.repeat(MEBIBYTE);
      const peer = fastcgiPeer(server.url);
      const requests = [
        fastcgiRequest('echo.ignored', { flags, id: 1, stdin: body }),
        fastcgiRequest('bodies.single', { flags, id: 2 }),
        fastcgiRequest('echo.whole', { flags, id: 3, stdin: 'body' }),
        fastcgiRequest('faults.throws', { flags, id: 4 }),
        fastcgiRequest('bodies.generator', { flags, id: 5 }),
      ];
      if (way === 'in one write') {
        await peer.send(joined(...requests));
      } else {
        for (const [at, request] of requests.entries()) {
          await peer.send(request);
          await peer.answers(at + 1);
        }
      }
      const answers = await peer.answers(5);
      const found = answers.map(({ id, status, body }) => `${id} ${status} ${body.trim()}`);
      expect(found.sort()).toEqual([
        ...['1 200 not read', '2 200 one two', '3 200 body'],
        ...['4 500 500 Internal Server Error', '5 200 one two'],
      ]);
    });

    it('an id is free as soon as its request is answered', async () => {
      const peer = fastcgiPeer(server.url);
      for (let times = 0; times < 20; times++) {
        const stdin = 'x'.repeat(times * 10_000);
        await peer.send(fastcgiRequest('echo.ignored', { flags, stdin }));
        expect((await peer.answers(2 * times + 1)).at(-1)).toMatchObject({ body: 'not read' });
        expect(await peer.ask('echo.whole', { flags, stdin: 'b' })).toMatchObject({ body: 'b' });
      }
    });

    it('and the connection is closed after one without KEEP_CONN', async () => {
      const peer = fastcgiPeer(server.url);
      await peer.ask('bodies.single', { flags });
      await peer.ask('bodies.single', {});
      expect((await peer.finish()).ending).toBe('closed');
    });
  });

  describe('without KEEP_CONN', () => {
    it.each(['echo.ignored', 'bodies.single', 'faults.throws'])(
      '1 MiB that nobody reads leaves the answer of %s whole, 50 times of 50',
      async (name) => {
        const bytes = fastcgiRequest(name, { stdin: 'x'.repeat(MEBIBYTE) });
        for (let times = 0; times < 50; times++) {
          const { answer, ending } = await exchange(server.url, bytes);
          expect(heardIn(answer).answers).toMatchObject([{ id: 1, protocolStatus: 0 }]);
          expect(ending).toBe('closed');
        }
      },
    );

    it.each(['fastcgi://127.0.0.1:0', 'fastcgi+unix:'])(
      'the end of STDIN may come late: %s',
      async (kind) => {
        const listen = [kind.endsWith(':') ? `${kind}${join(scratch(), 's')}` : kind];
        const { url } = await serverForTest(app('every.js'), { listen });
        for (let times = 0; times < 20; times++) {
          const peer = fastcgiPeer(url);
          const bytes = fastcgiRequest('echo.ignored', { stdin: 'body' });
          await peer.send(bytes.subarray(0, -8));
          expect(await peer.answers(1)).toMatchObject([{ body: 'not read' }]);
          const end = bytes.subarray(-8);
          const failure = await new Promise((resolve) => peer.socket.write(end, resolve));
          expect(failure ?? undefined).toBeUndefined();
          expect((await peer.finish()).ending).toBe('closed');
        }
      },
    );

    it('a peer that never ends STDIN is given up', async () => {
      const { url } = await serverForTest(app('every.js'), {
        listen: ['fastcgi://127.0.0.1:0'],
        limits: { drain: 300, linger: 300 } as never,
      });
      const peer = peerFor(url);
      await peer.send(fastcgiRequest('echo.ignored', { stdin: 'x'.repeat(1000) }).subarray(0, -8));
      expect(heardIn((await peer.finish()).answer).answers).toMatchObject([{ body: 'not read' }]);
    });
  });

  describe('STDERR', () => {
    it('comes before END_REQUEST, and the exit status is 0', async () => {
      const peer = fastcgiPeer(server.url);
      const answer = await peer.ask('faults.throws', { flags });
      expect(answer).toMatchObject({ status: 500, appStatus: 0, protocolStatus: 0 });
      expect(answer.stderr).toMatch(/^Error: a secret <b>inside<\/b>\n {4,}at [\x20-\x7e\n]*\n$/);
      expect(answer.stdout).not.toContain('secret');
    });

    it('has what the application writes to wsgi.errors', async () => {
      const { url } = await serverForTest(app('prints.js'), { listen: ['fastcgi://127.0.0.1:0'] });
      const { body, stderr } = await fastcgiPeer(url).ask('any', { flags });
      expect({ body, stderr }).toEqual({ body: 'the answer', stderr: 'an error line\n' });
    });

    it('of one request is not in the answer of another', async () => {
      const peer = fastcgiPeer(server.url);
      await peer.send(fastcgiRequest('faults.throws', { flags, id: 1 }));
      await peer.send(fastcgiRequest('bodies.generator', { flags, id: 2 }));
      const [first, second] = await peer.answers(2);
      expect(first?.stderr).toContain('a secret');
      expect(second).toMatchObject({ stderr: '', body: 'one two' });
    });
  });

  describe('an answer that cannot be completed', () => {
    const fails = (id: number) => fastcgiRequest('heads.tooLate', { id, flags });

    it('ends the connection without END_REQUEST', async () => {
      const { answer } = await exchange(server.url, fails(1));
      const { answers, open } = heardIn(answer);
      expect(answers).toEqual([]);
      expect(open.get(1)).toMatch(/\r\n\r\nfirst$/);
    });

    it('but only when the others on the connection are answered', async () => {
      const journal = new Journal();
      const { variables } = journal;
      const peer = fastcgiPeer(server.url);
      await peer.send(fastcgiRequest('lives.slow', { id: 2, flags, variables, stdin: 'hi' }));
      await journal.note('begun');
      await peer.send(fails(1));
      await until('the first is cut', () => peer.heard.open.get(1)?.endsWith('first'));
      journal.open('go');
      expect(await peer.answers(1)).toMatchObject([{ id: 2, status: 200, body: '2' }]);
      await peer.finish();
      expect([...peer.heard.open.keys()]).toEqual([1]);
    });

    it('a long answer beside it arrives whole', async () => {
      const peer = fastcgiPeer(server.url);
      await peer.send(joined(fastcgiRequest('bodies.large', { id: 2, flags }), fails(1)));
      await within('the end', peer.ending, 15_000);
      expect(peer.heard.answers.map(({ id, body }) => [id, body.length])).toEqual([
        [2, 67_108_864],
      ]);
    });

    it('a body that it has not read does not hinder the others', async () => {
      const peer = fastcgiPeer(server.url);
      await peer.send(head(2, 'echo.whole'));
      await peer.send(joined(fails(1).subarray(0, -8), stream(STDIN, 1, 'x'.repeat(300_000))));
      await peer.send(stream(STDIN, 2, 'body'));
      expect(await peer.answers(1)).toMatchObject([{ id: 2, body: 'body' }]);
    });
  });
});
