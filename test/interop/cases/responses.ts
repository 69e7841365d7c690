// Cases: what of a response reaches the client.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { Cleanup } from '../../support/cleanup.ts';
import { openGate } from '../../support/gate.ts';
import { inTime, until } from '../../support/until.ts';
import type { Case, Site } from '../site.ts';

const DOWNLOAD = 8_388_608;
const ENOUGH = 262_144; // bytes after which a client leaves

/** Status, headers, body, and when they arrive. */
export const responseCases = {
  'status: 204 has no body': async (site) => {
    const { status, headers, body } = await site.exchange('/no-content');
    expect({ status, answer: headers['x-answer'], length: body.length }).toEqual({
      status: 204,
      answer: 'none',
      length: 0,
    });
    expect(headers['transfer-encoding']).toBeUndefined();
  },
  'status: 304 has no body': async (site) => {
    const { status, headers, body } = await site.exchange('/not-modified', {
      headers: { 'If-None-Match': '"same"' },
    });
    expect({ status, tag: headers.etag, length: body.length }).toEqual({
      status: 304,
      tag: '"same"',
      length: 0,
    });
  },
  'status: 404 of the application keeps its page': async (site) => {
    const { status, text } = await site.exchange('/nothing/here');
    expect({ status, text }).toEqual({
      status: 404,
      text: 'the application knows no /nothing/here\n',
    });
  },
  'status: 500 when the application throws, and it serves on': async (site) => {
    expect((await site.exchange('/faulty')).status).toBe(500);
    expect((await site.exchange('/environ')).status).toBe(200);
  },
  'location: 302 after a POST': (site) => expectLocation(site, 302),
  'location: 303 after a POST': (site) => expectLocation(site, 303),
  'location: 201 after a POST': (site) => expectLocation(site, 201),
  'location: 200 after a POST': (site) => expectLocation(site, 200),
  'headers: two Set-Cookie are kept apart': async (site) => {
    const { headers } = await site.exchange('/cookies');
    expect(headers['set-cookie']).toEqual([
      'a=1; Path=/; Expires=Fri, 31 Dec 2100 23:59:59 GMT',
      'b=2; Path=/',
    ]);
  },
  'headers: a long field of the response': async (site) => {
    const { status, headers, text } = await site.exchange('/long-head?3000');
    expect({ status, text }).toEqual({ status: 200, text: 'below a long head\n' });
    expect(headers['x-long']).toBe('v'.repeat(3000));
  },
  'body: 8 MiB': async (site) => {
    const { status, headers, body } = await site.exchange('/download');
    const whole = Buffer.concat(
      Array.from({ length: DOWNLOAD / 65536 }, (_, number) => Buffer.alloc(65536, number)),
    );
    expect({ status, length: body.length }).toEqual({ status: 200, length: DOWNLOAD });
    expect(headers['content-length'] ?? String(DOWNLOAD)).toBe(String(DOWNLOAD));
    expect(sha256(body)).toBe(sha256(whole));
  },
  'body: the first block arrives before the second is made': async (site) => {
    const cleanup = new Cleanup();
    try {
      const gate = await openGate(cleanup);
      const incoming = await site.open(`/stream?gate=${gate.path}${unbuffered(site)}`);
      const blocks = incoming.setEncoding('latin1')[Symbol.asyncIterator]();
      const first = await inTime('the first block', blocks.next());
      expect(first.value).toBe('first\n');
      await gate.arrival();
      gate.release();
      const second = await inTime('the second block', blocks.next());
      expect(second.value).toBe('second\n');
      expect((await blocks.next()).done).toBe(true);
    } finally {
      await cleanup.run();
    }
  },
  'body: the client leaves, and close() of the application is called': async (site) => {
    const cleanup = new Cleanup();
    try {
      const gate = await openGate(cleanup);
      const incoming = await site.open(`/endless?gate=${gate.path}${unbuffered(site)}`);
      let received = 0;
      incoming.on('error', () => {}); // it is cut short, by this test
      incoming.on('data', (block: Buffer) => {
        received += block.length;
      });
      await until('enough of the download', () => received >= ENOUGH);
      incoming.destroy();
      expect(await gate.departure()).toBe('closed');
    } finally {
      await cleanup.run();
    }
  },
  'log: wsgi.errors arrives there, and nowhere else': async (site) => {
    const { status, text } = await site.exchange('/error-log?line-4711');
    expect({ status, text }).toEqual({ status: 200, text: 'logged\n' });
    await until('the line is in the log', () => site.logs().includes('for the log: line-4711'));
  },
} satisfies Record<string, Case>;

function unbuffered({ facts }: Site): string {
  return facts.asksUnbuffered ? '&unbuffered' : '';
}

async function expectLocation(site: Site, status: number): Promise<void> {
  const body = Buffer.from('a=1');
  const answer = await site.exchange(`/redirect?${status}`, { method: 'POST', body });
  expect({ status: answer.status, location: answer.headers.location, text: answer.text }).toEqual({
    status,
    location: '/elsewhere?x=1',
    text: 'see elsewhere\n',
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
