// Connections that begin with a PROXY header: whose address a request has then, and that nothing behind the header is lost.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask, environOf } from './support/calls.ts';
import { environIn, fastcgiPeer, fastcgiRequest } from './support/fastcgi.ts';
import { httpRequest, httpResponses } from './support/http.ts';
import { cell, LISTENERS, MATRIX } from './support/matrix.ts';
import { exchange, type Peer, peerFor } from './support/peer.ts';
import { BINARY, binary, CLIENT, GOAL, LINE, LOCAL, line, proxyFor } from './support/proxy.ts';
import { scgiRequest } from './support/scgi.ts';
import { scratch } from './support/scratch.ts';
import { app, serverForTest, startServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const VERSIONS = [
  ['1', LINE],
  ['2', BINARY],
] as const;
const addressed = {
  REMOTE_ADDR: CLIENT.address,
  REMOTE_PORT: String(CLIENT.port),
  SERVER_NAME: GOAL.address,
  SERVER_PORT: String(GOAL.port),
};

const start = (protocol: string) =>
  serverForTest(app('every.js'), { listen: [`${protocol}://127.0.0.1:0?proxyProtocol=yes`] });

/** The variables of the requests on an HTTP connection, when so many are answered. */
async function environsOf(peer: Peer, count: number): Promise<Record<string, string>[]> {
  const bodies = await until(`${count} answers`, () => {
    try {
      const responses = httpResponses(peer.text);
      return responses.length === count && responses.map(({ body }) => body);
    } catch {
      return undefined; // not whole yet
    }
  });
  return bodies.map((body) => Object.fromEntries(JSON.parse(body)));
}

/** What one HTTP request behind a header has as its variables. */
async function shown(url: string, header: string | Uint8Array, headers: readonly string[] = []) {
  const peer = peerFor(url);
  await peer.send(header);
  await peer.send(httpRequest('/', { headers }));
  const [environ] = await environsOf(peer, 1);
  peer.drop();
  return environ as Record<string, string>;
}

describe.each(VERSIONS)('version %s', (_version, header) => {
  it('http: the address is that of the client, of each request on the connection', async () => {
    const { url } = await start('http');
    const peer = peerFor(url);
    await peer.send(header);
    for (let count = 1; count <= 3; count++) {
      await peer.send(httpRequest('/'));
      const environs = await environsOf(peer, count);
      expect(environs.at(-1)).toMatchObject(addressed);
    }
  });

  it('http: header and pipelined requests at once', async () => {
    const { url } = await start('http');
    const peer = peerFor(url);
    await peer.send(Buffer.concat([header, Buffer.from(httpRequest('/').repeat(3))]));
    for (const environ of await environsOf(peer, 3)) expect(environ).toMatchObject(addressed);
  });

  it('http: header, requests and the end of the connection at once', async () => {
    const { url } = await start('http');
    const last = httpRequest('/', { headers: ['Connection: close'] });
    const bytes = Buffer.concat([header, Buffer.from(httpRequest('/') + last)]);
    const { answer } = await exchange(url, bytes, { half: true });
    expect(httpResponses(answer)).toHaveLength(2);
  });

  it.each(['http', 'scgi', 'fastcgi'])('%s: byte by byte', async (protocol) => {
    const { url } = await start(protocol);
    const request = {
      http: Buffer.from(httpRequest('/', { headers: ['X-App: bodies.single'] })),
      scgi: Buffer.from(scgiRequest({ HTTP_X_APP: 'bodies.single' })),
      fastcgi: fastcgiRequest('bodies.single'),
    }[protocol] as Uint8Array;
    const peer = peerFor(url);
    peer.socket.setNoDelay(true);
    for (const byte of Buffer.concat([header, request])) await peer.send(Uint8Array.of(byte));
    await peer.sees(/one two/);
  });

  it('http: each cut of the header with its request', async () => {
    const { url } = await start('http');
    const whole = Buffer.concat([header, Buffer.from(httpRequest('/'))]);
    await Promise.all(
      Array.from({ length: header.length + 2 }, async (_, at) => {
        const peer = peerFor(url);
        peer.socket.setNoDelay(true);
        await peer.send(whole.subarray(0, at));
        await new Promise(setImmediate);
        await peer.send(whole.subarray(at));
        expect(await environsOf(peer, 1)).toMatchObject([addressed]);
        peer.drop();
      }),
    );
  });

  it('scgi: the address is the one that the web server sends', async () => {
    const { url } = await start('scgi');
    const request = scgiRequest({ REMOTE_ADDR: '192.0.2.1', HTTP_X_APP: 'environ' });
    const { answer } = await exchange(url, Buffer.concat([header, Buffer.from(request)]));
    const [, body] = answer.split('\r\n\r\n') as [string, string];
    expect(new Map(JSON.parse(body)).get('REMOTE_ADDR')).toBe('192.0.2.1');
  });

  it('fastcgi: a kept connection has one header', async () => {
    const { url } = await start('fastcgi');
    const peer = fastcgiPeer(url);
    await peer.send(Buffer.concat([header, fastcgiRequest('environ', { flags: 1 })]));
    await peer.answers(1);
    for (let times = 0; times < 2; times++) {
      const answer = await peer.ask('environ', {
        flags: 1,
        variables: { REMOTE_ADDR: '192.0.2.1' },
      });
      expect(environIn(answer).get('REMOTE_ADDR')).toBe('192.0.2.1');
    }
  });

  it.each(LISTENERS)('what is logged names the client: %s', async (protocol) => {
    const server = await start(protocol);
    const bad = protocol === 'http' ? 'NO REQUEST\r\n\r\n' : '~'.repeat(100);
    await exchange(server.url, Buffer.concat([header, Buffer.from(bad)]));
    await server.program.line(
      new RegExp(`^warn: ${protocol} from 203\\.0\\.113\\.9:4711: (?:ERR|HPE)_`),
    );
    expect(server.log.filter((text) => text.includes('127.0.0.1'))).toEqual([]);
  });

  it.each(LISTENERS)('bodies behind it are whole: %s', async (protocol) => {
    const { url } = await start(protocol);
    const backEnd = await backEndFor(await proxyFor(url, header));
    const body = Buffer.alloc(300_000, 'every byte of it ');
    const { text } = await ask(backEnd, 'echo.whole', {}, body);
    expect(text).toBe(body.toString());
  });
});

it.each(MATRIX)('every protocol and model has it: $protocol, $model', async (place) => {
  const { listen, ...options } = cell(place);
  const server = await serverForTest(app('every.js'), {
    listen: listen.map((address) => `${address}?proxyProtocol=yes`),
    ...options,
  });
  const backEnd = await backEndFor(await proxyFor(server.url, BINARY));
  const environ = await environOf(backEnd, { REMOTE_ADDR: '192.0.2.1' });
  const expected = place.protocol === 'http' ? CLIENT.address : '192.0.2.1';
  expect(environ.get('REMOTE_ADDR')).toBe(expected);
});

describe('http: who the client is', () => {
  const at: Record<'plain' | 'trusting', string> = { plain: '', trusting: '' };
  beforeAll(async () => {
    const listen = ['', '&trust=127.0.0.1,192.0.2.50'].map(
      (query) => `http://127.0.0.1:0?proxyProtocol=yes${query}`,
    );
    const server = await startServer(app('every.js'), { listen });
    [at.plain, at.trusting] = server.urls as [string, string];
    return () => server.stop();
  });
  const own = { REMOTE_ADDR: '127.0.0.1', SERVER_NAME: '127.0.0.1' };

  it.each([
    ['IPv6', line('2001:DB8:0::7', '2001:db8::1'), '2001:db8::7', '2001:db8::1'],
    ['UNKNOWN', 'PROXY UNKNOWN\r\n', '127.0.0.1', '127.0.0.1'],
    ['LOCAL', LOCAL, '127.0.0.1', '127.0.0.1'],
    ['UNSPEC', binary(1, 0), '127.0.0.1', '127.0.0.1'],
    ['a Unix socket', binary(1, 0x31, '\0'.repeat(216)), '', '127.0.0.1'],
  ])('%s', async (_name, header, client, goal) => {
    expect(await shown(at.plain, header)).toMatchObject({
      REMOTE_ADDR: client,
      SERVER_NAME: goal,
    });
  });

  it('a listener without the option knows no header', async () => {
    const server = await serverForTest(app('every.js'), { listen: ['http://127.0.0.1:0'] });
    const { answer } = await exchange(server.url, line() + httpRequest('/'));
    expect(httpResponses(answer)).toMatchObject([{ status: 400 }]);
    expect(await shown(server.url, '')).toMatchObject(own);
  });

  it.each([
    ['an address that is not on the trust list', LINE, CLIENT.address],
    ['one that is', Buffer.from(line('192.0.2.50')), '192.0.2.99'],
    ["the proxy's own", LOCAL, '192.0.2.99'],
    ['nobody knows whom', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
    ['a peer on a Unix socket of the proxy', binary(1, 0x31, '\0'.repeat(216)), ''],
  ])('X-Forwarded-For of %s', async (_name, header, client) => {
    const headers = ['X-Forwarded-For: 192.0.2.99'];
    expect((await shown(at.trusting, header, headers)).REMOTE_ADDR).toBe(client);
  });

  it('forwarding is believed of nobody without a trust list', async () => {
    const headers = ['X-Forwarded-For: 192.0.2.99'];
    expect((await shown(at.plain, LOCAL, headers)).REMOTE_ADDR).toBe('127.0.0.1');
    expect((await shown(at.plain, line('127.0.0.1'), headers)).REMOTE_ADDR).toBe('127.0.0.1');
  });
});

describe('over a Unix socket', () => {
  const startThere = (protocol: string, query = '') =>
    serverForTest(app('every.js'), {
      listen: [`${protocol}+unix:${join(scratch(), 's')}?proxyProtocol=yes${query}`],
    });

  it.each(['', '&trust=192.0.2.1'])(
    'its peers are trusted, whatever the list: %j',
    async (query) => {
      const { url } = await startThere('http', query);
      expect(await shown(url, LINE)).toMatchObject(addressed);
      expect(await shown(url, LOCAL)).toMatchObject({ REMOTE_ADDR: '', SERVER_NAME: 'localhost' });
    },
  );

  it.each(LISTENERS)('an answer that is cut short is that of one connection: %s', async (name) => {
    const server = await startThere(name);
    const backEnd = await backEndFor(await proxyFor(server.url, LINE));
    await ask(backEnd, 'faults.throwsLater').catch(() => undefined);
    expect((await ask(backEnd, 'bodies.single')).text).toBe('one two');
    expect(server.log.filter((text) => /ERR_INVALID_HANDLE_TYPE/.test(text))).toEqual([]);
  });
});
