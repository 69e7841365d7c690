// What a peer can make UwsgiServerCodec hold, and how long it can keep it busy.
import type { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { join } from '../../../test/vectors/bytes.ts';
import { type UwsgiLimits, UwsgiServerCodec } from '../src/server-codec.ts';
import { header, packet, readAll } from '../src/testing.ts';
import { failure } from './failure.ts';

const MIB = 1 << 20;
const GET = ['REQUEST_METHOD', 'GET'];
const GET_SIZE = 21;

/** A request with a vars block of exactly `size` bytes. */
function requestOf(size: number): Uint8Array {
  return packet([...GET, 'FILL', 'x'.repeat(size - GET_SIZE - 8)]);
}

/** A request with exactly `count` variables, all of one name if so wished. */
function variables(count: number, sameName: boolean): Uint8Array {
  const names = Array.from({ length: count - 1 }, (_, at) => (sameName ? 'X' : `X${at}`));
  return packet([...GET, ...names.flatMap((name) => [name, ''])]);
}

function refusal(bytes: Uint8Array, limits: UwsgiLimits = {}): ProtocolError | undefined {
  try {
    expect(readAll(new UwsgiServerCodec(limits), [bytes])).toHaveLength(2);
    return undefined;
  } catch (error) {
    return error as ProtocolError;
  }
}

describe('row 2: bytes of variables', () => {
  const tooLarge = expect.objectContaining({ code: 'ERR_UWSGI_VARS_TOO_LARGE', statusHint: 431 });

  it('are limited by the protocol itself', () => {
    expect(refusal(requestOf(65535))).toBeUndefined();
    expect(refusal(requestOf(65535), { maxVarsBytes: 1e9 })).toBeUndefined();
  });

  it.each([30, 100, 4096, 65534])('are limited to %i by option', (maxVarsBytes) => {
    expect(refusal(requestOf(maxVarsBytes), { maxVarsBytes })).toBeUndefined();
    expect(refusal(requestOf(maxVarsBytes + 1), { maxVarsBytes })).toEqual(tooLarge);
  });

  it('are refused before any of them is read, and nothing is read on', () => {
    const codec = new UwsgiServerCodec({ maxVarsBytes: 100 });
    const error = failure(() => codec.feed(header(0, 101)));
    expect(error).toEqual(tooLarge);
    expect(error.message).toContain('101');
    expect(codec.feed(packet(GET))).toEqual([]);
    expect(refusal(header(30, 101), { maxVarsBytes: 100 })).toEqual(tooLarge);
  });

  it('take no memory before they come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const codecs = Array.from({ length: 1000 }, () => new UwsgiServerCodec());
    for (const codec of codecs) codec.feed(header(0, 65535));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });
});

describe.each([
  ['of their own', false],
  ['all the same', true],
])('row 6: variables with names %s', (_name, sameName) => {
  it.each([
    ['by default', {}, 1000],
    ['by option', { maxVars: 3 }, 3],
    ['above the default', { maxVars: 5000 }, 5000],
  ])('are limited %s', (_when, limits, limit) => {
    expect(refusal(variables(limit, sameName), limits)).toBeUndefined();
    expect(refusal(variables(limit + 1, sameName), limits)).toMatchObject({
      code: 'ERR_UWSGI_TOO_MANY_VARS',
      statusHint: 400,
    });
  });
});

describe('processor time', () => {
  /** Seconds of processor time to read bytes that come one at a time. */
  function seconds(bytes: Uint8Array): number {
    const codec = new UwsgiServerCodec({ maxVars: 65535 });
    const types = new Set<string>();
    const start = process.cpuUsage();
    for (let at = 0; at < bytes.length; at++) {
      for (const event of codec.feed(bytes.subarray(at, at + 1))) types.add(event.type);
    }
    const { user, system } = process.cpuUsage(start);
    expect(types).toContain('end');
    return (user + system) / 1e6;
  }

  it.each([
    ['one variable of 64 KiB', requestOf(65535)],
    ['9000 variables', variables(9000, true)],
    ['a body of 1 MiB', join([packet([...GET, 'CONTENT_LENGTH', `${MIB}`]), new Uint8Array(MIB)])],
  ])('is below 2 s for %s, byte by byte', (_name, bytes) => {
    expect(seconds(bytes)).toBeLessThan(2);
  });
});
