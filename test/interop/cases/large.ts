// Cases: more bytes than any buffer on the way holds; run by one set-up for each server and protocol.
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Case } from '../site.ts';
import { expectDigest } from './bodies.ts';

const MEBIBYTE = 1_048_576;
const BLOCK = 65536; // of the download, each filled with its number

/** A long way in, and a long way out. */
export const largeCases = {
  'large: a body of 32 MiB': (site) => expectDigest(site, 'POST', randomBytes(32 * MEBIBYTE)),
  'large: a download of 64 MiB': async (site) => {
    const count = (64 * MEBIBYTE) / BLOCK;
    const hash = createHash('sha256');
    for (let number = 0; number < count; number++) hash.update(Buffer.alloc(BLOCK, number));
    const { status, body } = await site.exchange('/download?64');
    expect({ status, length: body.length }).toEqual({ status: 200, length: 64 * MEBIBYTE });
    expect(createHash('sha256').update(body).digest('hex')).toBe(hash.digest('hex'));
  },
} satisfies Record<string, Case>;
