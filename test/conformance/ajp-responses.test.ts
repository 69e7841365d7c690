// AJP13 responses: the packets they are in, what has no body, and how they end when they cannot be completed.
import { bytesOf, string } from 'ajp13-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ajpPeer, ajpRequest, payloadsOf } from './support/ajp.ts';
import { peerFor } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');

describe('ajp responses', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(EVERY, { listen: ['ajp://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  it('are packets of 8192 bytes at most, with 8184 of the body', async () => {
    const peer = ajpPeer(server.url);
    const body = 'abcdefg'.repeat(10_000);
    expect((await peer.post('echo.whole', { body })).body === body).toBe(true);
    const sizes = payloadsOf(peer.bytes).payloads.map(({ length }) => length + 4);
    expect(Math.max(...sizes)).toBe(8192);
  });

  it('to HEAD, and of status 204 and 304, have a head and nothing else', async () => {
    const peer = ajpPeer(server.url);
    const asked = (status: string) => ({
      attributes: bytesOf(5, string(encodeURIComponent(status))),
    });
    for (const name of ['heads.asked', 'heads.streamed']) {
      expect(await peer.ask(name, asked('204 No Content'))).toMatchObject({
        status: 204,
        body: '',
      });
      expect(await peer.ask(name, asked('304 Not Modified'))).toMatchObject({
        status: 304,
        body: '',
      });
      const head = { method: 3, ...asked('200 OK') };
      expect(await peer.ask(name, head)).toMatchObject({ status: 200, body: '', reuse: true });
    }
    const types = payloadsOf(peer.bytes).payloads.map(([type]) => type);
    expect(types.filter((type) => type === 3)).toEqual([]);
  });

  it('have reason and headers in order, bytes above ASCII too', async () => {
    const { status, reason, headers } = await ajpPeer(server.url).ask('heads.headers');
    expect({ status, reason }).toEqual({ status: 299, reason: 'Fine, \xe9' });
    expect(headers.filter(([name]) => name === 'Set-Cookie')).toHaveLength(2);
    expect(headers.find(([name]) => name === 'X-Bytes')?.[1]).toBe('caf\xe9');
  });

  it('that are cut short end the connection without End Response', async () => {
    const peer = ajpPeer(server.url);
    await peer.send(ajpRequest('heads.tooLate'));
    await peer.finish();
    expect(peer.heard.answers).toMatchObject([{ body: 'first', reuse: undefined }]);
  });

  it('a web server that leaves aborts sluice.signal', async () => {
    const journal = new Journal();
    const peer = ajpPeer(server.url);
    await peer.send(ajpRequest('lives.waits', { headers: [['x-journal', journal.path]] }));
    await journal.note('begun');
    peer.drop();
    await journal.note('aborted', 1000);
    expect(await journal.note('rejected')).toBe('ERR_GATEWAY_CLIENT_LEFT');
  });

  it('packetSize=65536 takes and sends larger packets', async () => {
    const { url } = await serverForTest(EVERY, { listen: ['ajp://127.0.0.1:0?packetSize=65536'] });
    const peer = peerFor(url);
    await peer.send(ajpRequest('environ', { headers: [['x-long', 'x'.repeat(40_000)]] }));
    await until('the end', () => peer.text.endsWith('AB\0\x02\x05\x01'));
    expect(peer.text).toContain('x'.repeat(40_000));
  });
});
