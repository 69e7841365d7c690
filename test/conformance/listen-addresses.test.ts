// Addresses of IPv4 and IPv6: which connections each of them takes.
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { app, serverForTest, startFailure } from './support/start-server.ts';

const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

/** Whether a server answers at a host. */
async function answers(url: string, host: string): Promise<boolean> {
  const port = /:(\d+)$/.exec(url)?.[1];
  return await get(`http://${host}:${port}`, '/').then(
    (text) => /^\d+:\d+$/.test(text),
    () => false,
  );
}

describe.skipIf(!HAS_IPV6)(HAS_IPV6 ? 'IPv6' : 'IPv6 (skipped: there is no ::1 here)', () => {
  describe.each(MODELS)('%s', (concurrency) => {
    it.each([
      ['http://[::1]:0', /^http:\/\/\[::1\]:\d+$/, { '[::1]': true, '127.0.0.1': false }],
      ['http://127.0.0.1:0', /^http:\/\/127\.0\.0\.1:\d+$/, { '[::1]': false, '127.0.0.1': true }],
      ['http://[::]:0', /^http:\/\/\[::\]:\d+$/, { '[::1]': true, '127.0.0.1': true }],
      ['http://0.0.0.0:0', /^http:\/\/0\.0\.0\.0:\d+$/, { '[::1]': false, '127.0.0.1': true }],
    ])('%s', async (address, shown, taken) => {
      const options = { listen: [address], concurrency, workers: 1 };
      const { url } = await serverForTest(app('worker.js'), options);
      expect(url).toMatch(shown);
      for (const [host, isTaken] of Object.entries(taken))
        expect([host, await answers(url, host)]).toEqual([host, isTaken]);
    });
  });

  it('peers by IPv4 at an address of IPv6 are known by their addresses of IPv4', async () => {
    const listen = ['scgi://[::]:0?allow=127.0.0.1'];
    const { url } = await serverForTest(app('worker.js'), { listen });
    const port = /:(\d+)$/.exec(url)?.[1];
    expect(await get(`scgi://127.0.0.1:${port}`, '/')).toMatch(/^\d+:\d+$/);
    await expect(get(`scgi://[::1]:${port}`, '/')).rejects.toThrow();
  });

  it('every address, and every address of IPv4, on one port: the first takes both', async () => {
    const listen = ['http://[::]:1', 'http://0.0.0.0:1'];
    const failure = await startFailure(app('worker.js'), { listen });
    expect(failure).toEqual({
      code: 'ERR_LISTEN_IN_USE',
      message: 'http://[::]:1 and http://0.0.0.0:1 are the same address: one listener for each',
    });
  });

  it('a port that is taken is named with its address', async () => {
    const { url } = await serverForTest(app('worker.js'), { listen: ['http://[::1]:0'] });
    const failure = await startFailure(app('worker.js'), { listen: [url] });
    expect(failure.code).toBe('ERR_LISTEN_IN_USE');
    expect(failure.message).toContain(url.slice('http://'.length));
  });
});

describe('options of an address', () => {
  it.each(['mode=660', 'owner=root', 'group=root'])('%s is for Unix sockets', async (option) => {
    const listen = [`http://127.0.0.1:0?${option}`];
    const failure = await startFailure(app('worker.js'), { listen });
    expect(failure.code).toBe('ERR_OPTION_VALUE');
    expect(failure.message).toMatch(/^http:.*: only the file of a Unix socket has a /);
  });

  it.each([
    ['owner=no-such-user', /there is no user "no-such-user"/],
    ['group=no-such-group', /there is no group "no-such-group"/],
    ['group=', /there is no group ""/],
  ])('%s is named', async (option, message) => {
    const listen = [`http+unix:/nowhere/s?${option}`];
    const failure = await startFailure(app('worker.js'), { listen });
    expect(failure.code).toBe('ERR_ACCOUNT_UNKNOWN');
    expect(failure.message).toMatch(/^http\+unix:\/nowhere\/s: /);
    expect(failure.message).toMatch(message);
  });
});
