// Cases of set-ups with another server behind Sluice: what only a client of that server can get wrong.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { inTime } from '../../support/until.ts';
import type { Case, Site } from '../site.ts';
import { expectDigest } from './bodies.ts';

const BLOCK = 16384;
const BLOCKS = 4;
const CLIENTS = 50;
const TURNS = 4;

/** Beside the shared cases. */
export const serverCases = {
  'body: both ways at once': (site) => expectBothWays(site, { 'Content-Length': BLOCK * BLOCKS }),
  'clients: 50 at once, each with answers of its own': async (site) => {
    const client = async (number: number) => {
      for (let turn = 0; turn < TURNS; turn++) {
        const mark = `${number}-${turn}`;
        const environ = await site.environ(`/x?${mark}`, { headers: { 'X-Mark': mark } });
        expect([environ.QUERY_STRING, environ.HTTP_X_MARK]).toEqual([mark, mark]);
        if (turn % 2 === 0) await expectDigest(site, 'POST', randomBytes(1000 * number));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  },
  'https: the server is told': async (site) => {
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' };
    const environ = await site.environ('/x', { headers });
    expect(environ['wsgi.url_scheme'] ?? (environ.HTTPS === 'on' ? 'https' : 'http')).toBe('https');
  },
  'environ: the address of a trusted proxy’s client': async (site) => {
    const environ = await site.environ('/x', { headers: { 'X-Forwarded-For': '192.0.2.7' } });
    const isHttp = site.facts.variables.REMOTE_ADDR !== undefined; // that of Sluice
    expect(isHttp ? environ.HTTP_X_FORWARDED_FOR : environ.REMOTE_ADDR).toBe('192.0.2.7');
  },
} satisfies Record<string, Case>;

/** Sends a block, waits until it comes back, and so on. */
export async function expectBothWays(site: Site, headers: Record<string, number>): Promise<void> {
  const sent = Array.from({ length: BLOCKS }, () => randomBytes(BLOCK));
  let received = 0;
  let progress = openable();
  async function* body() {
    for (const [number, block] of sent.entries()) {
      yield block;
      while (received < (number + 1) * BLOCK) await inTime('a block comes back', progress.promise);
    }
  }
  const answer = await site.open('/both-ways', { method: 'POST', headers, body: body() });
  const blocks: Buffer[] = [];
  for await (const block of answer) {
    blocks.push(block as Buffer);
    received += (block as Buffer).length;
    progress.resolve();
    progress = openable();
  }
  expect(Buffer.concat(blocks).equals(Buffer.concat(sent))).toBe(true);
}

/** A promise that is settled from outside. */
function openable(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
