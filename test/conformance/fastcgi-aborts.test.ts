// FastCGI requests that the web server gives up, and the roles that an application may play.
import { KEEP_CONN, ProtocolStatus, RecordType, Role } from 'fastcgi-protocol';
import { beginRequest, pairs, record, stream } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  environIn,
  fastcgiPeer,
  fastcgiRequest,
  heardIn,
  variablesFor,
} from './support/fastcgi.ts';
import { exchange } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, startFailure, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const { PARAMS, STDIN, DATA, ABORT_REQUEST } = RecordType;
const { UNKNOWN_ROLE } = ProtocolStatus;
const SOON = 500; // milliseconds, with other tests beside
const flags = KEEP_CONN;
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
const abort = (id = 1) => record(ABORT_REQUEST, id);
const head = (id: number, application: string, more: Record<string, string> = {}) =>
  joined(
    beginRequest(id, Role.RESPONDER, flags),
    stream(PARAMS, id, pairs(variablesFor(application, more))),
  );

describe('ABORT_REQUEST', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['fastcgi://127.0.0.1:0'] });
    return async () => {
      expect(server.log).toEqual([]);
      expect((await server.stop()).code).toBe(0);
    };
  });

  it('aborts sluice.signal at once, is answered, and others on the connection go on', async () => {
    const [first, second] = [new Journal(), new Journal()];
    const peer = fastcgiPeer(server.url);
    await peer.send(head(2, 'lives.slow', second.variables));
    await peer.send(head(1, 'lives.waits', first.variables));
    await first.note('begun');
    await second.note('begun');
    const start = Date.now();
    await peer.send(abort());
    const [answer] = await peer.answers(1);
    expect(answer).toMatchObject({ id: 1, appStatus: 1, protocolStatus: 0 });
    expect(Number(await first.note('aborted')) - start).toBeLessThan(SOON);
    expect(await first.note('rejected')).toBe('ERR_GATEWAY_CLIENT_LEFT');
    second.open('go');
    await peer.send(stream(STDIN, 2, 'hello'));
    expect((await peer.answers(2))[1]).toMatchObject({ id: 2, status: 200, body: '5' });
    expect(await peer.ask('bodies.single', { flags })).toMatchObject({ status: 200 });
    expect(second.lines).toEqual(['begun']);
  });

  it.each([
    ['before PARAMS', joined(beginRequest(1, Role.RESPONDER, flags), abort())],
    ['inside PARAMS', joined(head(1, 'bodies.single').subarray(0, -8), abort())],
    ['before STDIN', joined(head(1, 'echo.whole'), abort())],
    ['inside STDIN', joined(head(1, 'echo.whole'), record(STDIN, 1, 'x'), abort())],
    [
      'inside STDIN that nobody reads',
      joined(head(1, 'echo.ignored'), record(STDIN, 1, 'x'), abort()),
    ],
    ['behind STDIN', joined(fastcgiRequest('bodies.single', { flags }), abort())],
    [
      'behind STDIN, for a generator',
      joined(fastcgiRequest('bodies.generator', { flags }), abort()),
    ],
    ['twice', joined(head(1, 'echo.whole'), abort(), abort())],
    ['and then the rest of STDIN', joined(head(1, 'echo.whole'), abort(), stream(STDIN, 1, 'x'))],
  ])(
    '%s, in one write or by the byte: one END_REQUEST, and the id is free',
    async (_when, bytes) => {
      for (const size of [bytes.length, 1]) {
        const peer = fastcgiPeer(server.url);
        for (let at = 0; at < bytes.length; at += size)
          await peer.send(bytes.subarray(at, at + size));
        expect(await peer.answers(1)).toMatchObject([{ id: 1, protocolStatus: 0 }]);
        expect(await peer.ask('echo.whole', { flags, stdin: 'body' })).toMatchObject({
          body: 'body',
        });
        expect(peer.heard.answers).toHaveLength(2);
      }
    },
  );

  it('while the answer flows: what was begun is ended, and nothing follows', async () => {
    const journal = new Journal();
    const peer = fastcgiPeer(server.url);
    await peer.send(head(1, 'lives.generator', journal.variables));
    await until('output', () => peer.size > 100_000);
    await peer.send(abort());
    expect(await peer.answers(1)).toMatchObject([{ id: 1, status: 200, appStatus: 1 }]);
    await journal.note('finally');
    expect(journal.count('finally')).toBe(1);
    expect(await peer.ask('bodies.single', { flags })).toMatchObject({ status: 200 });
    expect(peer.heard.open.size).toBe(0);
  });

  it('behind a body that has filled the memory it may take', async () => {
    const journal = new Journal();
    const peer = fastcgiPeer(server.url);
    await peer.send(head(1, 'lives.slow', journal.variables));
    await journal.note('begun');
    // Together they are more than one read brings.
    await peer.send(joined(stream(STDIN, 1, 'x'.repeat(70_000)).subarray(0, -8), abort()));
    await peer.send(fastcgiRequest('bodies.single', { flags, id: 2 }));
    expect((await peer.answers(2)).map(({ id }) => id).sort()).toEqual([1, 2]);
    journal.open('go');
  });

  it('without KEEP_CONN ends the connection', async () => {
    const peer = fastcgiPeer(server.url);
    await peer.send(joined(fastcgiRequest('echo.whole', { stdin: 'x' }).subarray(0, -8), abort()));
    expect(await peer.answers(1)).toMatchObject([{ appStatus: 1 }]);
    expect((await peer.finish()).ending).toBe('closed');
  });
});

