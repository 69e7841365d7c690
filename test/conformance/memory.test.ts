// How much memory a long request costs, when one side is slower than the other.
// 128 MiB each way; with SLUICE_FULL=1 a gibibyte, and the figures are written to SLUICE_FIGURES if that names a file.
import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { httpRequest } from './support/http.ts';
import { type Peer, peerFor } from './support/peer.ts';
import { residentBytes } from './support/processes.ts';
import { scgiRequest } from './support/scgi.ts';
import { app } from './support/start-server.ts';

const MEBIBYTE = 1_048_576;
const SIZE = (process.env.SLUICE_FULL ? 1024 : 128) * MEBIBYTE;
const MOST = 64 * MEBIBYTE; // more than before
const LONGEST = 40_000; // milliseconds
const REST = 10; // milliseconds between two mebibytes

const REQUESTS: Readonly<Record<string, { upload: string; download: string }>> = {
  scgi: {
    upload: scgiRequest({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(SIZE) }),
    download: scgiRequest({ QUERY_STRING: String(SIZE) }),
  },
  http: {
    upload: httpRequest('/', {
      method: 'POST',
      headers: ['Connection: close', `Content-Length: ${SIZE}`],
    }),
    download: httpRequest(`/?${SIZE}`, { headers: ['Connection: close'] }),
  },
};

describe.each(Object.keys(REQUESTS))('%s', (protocol) => {
  const { upload, download } = REQUESTS[protocol] as { upload: string; download: string };

  /** By how much a server grows at most while something is done. */
  async function growth(what: string, work: (url: string) => Promise<void>): Promise<void> {
    const { program, url } = await sluiceServe(app('mass.js'), [
      ...['--listen', `${protocol}://127.0.0.1:0`],
    ]);
    const before = residentBytes(program.pid);
    let most = before;
    const look = setInterval(() => {
      most = Math.max(most, residentBytes(program.pid));
    }, 20);
    const start = performance.now();
    await work(url).finally(() => clearInterval(look));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const figures = process.env.SLUICE_FIGURES;
    const grown = ((most - before) / MEBIBYTE).toFixed(1);
    if (figures)
      appendFileSync(
        figures,
        `${protocol} ${what} of ${SIZE / MEBIBYTE} MiB: ${grown} MiB more than ${(before / MEBIBYTE).toFixed(1)} MiB, in ${seconds} s\n`,
      );
    expect(most - before).toBeLessThanOrEqual(MOST);
    expect(Number(seconds) * 1000).toBeLessThanOrEqual(LONGEST);
    expect(program.log.filter((line) => /^(?:warn|error)/.test(line))).toEqual([]);
  }

  it('an upload to an application that reads slowly', { timeout: 2 * LONGEST }, async () => {
    await growth('upload', async (url) => {
      const peer = peerFor(url);
      await peer.send(upload);
      const block = Buffer.alloc(MEBIBYTE, 'x');
      for (let sent = 0; sent < SIZE; sent += block.length) await peer.send(block);
      const { answer } = await peer.finish(LONGEST);
      expect(answer).toContain(`read ${SIZE}`);
    });
  });

  it('a download by a client that reads slowly', { timeout: 2 * LONGEST }, async () => {
    await growth('download', async (url) => {
      const peer = peerFor(url, { highWaterMark: MEBIBYTE } as never);
      await peer.send(download);
      expect(await readSlowly(peer)).toBeGreaterThanOrEqual(SIZE);
    });
  });
});

/** Reads to the end, with a pause behind each mebibyte; keeps nothing. Gives the number of bytes. */
async function readSlowly(peer: Peer): Promise<number> {
  const { socket } = peer;
  socket.removeAllListeners('data');
  let size = 0;
  let rest = 0;
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length;
    rest += chunk.length;
    if (rest < MEBIBYTE) return;
    rest = 0;
    socket.pause();
    setTimeout(() => socket.resume(), REST);
  });
  await peer.ending;
  return size;
}
