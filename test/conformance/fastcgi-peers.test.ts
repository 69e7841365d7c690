// Who may speak FastCGI: a web server that starts its programs says so in FCGI_WEB_SERVER_ADDRS (FastCGI 1.0, section 3.2).
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { exchange } from './support/peer.ts';
import { scratch } from './support/scratch.ts';
import { app, serverForTest, startFailure } from './support/start-server.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');
/** An address of this machine that is not loopback; undefined where there is none. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const started = (list: string, listen: string) =>
  serverForTest(EVERY, { listen: [listen] }, { ...process.env, FCGI_WEB_SERVER_ADDRS: list });

/** The statuses that a request is answered with: one, or none when the connection was closed. */
async function statuses(url: string, localAddress?: string): Promise<number[]> {
  const options = localAddress === undefined ? {} : { localAddress };
  const { answer } = await exchange(url, fastcgiRequest('bodies.single'), options);
  return heardIn(answer).answers.map(({ status }) => status);
}

describe('FCGI_WEB_SERVER_ADDRS', () => {
  it('lets the listed ones in, by IPv4', async () => {
    const { url, log } = await started('127.0.0.1, ::1', 'fastcgi://127.0.0.1:0');
    expect(await statuses(url)).toEqual([200]);
    expect(log).toEqual([]);
  });

  it('by IPv6', async () => {
    const { url } = await started('127.0.0.1, ::1', 'fastcgi://[::1]:0');
    expect(await statuses(url)).toEqual([200]);
    const other = await started('127.0.0.1', 'fastcgi://[::1]:0');
    expect(await statuses(other.url)).toEqual([]);
  });

  it('by IPv4 at a listener of IPv6, where addresses are mapped', async () => {
    const { url, log } = await started('127.0.0.1', 'fastcgi://[::]:0');
    const port = /\d+$/.exec(url)?.[0];
    expect(await statuses(`fastcgi://127.0.0.1:${port}`, '127.0.0.1')).toEqual([200]);
    expect(await statuses(`fastcgi://127.0.0.1:${port}`, '127.0.0.2')).toEqual([]);
    expect(await statuses(`fastcgi://[::1]:${port}`)).toEqual([]);
    expect(log.filter((line) => /only peers on this machine/.test(line))).toEqual([]);
  });

  it('closes connections of others before a byte is read, with one log line', async () => {
    const server = await started('127.0.0.2,127.0.0.4/31', 'fastcgi://127.0.0.1:0');
    for (const outside of ['127.0.0.1', '127.0.0.1', '127.0.0.1']) {
      expect(await statuses(server.url, outside)).toEqual([]);
      expect((await exchange(server.url, '', { localAddress: outside })).answer).toBe('');
    }
    for (const inside of ['127.0.0.2', '127.0.0.4', '127.0.0.5'])
      expect(await statuses(server.url, inside)).toEqual([200]);
    await until('a log line', () => server.log.length > 0);
    expect(server.log).toEqual([expect.stringMatching(/^warn: fastcgi: 127\.0\.0\.1 .*allow/)]);
  });

  it('peers on a Unix socket always pass', async () => {
    const { url } = await started('192.0.2.1', `fastcgi+unix:${join(scratch(), 's')}`);
    expect(await statuses(url)).toEqual([200]);
  });

  it('an option goes before it, and it is no rule for other protocols', async () => {
    const { url } = await started('192.0.2.1', 'fastcgi://127.0.0.1:0?allow=127.0.0.1');
    expect(await statuses(url)).toEqual([200]);
    const other = await started('192.0.2.1', 'uwsgi://127.0.0.1:0');
    expect((await exchange(other.url, 'd\0\0\0')).answer).toBe('d\0\0\x01');
  });

  it('an empty one says nothing', async () => {
    const { url } = await started('', 'fastcgi://127.0.0.1:0');
    expect(await statuses(url)).toEqual([200]);
  });

  it.each(['localhost', '127.0.0.1, nonsense', '300.1.1.1'])(
    'one that cannot be read stops the start: %s',
    async (list) => {
      const env = { ...process.env, FCGI_WEB_SERVER_ADDRS: list };
      const { code } = await startFailure(EVERY, { listen: ['fastcgi://127.0.0.1:0'] }, env);
      expect(code).toBe('ERR_FRONT_END_ALLOW');
    },
  );
});

it.runIf(OUTSIDE).each(['fastcgi', 'uwsgi'])(
  'by default only this machine may speak %s',
  async (protocol) => {
    const server = await serverForTest(EVERY, { listen: [`${protocol}://0.0.0.0:0`] });
    expect(server.log).toEqual([expect.stringMatching(/^warn: .*only peers on this machine/)]);
    const port = /\d+$/.exec(server.url)?.[0];
    const question = protocol === 'uwsgi' ? 'd\0\0\0' : fastcgiRequest('bodies.single');
    const answers = await Promise.all(
      ['127.0.0.1', OUTSIDE].map((host) => exchange(`${protocol}://${host}:${port}`, question)),
    );
    expect(answers.map(({ answer }) => answer !== '')).toEqual([true, false]);
  },
);
