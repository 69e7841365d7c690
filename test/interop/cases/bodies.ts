// Cases: methods and request bodies.
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Case, Site } from '../site.ts';

const MEBIBYTE = 1_048_576;

/** Posts a body, and expects its digest back. */
export async function expectDigest(
  site: Site,
  method: string,
  body: Uint8Array,
  sent: 'with its length' | 'in chunks' = 'with its length',
): Promise<void> {
  const answer = await site.exchange('/digest', {
    method,
    body: sent === 'in chunks' ? inChunks(body) : body,
  });
  expect(answer.status, answer.text.slice(0, 200)).toBe(200);
  expect(JSON.parse(answer.text)).toEqual({
    method,
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
}

async function* inChunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += 10_000) yield body.subarray(at, at + 10_000);
}

/** Every method, and bodies around the sizes of everybody's buffers. */
export const bodyCases = {
  'method: GET': async (site) => {
    const { status, reason, headers, text } = await site.exchange('/digest');
    expect({ status, reason, type: headers['content-type'] }).toEqual({
      status: 200,
      reason: 'OK',
      type: 'application/json',
    });
    expect(JSON.parse(text)).toMatchObject({ method: 'GET', length: 0 });
  },
  'method: HEAD': async (site) => {
    const { status, headers, body } = await site.exchange('/environ', { method: 'HEAD' });
    expect({ status, type: headers['content-type'], length: body.length }).toEqual({
      status: 200,
      type: 'application/json',
      length: 0,
    });
  },
  'method: POST': (site) => expectDigest(site, 'POST', Buffer.from('a=1&b=2')),
  'method: PUT': (site) => expectDigest(site, 'PUT', Buffer.from('content')),
  'method: PATCH': (site) => expectDigest(site, 'PATCH', Buffer.from('difference')),
  'method: DELETE': async (site) => {
    const { status, text } = await site.exchange('/digest', { method: 'DELETE' });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ method: 'DELETE', length: 0 });
  },
  'method: DELETE with a body': (site) => expectDigest(site, 'DELETE', Buffer.from('which one')),
  'body: 0 bytes': (site) => expectDigest(site, 'POST', Buffer.alloc(0)),
  'body: 1 byte': (site) => expectDigest(site, 'POST', randomBytes(1)),
  'body: 8191 bytes': (site) => expectDigest(site, 'POST', randomBytes(8191)),
  'body: 8192 bytes': (site) => expectDigest(site, 'POST', randomBytes(8192)),
  'body: 8193 bytes': (site) => expectDigest(site, 'POST', randomBytes(8193)),
  'body: 65535 bytes': (site) => expectDigest(site, 'POST', randomBytes(65535)),
  'body: 65536 bytes': (site) => expectDigest(site, 'POST', randomBytes(65536)),
  'body: 1 MiB': (site) => expectDigest(site, 'POST', randomBytes(MEBIBYTE)),
  'body: in chunks': (site) => expectDigest(site, 'POST', randomBytes(100_000), 'in chunks'),
  'body: 1 MiB that the application does not read': async (site) => {
    const body = randomBytes(MEBIBYTE);
    const { status, text } = await site.exchange('/unread', { method: 'POST', body });
    expect({ status, text }).toEqual({ status: 413, text: 'too large for this application\n' });
  },
} satisfies Record<string, Case>;
