// Text on the wire is bytes: latin-1 both ways, lossless (PEP 3333, "Unicode Issues").
import { ProtocolError } from './errors.ts';

interface NativeBuffer extends Uint8Array {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, at: number): number;
}
interface NativeBufferClass {
  allocUnsafe(size: number): Uint8Array;
  from(text: string, encoding: 'latin1'): Uint8Array;
  concat(list: readonly Uint8Array[]): Uint8Array;
  readonly prototype: NativeBuffer;
}

// Node's Buffer decodes ten times faster than a loop; codecs must run without it too.
const native = (globalThis as { Buffer?: NativeBufferClass }).Buffer;
const nativeSlice = native?.prototype.latin1Slice;
const nativeWrite = native?.prototype.latin1Write;
const nativeAllocate = native?.allocUnsafe;
const LOOP = 4096; // String.fromCharCode takes its arguments on the stack

/**
 * Decodes bytes to a string of characters U+0000 to U+00FF, one for each byte.
 *
 * @param bytes - the bytes
 * @param start - first byte, 0 by default
 * @param end - behind the last byte, the length by default
 */
export function fromLatin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (nativeSlice) return nativeSlice.call(bytes, start, end);
  let text = '';
  for (let at = start; at < end; at += LOOP) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + LOOP)));
  }
  return text;
}

const ABOVE_LATIN1 = /[^\0-\xff]/;

/**
 * Encodes a string of characters U+0000 to U+00FF, one byte for each.
 *
 * @throws ProtocolError `ERR_PROTOCOL_LATIN1` (blame `local`) when a character is above U+00FF
 */
export function toLatin1(text: string): Uint8Array {
  const wide = ABOVE_LATIN1.exec(text);
  if (wide) {
    throw new ProtocolError(
      'ERR_PROTOCOL_LATIN1',
      `character ${JSON.stringify(wide[0])} cannot be sent: one byte for each character`,
      { blame: 'local' },
    );
  }
  if (native) return native.from(text, 'latin1');
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Memory for `size` bytes that the caller is about to write, all of them: what it holds until then is undefined. */
export function allocate(size: number): Uint8Array {
  return nativeAllocate ? nativeAllocate(size) : new Uint8Array(size);
}

const SHORT = 48; // up to about here a loop costs less than a call out of JavaScript

/**
 * Writes a string of characters U+0000 to U+00FF into memory, one byte for each.
 *
 * @param target - the memory, large enough
 * @param text - the string
 * @param at - where its first byte goes
 * @returns the offset behind its last byte
 * @throws ProtocolError `ERR_PROTOCOL_LATIN1` (blame `local`) when a character is above U+00FF
 */
export function writeLatin1(target: Uint8Array, text: string, at: number): number {
  const size = text.length;
  if (size > SHORT && nativeWrite) {
    if (ABOVE_LATIN1.test(text)) toLatin1(text); // throws
    nativeWrite.call(target, text, at);
    return at + size;
  }
  let seen = 0;
  for (let index = 0; index < size; index++) {
    const code = text.charCodeAt(index);
    seen |= code;
    target[at + index] = code;
  }
  if (seen > 0xff) toLatin1(text); // throws
  return at + size;
}

/** Joins pieces into one; a single piece is returned as it is, not copied. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  if (native) return native.concat(pieces);
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