describe('roles', () => {
  let server: TestServer;
  let all: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['fastcgi://127.0.0.1:0'] });
    all = await startServer(app('every.js'), {
      listen: ['fastcgi://127.0.0.1:0?roles=responder,authorizer,filter'],
    });
    return async () => {
      expect((await server.stop()).code).toBe(0);
      expect((await all.stop()).code).toBe(0);
    };
  });

  it.each([0, 2, 3, 77, 256, 65_535])('%d is not played: UNKNOWN_ROLE at once', async (role) => {
    const peer = fastcgiPeer(server.url);
    await peer.send(beginRequest(1, role, flags));
    expect(await peer.answers(1)).toMatchObject([{ protocolStatus: UNKNOWN_ROLE, stdout: '' }]);
    await peer.send(fastcgiRequest('bodies.single', { role, flags, stdin: 'body' }));
    await peer.answers(2);
    expect(await peer.ask('bodies.single', { flags })).toMatchObject({ status: 200 });
  });

  it('and without KEEP_CONN the connection is closed', async () => {
    const { answer, ending } = await exchange(server.url, beginRequest(1, Role.FILTER));
    expect(heardIn(answer).answers).toMatchObject([{ protocolStatus: UNKNOWN_ROLE }]);
    expect(ending).toBe('closed');
  });

  it('the application is told which one it plays', async () => {
    for (const [name, role] of Object.entries(Role)) {
      const peer = fastcgiPeer(all.url);
      const data = role === Role.FILTER ? { data: '' } : {};
      const environ = environIn(await peer.ask('environ', { role, flags, ...data }));
      expect(environ.get('FCGI_ROLE')).toBe(name);
    }
  });

  it.each([
    ['with an empty STDIN', undefined, fastcgiRequest],
    [
      'without STDIN',
      undefined,
      (...given: Parameters<typeof fastcgiRequest>) => fastcgiRequest(...given).subarray(0, -8),
    ],
    ['with the length of a body that others get', '100', fastcgiRequest],
  ])('an Authorizer, %s', async (_what, length, make) => {
    const peer = fastcgiPeer(all.url);
    const none = { CONTENT_LENGTH: undefined, SCRIPT_NAME: undefined };
    for (const name of ['environ', 'echo.whole', 'heads.asked']) {
      const variables = { ...none, HTTP_CONTENT_LENGTH: length, QUERY_STRING: '403%20Forbidden' };
      const before = peer.heard.answers.length;
      await peer.send(make(name, { role: Role.AUTHORIZER, flags, variables }));
      const answer = (await peer.answers(before + 1)).at(-1);
      expect(answer?.status).toBe(name === 'heads.asked' ? 403 : 200);
      if (name === 'echo.whole') expect(answer?.body).toBe('');
    }
  });

  describe('a Filter', () => {
    const filter = { role: Role.FILTER, flags };

    it.each([0, 5, 70_000, 300_000])('reads %d bytes of STDIN, then of DATA', async (size) => {
      const peer = fastcgiPeer(all.url);
      const [stdin, data] = ['a'.repeat(size), 'b'.repeat(size)];
      const { body } = await peer.ask('echo.filtered', { ...filter, stdin, data });
      expect(body === `${stdin}|${data}`).toBe(true);
    });

    it('may leave both unread', async () => {
      const peer = fastcgiPeer(all.url);
      const big = 'x'.repeat(1_000_000);
      const parts = { ...filter, stdin: big, data: big };
      expect(await peer.ask('echo.ignored', parts)).toMatchObject({ body: 'not read' });
      expect(await peer.ask('echo.filtered', { ...filter, stdin: 'a', data: 'b' })).toMatchObject({
        body: 'a|b',
      });
    });

    it('without KEEP_CONN too: the answer is whole, 20 times of 20', async () => {
      const parts = { role: Role.FILTER, stdin: 'x', data: 'x'.repeat(1_000_000) };
      for (let times = 0; times < 20; times++) {
        const { answer, ending } = await exchange(all.url, fastcgiRequest('echo.ignored', parts));
        expect(heardIn(answer).answers).toMatchObject([{ body: 'not read' }]);
        expect(ending).toBe('closed');
      }
    });

    it('is told when DATA is cut short', async () => {
      const peer = fastcgiPeer(all.url);
      const bytes = fastcgiRequest('echo.filtered', { ...filter, stdin: 'a', data: 'bcd' });
      await peer.send(bytes.subarray(0, -8));
      peer.end();
      await peer.finish();
      for (const { status } of peer.heard.answers) expect(status).toBe(400);
    });

    it('that sends DATA too early is refused', async () => {
      const peer = fastcgiPeer(all.url);
      const begin = fastcgiRequest('echo.filtered', { ...filter, stdin: 'a' }).subarray(0, -8);
      await peer.send(joined(begin, record(DATA, 1, 'b')));
      await peer.finish();
      for (const { status } of peer.heard.answers) expect(status).toBe(400);
    });
  });

  it.each([
    ['roles=respnder', /respnder.*responder, authorizer, filter/],
    ['roles=', /role.*responder, authorizer, filter/],
    ['multiplexed=maybe', /multiplexed is yes or no, not maybe/],
    ['multiplex=no', /multiplex .*multiplexed/],
  ])('a mistake stops the start: %s', async (query, message) => {
    const listen = [`fastcgi://127.0.0.1:0?${query}`];
    expect((await startFailure(app('every.js'), { listen })).message).toMatch(message);
  });
});
