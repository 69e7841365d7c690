// Sizes at their limit and one beyond.
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask } from './support/calls.ts';
import { LISTENERS } from './support/matrix.ts';
import { exchange, peerFor } from './support/peer.ts';
import { cpuTime } from './support/processes.ts';
import { scgiRequest } from './support/scgi.ts';
import { app, serverForTest } from './support/start-server.ts';

const listen = ['scgi://127.0.0.1:0'];
const GOOD = { HTTP_X_APP: 'bodies.single' };

describe('sizes', () => {
  const variables = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`X${at}`, '']));
  const ofSize = (size: number) => {
    const without = Number.parseInt(scgiRequest({ ...GOOD, HTTP_X_FILL: '' }), 10);
    return scgiRequest({ ...GOOD, HTTP_X_FILL: 'x'.repeat(size - without) });
  };

  it('1000 variables are read, 1001 refused', async () => {
    const { url } = await serverForTest(app('every.js'), { listen });
    const fixed = 8;
    const at = await exchange(url, scgiRequest({ ...GOOD, ...variables(1000 - fixed) }));
    expect(at.answer).toMatch(/^Status: 200 /);
    const beyond = await exchange(url, scgiRequest({ ...GOOD, ...variables(1001 - fixed) }));
    expect(beyond.answer).toMatch(/^Status: 431 /);
  });

  it('65536 bytes of headers are read, 65537 refused', async () => {
    const { url } = await serverForTest(app('every.js'), { listen });
    expect((await exchange(url, ofSize(65536))).answer).toMatch(/^Status: 200 /);
    expect((await exchange(url, ofSize(65537))).answer).toMatch(/^Status: 431 /);
  });

  it('headers that come byte by byte cost no more than their size', async () => {
    const server = await serverForTest(app('every.js'), { listen });
    const before = cpuTime(server.pid);
    const peer = peerFor(server.url);
    peer.socket.setNoDelay(true);
    const bytes = Buffer.from(ofSize(65536), 'latin1');
    for (let at = 0; at < bytes.length; at += 4) await peer.send(bytes.subarray(at, at + 4));
    expect((await peer.finish()).answer).toMatch(/^Status: 200 /);
    expect(cpuTime(server.pid) - before).toBeLessThan(2000);
  });

  it.each(LISTENERS)('long values of one kind of character are read at once: %s', async (name) => {
    const server = await serverForTest(app('every.js'), {
      listen: [`${name}://127.0.0.1:0`],
      trust: ['127.0.0.1'],
    });
    const backEnd = await backEndFor(server.url);
    await ask(backEnd, 'bodies.single');
    const size = name === 'ajp' ? 7_000 : 40_000; // a packet of AJP is 8192 bytes
    for (const character of ['a', ' ', ',', '"', ';', '=', '/', '%', '.', ':', '(', '\\']) {
      for (const field of ['COOKIE', 'HOST', 'X_FORWARDED_FOR', 'FORWARDED', 'CONNECTION']) {
        const before = cpuTime(server.pid);
        const value = `a${character.repeat(size)}b`;
        await ask(backEnd, 'bodies.single', { [`HTTP_${field}`]: value });
        expect(cpuTime(server.pid) - before, `${field} of ${character}`).toBeLessThan(200);
      }
    }
  });
});
