// AJP13 request bodies: what is asked for, what comes unasked, and when a connection may be used again.
import { type ForwardFields, webServer } from 'ajp13-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AjpPeer, ajpHeardIn, ajpPeer, ajpRequest } from './support/ajp.ts';
import { exchange } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');
const FIRST = 8186; // bytes that come unasked, when so many are announced
const sumOf = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

describe('ajp bodies', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(EVERY, { listen: ['ajp://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const bodyOf = (size: number) => '0123456789'.repeat(Math.ceil(size / 10)).slice(0, size);
  const announced = (
    size: number,
    more: ForwardFields['headers'] = [],
  ): Partial<ForwardFields> => ({
    method: 4,
    headers: [[0xa008, String(size)], ...more],
  });

  describe.each(['echo.whole', 'echo.stream', 'echo.lines'])('%s', (name) => {
    it.each([0, 1, 8185, 8186, 8187, 16_372, 16_373, 20_000, 300_000])(
      '%d bytes with their length: no more is asked for than there is',
      async (size) => {
        const peer = ajpPeer(server.url);
        for (let times = 1; times <= 2; times++) {
          const answer = await peer.post(name, { body: bodyOf(size) });
          expect(answer).toMatchObject({ status: 200, reuse: true });
          expect(answer.body === bodyOf(size)).toBe(true);
          expect(sumOf(peer.heard.asked)).toBe(times * Math.max(0, size - FIRST));
          expect(Math.max(0, ...peer.heard.asked)).toBeLessThanOrEqual(FIRST);
        }
      },
    );

    it.each([0, 1, 8186, 8187, 20_000, 300_000])(
      '%d bytes in chunks: asked for until there are no more',
      async (size) => {
        const peer = ajpPeer(server.url);
        for (let times = 1; times <= 2; times++) {
          const answer = await peer.post(name, { body: bodyOf(size), isChunked: true });
          expect(answer).toMatchObject({ status: 200, reuse: true });
          expect(answer.body === bodyOf(size)).toBe(true);
          expect(peer.heard.asked).toHaveLength(times * (Math.ceil(size / FIRST) + 1));
        }
      },
    );

    it.each([undefined, '0'])('Content-Length %j: nothing is asked for', async (length) => {
      const peer = ajpPeer(server.url);
      for (const method of [2, 4]) {
        const headers = length === undefined ? [] : ([[0xa008, length]] as const);
        expect(await peer.ask(name, { method, headers })).toMatchObject({ body: '', reuse: true });
      }
      expect(peer.heard.asked).toEqual([]);
    });
  });

  it.each(['mod_jk', 'httpd'] as const)('the end of a body in the form of %s', async (sender) => {
    const peer = ajpPeer(server.url);
    const headers = [['transfer-encoding', 'chunked']] as const;
    await peer.send(ajpRequest('echo.whole', { method: 4, headers }));
    await until('a question', () => peer.heard.asked.length === 1);
    await peer.send(webServer.data('body'));
    await until('another', () => peer.heard.asked.length === 2);
    await peer.send(webServer.endOfBody(sender));
    expect(await peer.answer(1)).toMatchObject({ body: 'body', reuse: true });
    expect(await peer.ask('bodies.single')).toMatchObject({ body: 'one two' });
  });

  describe('left unread', () => {
    it.each([1, 8186, 8187, 300_000])('%d bytes with their length', async (size) => {
      const peer = ajpPeer(server.url);
      for (let times = 0; times < 3; times++) {
        const answer = await peer.post('echo.ignored', { body: bodyOf(size) });
        expect(answer).toMatchObject({ body: 'not read', reuse: true });
        expect(await peer.ask('bodies.single')).toMatchObject({ body: 'one two' });
        await peer.send(webServer.cping());
      }
      await until('CPong', () => peer.heard.pongs === 3);
      expect(peer.heard.asked).toEqual([]);
    });

    it('in chunks: nothing is asked for', async () => {
      const peer = ajpPeer(server.url);
      const body = bodyOf(20_000);
      const answer = await peer.post('echo.ignored', { body, isChunked: true });
      expect(answer).toMatchObject({ body: 'not read', reuse: true });
      expect(await peer.ask('bodies.single')).toMatchObject({ body: 'one two' });
      expect(peer.heard.asked).toEqual([]);
    });

    it('and answered before its first packet has come', async () => {
      const peer = ajpPeer(server.url);
      for (let times = 0; times < 20; times++) {
        await peer.send(ajpRequest('echo.ignored', announced(5)));
        expect(await peer.answer(2 * times + 1)).toMatchObject({ body: 'not read', reuse: true });
        await peer.send(webServer.data('hello'));
        expect(await peer.ask('bodies.single')).toMatchObject({ body: 'one two' });
      }
    });

    it('by an application that fails', async () => {
      const peer = ajpPeer(server.url);
      const answer = await peer.post('faults.throws', { body: bodyOf(20_000) });
      expect(answer.status).toBe(500);
      if (answer.reuse) expect(await peer.ask('bodies.single')).toMatchObject({ status: 200 });
      else expect((await peer.finish()).ending).toBe('closed');
    });
  });

  describe('that end too early', () => {
    it.each([
      ['at once', []],
      ['behind a part', [webServer.data('01234')]],
    ])('%s: the application is told, and the connection ends', async (_when, packets) => {
      for (const end of ['mod_jk', 'httpd'] as const) {
        for (const name of ['echo.failure', 'echo.strict']) {
          const peer = ajpPeer(server.url);
          await peer.send(ajpRequest(name, announced(10)));
          for (const [at, packet] of packets.entries()) {
            await peer.send(packet);
            await until('a question', () => peer.heard.asked.length > at);
          }
          await peer.send(webServer.endOfBody(end));
          const answer = await peer.answer(1);
          expect(answer.reuse).toBe(false);
          if (name === 'echo.strict') expect(answer.status).toBe(400);
          else expect(answer.body).toBe('failed with ERR_AJP13_TRUNCATED');
          expect((await peer.finish()).ending).toBe('closed');
        }
      }
    });

    it('by the end of the connection', async () => {
      const journal = new Journal();
      const peer = ajpPeer(server.url);
      await peer.send(ajpRequest('lives.slow', announced(10, [['x-journal', journal.path]])));
      await journal.note('begun');
      peer.end();
      journal.open('go');
      await peer.finish();
      for (const { status } of peer.heard.answers) expect(status).toBe(400);
    });
  });

  it('any packet in any state ends well: no 500, no hang, no answer to what was not asked', async () => {
    const chunked = { method: 4, headers: [['transfer-encoding', 'chunked']] as const };
    const states = {
      'no request': [],
      'the first body packet is due': [ajpRequest('echo.strict', announced(5))],
      'an answer to a question is due': [ajpRequest('echo.strict', chunked)],
      'the body is complete': [ajpRequest('echo.strict', announced(5)), webServer.data('01234')],
      'answered early': [ajpRequest('echo.ignored', announced(5))],
      answered: [ajpRequest('bodies.single')],
    };
    const packets = [
      ...Array.from({ length: 14 }, (_, type) => webServer.packet(type)),
      ...[
        webServer.packet(),
        webServer.packet(0, 0),
        webServer.packet(0, 9),
        webServer.packet(255),
      ],
      ...[webServer.data('01234'), webServer.data('0123456789'), webServer.rawData('01234')],
      ...[ajpRequest('bodies.single'), ajpRequest('bodies.single').subarray(0, 20)],
    ];
    const lines = server.log.length;
    for (const [state, before] of Object.entries(states)) {
      for (const [at, packet] of packets.entries()) {
        const bytes = Buffer.concat([...before, packet]);
        const { answer } = await exchange(server.url, bytes, { half: true });
        const { answers } = ajpHeardIn(answer);
        for (const { status } of answers) expect([200, 400], `${state}: ${at}`).toContain(status);
        expect(answers.length).toBeLessThanOrEqual(2);
      }
    }
    expect(server.log.slice(lines).filter((line) => !line.startsWith('warn: '))).toEqual([]);
    expect(await ajpPeer(server.url).ask('bodies.single')).toMatchObject({ status: 200 });
  });

  describe('peer=lighttpd', () => {
    async function lighttpd(): Promise<AjpPeer> {
      const { url } = await serverForTest(EVERY, { listen: ['ajp://127.0.0.1:0?peer=lighttpd'] });
      return ajpPeer(url);
    }

    it('paths come decoded', async () => {
      const { body } = await (await lighttpd()).ask('environ', { uri: '/a%41' });
      expect(new Map(JSON.parse(body)).get('PATH_INFO')).toBe('/a%41');
    });

    it('bodies come without an inner length, and empty packets behind requests', async () => {
      const peer = await lighttpd();
      const body = 'x'.repeat(20_000);
      await peer.send(
        ajpRequest('echo.whole', { method: 4, headers: [[0xa008, String(body.length)]] }),
      );
      await peer.send(webServer.rawData(body.slice(0, 8188)));
      await until('a question', () => peer.heard.asked.length > 0);
      expect(peer.heard.asked.reduce((sum, size) => sum + size, 8188)).toBeLessThanOrEqual(20_000);
      for (let sent = 8188; sent < body.length; sent += 8188)
        await peer.send(webServer.rawData(body.slice(sent, sent + 8188)));
      expect((await peer.answer(1)).body === body).toBe(true);
      await peer.send(Buffer.concat([ajpRequest('bodies.single'), webServer.endOfBody()]));
      expect(await peer.answer(2)).toMatchObject({ body: 'one two' });
    });

    it('a trailing empty packet is let through for every peer', async () => {
      const peer = ajpPeer(server.url);
      for (let times = 1; times <= 3; times++) {
        await peer.send(Buffer.concat([ajpRequest('bodies.single'), webServer.endOfBody()]));
        expect(await peer.answer(times)).toMatchObject({ body: 'one two', reuse: true });
      }
    });
  });
});
