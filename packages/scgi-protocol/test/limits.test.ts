// What a peer can make ScgiServerCodec hold, and how long it can keep it busy.
import type { ProtocolError } from '@sluice/protocol';
import { readAll } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../../test/vectors/bytes.ts';
import { block, netstring } from '../../../test/vectors/scgi.ts';
import { type ScgiLimits, ScgiServerCodec } from '../src/server-codec.ts';

const MIB = 1 << 20;

/** A header block of exactly `size` bytes. */
function blockOf(size: number): string {
  const start = `${block('CONTENT_LENGTH', '0')}FILL\0`;
  return `${start}${'x'.repeat(size - start.length - 1)}\0`;
}

/** A header block of exactly `count` headers, all of one name if so wished. */
function headers(count: number, sameName: boolean): string {
  const names = Array.from({ length: count - 1 }, (_, at) => (sameName ? 'X' : `X${at}`));
  return block('CONTENT_LENGTH', '0') + names.map((name) => `${name}\0\0`).join('');
}

function refusal(bytes: string, limits: ScgiLimits = {}): ProtocolError | undefined {
  try {
    expect(readAll(new ScgiServerCodec(limits), [latin1(bytes)])).toHaveLength(2);
    return undefined;
  } catch (error) {
    return error as ProtocolError;
  }
}

const tooLarge = expect.objectContaining({ code: 'ERR_SCGI_HEADERS_TOO_LARGE', statusHint: 431 });

describe('bytes of headers', () => {
  it.each([
    ['by default', {}, 65536],
    ['by option', { maxHeaderBytes: 100 }, 100],
    ['above the default', { maxHeaderBytes: MIB }, MIB],
  ])('are limited %s', (_name, limits, limit) => {
    expect(refusal(netstring(blockOf(limit)), limits)).toBeUndefined();
    expect(refusal(netstring(blockOf(limit + 1)), limits)).toEqual(tooLarge);
  });

  it('are refused before any of them is read', () => {
    expect(refusal('65537', {})).toEqual(tooLarge);
    expect(refusal('101', { maxHeaderBytes: 100 })).toEqual(tooLarge);
  });

  it('take no memory before they come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const codecs = Array.from({ length: 1000 }, () => new ScgiServerCodec());
    for (const codec of codecs) codec.feed(latin1('65536:'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });
});

describe.each([
  ['of their own', false],
  ['all the same', true],
])('headers with names %s', (_name, sameName) => {
  it.each([
    ['by default', {}, 1000],
    ['by option', { maxHeaders: 3 }, 3],
  ])('are limited %s', (_when, limits, limit) => {
    expect(refusal(netstring(headers(limit, sameName)), limits)).toBeUndefined();
    expect(refusal(netstring(headers(limit + 1, sameName)), limits)).toEqual(tooLarge);
  });
});

describe('processor time', () => {
  /** Seconds of processor time to read bytes that come one at a time. */
  function seconds(bytes: Uint8Array, limits: ScgiLimits): number {
    const codec = new ScgiServerCodec(limits);
    const types = new Set<string>();
    const start = process.cpuUsage();
    for (let at = 0; at < bytes.length; at++) {
      for (const event of codec.feed(bytes.subarray(at, at + 1))) types.add(event.type);
    }
    const { user, system } = process.cpuUsage(start);
    expect(types).toContain('end');
    return (user + system) / 1e6;
  }

  const limits = { maxHeaderBytes: MIB, maxHeaders: MIB };

  it.each([
    ['one header of 1 MiB', netstring(blockOf(MIB))],
    ['110000 headers', netstring(headers(110_000, false))],
    ['a body of 1 MiB', netstring(block('CONTENT_LENGTH', `${MIB}`)) + '-'.repeat(MIB)],
  ])('is below 2 s for %s, byte by byte', (_name, bytes) => {
    expect(seconds(latin1(bytes), limits)).toBeLessThan(2);
  });
});
