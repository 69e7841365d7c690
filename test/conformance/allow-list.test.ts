// Who may connect: peers that are not on the list are closed before a byte is read.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask } from './support/calls.ts';
import { LISTENERS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { scgiRequest } from './support/scgi.ts';
import { scratch } from './support/scratch.ts';
import { app, serverForTest, startFailure } from './support/start-server.ts';
import { until } from './support/until.ts';

/** An address of this machine that is not loopback; undefined where there is none. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const good = scgiRequest({ HTTP_X_APP: 'bodies.single' });
const from = async (url: string, localAddress: string) => exchange(url, good, { localAddress });

describe('allow lists', () => {
  it('a refused peer is closed before a byte is read, with one log line', async () => {
    const server = await serverForTest(app('every.js'), {
      listen: ['scgi://127.0.0.1:0?allow=127.0.0.2'],
    });
    for (let times = 0; times < 5; times++) {
      // Nothing was sent: it is not the bytes that are refused.
      expect((await exchange(server.url, '')).answer).toBe('');
      expect((await from(server.url, '127.0.0.1')).answer).toBe('');
    }
    expect((await from(server.url, '127.0.0.2')).answer).toMatch(/^Status: 200 /);
    await until('a log line', () => server.log.length > 0);
    expect(server.log).toEqual([expect.stringMatching(/^warn: scgi: 127\.0\.0\.1 .*allow/)]);
  });

  it.each([
    ['127.0.0.1', ['127.0.0.1'], ['127.0.0.2']],
    ['127.0.0.0/30', ['127.0.0.1', '127.0.0.3'], ['127.0.0.4', '127.0.1.1']],
    ['::1,127.0.0.3', ['127.0.0.3'], ['127.0.0.1']],
    ['127.0.0.1/32,127.0.0.9', ['127.0.0.1', '127.0.0.9'], ['127.0.0.8']],
    ['192.0.2.0/24', [], ['127.0.0.1']],
  ])('%s lets in %j and not %j', async (list, inside, outside) => {
    const { url } = await serverForTest(app('every.js'), {
      listen: [`scgi://127.0.0.1:0?allow=${list}`],
    });
    for (const address of inside) expect((await from(url, address)).answer).toMatch(/^Status: 200/);
    for (const address of outside) expect((await from(url, address)).answer).toBe('');
  });

  it('an IPv4 peer of an IPv6 listener is known by its IPv4 address', async () => {
    const { url } = await serverForTest(app('every.js'), {
      listen: ['scgi://[::]:0?allow=127.0.0.1'],
    });
    const mapped = `scgi://127.0.0.1:${/\d+$/.exec(url)?.[0]}`;
    expect((await from(mapped, '127.0.0.1')).answer).toMatch(/^Status: 200/);
    expect((await from(mapped, '127.0.0.2')).answer).toBe('');
    expect((await exchange(url.replace('[::]', '[::1]'), good)).answer).toBe('');
  });

  it('peers on a Unix socket always pass', async () => {
    const path = join(scratch(), 's');
    const { url } = await serverForTest(app('every.js'), {
      listen: [`scgi+unix:${path}?allow=192.0.2.1`],
    });
    expect((await exchange(url, good)).answer).toMatch(/^Status: 200/);
  });

  it.each(LISTENERS)('every protocol has one: %s', async (protocol) => {
    const listen = [`${protocol}://127.0.0.1:0`];
    const refusing = await serverForTest(app('every.js'), { listen, allow: ['192.0.2.1'] });
    await expect(ask(await backEndFor(refusing.url), 'bodies.single')).rejects.toThrow();
    await until('a log line', () => refusing.log.length > 0);
    const letting = await serverForTest(app('every.js'), { listen, allow: ['127.0.0.0/8'] });
    expect((await ask(await backEndFor(letting.url), 'bodies.single')).text).toBe('one two');
  });

  it.each(LISTENERS)('a refused peer that tries again and again is one line: %s', async (name) => {
    const listen = [`${name}://127.0.0.1:0?allow=192.0.2.1`];
    const server = await serverForTest(app('every.js'), { listen });
    for (let times = 0; times < 20; times++) await exchange(server.url, 'x');
    await until('a log line', () => server.log.length > 0);
    expect(server.log).toHaveLength(1);
  });

  it.runIf(OUTSIDE)('by default only this machine may speak SCGI', async () => {
    const server = await serverForTest(app('every.js'), { listen: ['scgi://0.0.0.0:0'] });
    expect(server.log).toEqual([expect.stringMatching(/^warn: .*only peers on this machine/)]);
    const port = /\d+$/.exec(server.url)?.[0];
    expect((await exchange(`scgi://127.0.0.1:${port}`, good)).answer).toMatch(/^Status: 200/);
    expect((await exchange(`scgi://${OUTSIDE}:${port}`, good)).answer).toBe('');
  });

  it.each(['localhost', '127.0.0.1/33', '127.0.0.1/', '300.1.1.1', '127.0.0.1/a', '*', '::1/129'])(
    'a list that cannot be read stops the start: %s',
    async (entry) => {
      const listen = [`scgi://127.0.0.1:0?allow=127.0.0.1,${entry}`];
      const { code, message } = await startFailure(app('every.js'), { listen });
      expect(code).toBe('ERR_FRONT_END_ALLOW');
      expect(message).toContain(entry);
    },
  );

  it('an empty list in the address stops the start too: it would let everybody in', async () => {
    const listen = ['scgi://127.0.0.1:0?allow='];
    expect((await startFailure(app('every.js'), { listen })).code).toMatch(/^ERR_/);
  });
});
