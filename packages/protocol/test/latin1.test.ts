// Latin-1, both ways and without loss.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as Latin1 from '../src/latin1.ts';

const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const LONG = Uint8Array.from({ length: 10_000 }, (_, at) => (at * 7) % 256);

afterEach(() => {
  vi.unstubAllGlobals();
});

async function load(withBuffer: boolean): Promise<typeof Latin1> {
  vi.resetModules();
  if (!withBuffer) vi.stubGlobal('Buffer', undefined);
  const module = await import('../src/latin1.ts');
  vi.unstubAllGlobals();
  return module;
}

describe.each([
  ['with Buffer', true],
  ['without Buffer', false],
])('latin-1 %s', (_name, withBuffer) => {
  it('carries each of the 256 bytes there and back', async () => {
    const { fromLatin1, toLatin1 } = await load(withBuffer);
    const text = fromLatin1(ALL);
    expect(text).toHaveLength(256);
    expect([...text].map((character) => character.codePointAt(0))).toEqual([...ALL]);
    expect([...toLatin1(text)]).toEqual([...ALL]);
    expect(Buffer.isBuffer(toLatin1(text))).toBe(withBuffer);
    expect([...toLatin1(fromLatin1(LONG))]).toEqual([...LONG]);
  });

  it('decodes a part', async () => {
    const { fromLatin1 } = await load(withBuffer);
    const bytes = new Uint8Array([0x61, 0x62, 0x63, 0x64]);
    expect(fromLatin1(bytes, 1)).toBe('bcd');
    expect(fromLatin1(bytes, 1, 3)).toBe('bc');
    expect(fromLatin1(bytes, 2, 2)).toBe('');
    expect(fromLatin1(bytes.subarray(1), 1)).toBe('cd');
    expect(fromLatin1(new Uint8Array(0))).toBe('');
  });

  it('refuses a character that is more than one byte, instead of losing half of it', async () => {
    const { toLatin1 } = await load(withBuffer);
    for (const text of ['\u0100', 'a\u20ac', '\u{1f600}', '\ud800', '\u0130', '\u212a']) {
      expect(() => toLatin1(text)).toThrow(
        expect.objectContaining({ code: 'ERR_PROTOCOL_LATIN1', blame: 'local' }),
      );
    }
    expect([...toLatin1('')]).toEqual([]);
    expect([...toLatin1('\0\u00ff')]).toEqual([0, 255]);
  });

  it('joins pieces', async () => {
    const { concatBytes } = await load(withBuffer);
    const piece = new Uint8Array([1, 2]);
    expect(concatBytes([piece])).toBe(piece);
    expect([...concatBytes([])]).toEqual([]);
    expect([...concatBytes([piece, new Uint8Array(0), new Uint8Array([3])])]).toEqual([1, 2, 3]);
    expect([...concatBytes([LONG.subarray(0, 5000), LONG.subarray(5000)])]).toEqual([...LONG]);
  });

  it('writes into memory at an offset, short texts and long ones', async () => {
    const { allocate, writeLatin1 } = await load(withBuffer);
    for (const size of [0, 1, 48, 49, 256, 5000]) {
      const text = Array.from({ length: size }, (_, at) => String.fromCharCode(at % 256)).join('');
      const target = allocate(size + 5).fill(0xaa);
      expect(writeLatin1(target, text, 3)).toBe(size + 3);
      expect([...target.subarray(0, 3), ...target.subarray(-2)]).toEqual(Array(5).fill(0xaa));
      expect([...target.subarray(3, -2)]).toEqual([...text].map((one) => one.charCodeAt(0)));
    }
  });

  it('writes into memory that is no Buffer, and into a part of it', async () => {
    const { writeLatin1 } = await load(withBuffer);
    const memory = new Uint8Array(220);
    expect(writeLatin1(memory.subarray(10), 'x'.repeat(100), 5)).toBe(105);
    expect([memory.indexOf(0x78), memory.lastIndexOf(0x78)]).toEqual([15, 114]);
  });

  it('refuses to write a character that is more than one byte', async () => {
    const { writeLatin1 } = await load(withBuffer);
    for (const wide of [
      '\u0100',
      'a\u20acb',
      `${'a'.repeat(100)}\u0100`,
      `\ud800${'a'.repeat(100)}`,
    ])
      expect(() => writeLatin1(new Uint8Array(200), wide, 0)).toThrow(
        expect.objectContaining({ code: 'ERR_PROTOCOL_LATIN1', blame: 'local' }),
      );
  });

  it('gives memory of the size that is asked for', async () => {
    const { allocate } = await load(withBuffer);
    for (const size of [0, 1, 10_000]) expect(allocate(size)).toHaveLength(size);
    expect(Buffer.isBuffer(allocate(1))).toBe(withBuffer);
  });
});
