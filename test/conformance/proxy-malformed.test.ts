// Connections to a listener with proxyProtocol that may not stay: each is closed, and the log says why.
import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { httpRequest, httpResponses } from './support/http.ts';
import { LISTENERS } from './support/matrix.ts';
import { exchange, peerFor } from './support/peer.ts';
import { BINARY, binary, LINE, line } from './support/proxy.ts';
import {
  app,
  serverForTest,
  startFailure,
  startServer,
  type TestServer,
} from './support/start-server.ts';
import { until } from './support/until.ts';

const start = (address: string, more = {}) =>
  serverForTest(app('every.js'), { listen: [address], ...more });
const GOOD = httpRequest('/', { headers: ['X-App: bodies.single', 'Connection: close'] });
const behind = (header: string | Uint8Array, request: string) =>
  Buffer.concat([Buffer.from(header as string, 'latin1'), Buffer.from(request)]);

/** Whether nobody listens any more. */
async function refuses(url: string): Promise<boolean> {
  const peer = peerFor(url);
  await new Promise((resolve) => peer.socket.once('connect', resolve).once('error', resolve));
  peer.drop();
  return peer.error === 'ECONNREFUSED';
}

describe.each(LISTENERS)('%s', (protocol) => {
  let common: TestServer;
  beforeAll(async () => {
    common = await startServer(app('every.js'), {
      listen: [`${protocol}://127.0.0.1:0?proxyProtocol=yes`],
    });
    return () => common.stop();
  });

  it.each([
    ['none', 'GET / HTTP/1.1\r\n\r\n', /begins with "GET \/ HTTP\/1", not with a PROXY header/],
    ['malformed', line('192.0.2.256'), /malformed PROXY header: "PROXY TCP4 192\.0\.2\.256 /],
    ['of version 3', `${BINARY.toString('latin1', 0, 12)}\x31\x11\0\0`, /version 3/],
    ['that never ends', `PROXY ${'x'.repeat(200)}`, /does not end within 107 bytes/],
    ['of a family that is none', binary(1, 0x51), /family 5/],
    ['with control characters', 'PROXY \x1b[2J\n\r\n', /"PROXY \\u001b\[2J\\n"/],
  ])('a header: %s', async (_name, bytes, reason) => {
    const before = common.log.length;
    expect((await exchange(common.url, bytes)).answer).toBe('');
    await until('a log line', () => common.log.length > before);
    const lines = common.log.slice(before);
    expect(lines).toEqual([expect.stringMatching(/from 127\.0\.0\.1:\d+: ERR_FRONT_END_PROXY/)]);
    expect(lines[0]).toMatch(reason);
  });

  it('a header that is not complete: closed at its end, and at the time limit', async () => {
    const limits = { firstByte: 200, head: 200 } as never;
    const server = await start(`${protocol}://127.0.0.1:0?proxyProtocol=yes`, { limits });
    await exchange(server.url, BINARY.subarray(0, 20), { half: true });
    await server.program.line(
      /ERR_FRONT_END_PROXY_HEADER: the connection ends in its PROXY header/,
    );
    await exchange(server.url, LINE.subarray(0, 20));
    await server.program.line(/ERR_FRONT_END_TIMEOUT: no PROXY header within the time limit/);
    expect(server.log).toHaveLength(2);
  });

  it('a peer that is not trusted is closed, and told of once', async () => {
    const server = await start(`${protocol}://127.0.0.1:0?proxyProtocol=yes&trust=127.0.0.2`);
    for (let times = 0; times < 3; times++) {
      expect((await exchange(server.url, '')).answer).toBe('');
      expect((await exchange(server.url, LINE)).answer).toBe('');
    }
    await server.program.line(/./);
    expect(server.log).toEqual([
      expect.stringMatching(
        /: 127\.0\.0\.1 is not on the trust list, and may send no PROXY header/,
      ),
    ]);
  });

  it('who only looks whether somebody listens is no news', async () => {
    const server = await start(`${protocol}://127.0.0.1:0?proxyProtocol=yes`);
    await exchange(server.url, '', { half: true });
    const peer = peerFor(server.url);
    await new Promise((resolve) => peer.socket.once('connect', resolve));
    peer.reset();
    await exchange(server.url, 'x');
    await server.program.line(/./);
    expect(server.log).toEqual([expect.stringMatching(/begins with "x"/)]);
  });

  it.each([
    ['stays away', 0],
    ['comes after all', LINE.length],
  ])('a header on its way does not delay a stop: its rest %s', async (_name, size) => {
    const server = await start(`${protocol}://127.0.0.1:0?proxyProtocol=yes`);
    const peer = peerFor(server.url);
    await peer.send(LINE.subarray(0, 10));
    await exchange(server.url, 'x'); // the ten bytes are read then
    const before = performance.now();
    const stopped = server.stop();
    await until('it takes nobody any more', () => refuses(server.url));
    await peer.send(LINE.subarray(10, size));
    expect((await stopped).code).toBe(0);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

it('allow goes by the real peer, not by the one that a header names', async () => {
  const { url } = await start('http://127.0.0.1:0?proxyProtocol=yes&allow=127.0.0.1');
  const { answer } = await exchange(url, behind(line('192.0.2.7'), GOOD));
  expect(httpResponses(answer)).toMatchObject([{ body: 'one two' }]);
  const refused = await exchange(url, behind(line('127.0.0.1'), GOOD), {
    localAddress: '127.0.0.2',
  });
  expect(refused.answer).toBe('');
});

it('a request that came with its header is answered after a stop', async () => {
  const server = await start('http://127.0.0.1:0?proxyProtocol=yes');
  const peer = peerFor(server.url);
  await peer.send(LINE.subarray(0, 10));
  await exchange(server.url, 'x'); // the ten bytes are read then
  const stopped = server.stop();
  await until('it takes nobody any more', () => refuses(server.url));
  await peer.send(
    behind(LINE.subarray(10), httpRequest('/', { headers: ['X-App: bodies.single'] })),
  );
  const { answer } = await peer.finish();
  const [response] = httpResponses(answer);
  expect(response).toMatchObject({ status: 200, body: 'one two' });
  expect(response?.headers.get('connection')).toEqual(['close']);
  await stopped;
});

describe('the option', () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  it.each(['http://0.0.0.0:0', 'scgi://[::]:0'])(
    'needs a trust list where others connect: %s',
    async (at) => {
      const failure = await startFailure(app('every.js'), { listen: [`${at}?proxyProtocol=yes`] });
      expect(failure.code).toBe('ERR_OPTION_VALUE');
      expect(failure.message).toContain(`${at}?proxyProtocol=yes&trust=`);
      const server = await start(`${at}?proxyProtocol=yes&trust=127.0.0.1`);
      const port = /\d+$/.exec(server.url)?.[0];
      expect((await exchange(`http://127.0.0.1:${port}`, LINE, { half: true })).answer).toBe('');
      if (outside) await exchange(`http://${outside}:${port}`, LINE, { half: true });
      if (outside) await server.program.line(/is not on the (?:trust|allow) list/);
    },
  );

  it.each(['', 'true', '1', 'v2', 'Yes'])('is yes or no, not %j', async (value) => {
    const listen = [`http://127.0.0.1:0?proxyProtocol=${value}`];
    const { code, message } = await startFailure(app('every.js'), { listen });
    expect(code).toBe('ERR_OPTION_VALUE');
    expect(message).toContain(`proxyProtocol is yes or no, not ${JSON.stringify(value)}`);
  });

  it('may say no', async () => {
    const { url } = await start('http://127.0.0.1:0?proxyProtocol=no');
    expect((await exchange(url, GOOD)).answer).toMatch(/one two/);
  });

  it('has the trust list of the whole server where the address has none', async () => {
    const server = await start('http://127.0.0.1:0?proxyProtocol=yes', { trust: ['127.0.0.2'] });
    expect((await exchange(server.url, behind(LINE, GOOD))).answer).toBe('');
    const { answer } = await exchange(server.url, behind(LINE, GOOD), {
      localAddress: '127.0.0.2',
    });
    expect(answer).toMatch(/one two/);
  });
});
