// Writes records into memory that is there already (FastCGI 1.0, sections 3.3, 5.5 and 5.1).
import {
  HEADER_SIZE,
  MAX_ALIGNED_CONTENT,
  type ProtocolStatus,
  RecordType,
  type Role,
} from './constants.ts';

/** Bytes of an END_REQUEST or BEGIN_REQUEST with its header. */
export const FIXED_SIZE = 2 * HEADER_SIZE;

/** Bytes of padding that bring `size` bytes to a multiple of 8, as section 3.3 recommends. */
export function paddingOf(size: number): number {
  return -size & 7;
}

/** Bytes that a stream of `size` bytes takes as records of at most `most` bytes of content, a multiple of 8, each. */
export function streamSize(size: number, most: number): number {
  return Math.ceil(size / most) * HEADER_SIZE + size + paddingOf(size);
}

/** Writes a header; returns the offset behind it. */
export function putHeader(
  target: Uint8Array,
  at: number,
  type: number,
  id: number,
  size: number,
  padding: number,
): number {
  target[at] = 1;
  target[at + 1] = type;
  target[at + 2] = id >>> 8;
  target[at + 3] = id;
  target[at + 4] = size >>> 8;
  target[at + 5] = size;
  target[at + 6] = padding;
  target[at + 7] = 0;
  return at + HEADER_SIZE;
}

/** Writes `size` zero bytes; returns the offset behind them. */
export function putPadding(target: Uint8Array, at: number, size: number): number {
  for (let left = size; left > 0; left--) target[at + left - 1] = 0;
  return at + size;
}

/** Writes the empty record that ends a stream; returns the offset behind it. */
export function putEnd(target: Uint8Array, at: number, type: RecordType, id: number): number {
  return putHeader(target, at, type, id, 0, 0);
}

/** Writes bytes as records of at most `most` bytes of content; returns the offset behind them. */
export function putStream(
  target: Uint8Array,
  from: number,
  type: RecordType,
  id: number,
  bytes: Uint8Array,
  most = MAX_ALIGNED_CONTENT,
): number {
  let at = from;
  for (let start = 0; start < bytes.length; start += most) {
    const size = Math.min(most, bytes.length - start);
    at = putHeader(target, at, type, id, size, paddingOf(size));
    target.set(size === bytes.length ? bytes : bytes.subarray(start, start + size), at);
    at = putPadding(target, at + size, paddingOf(size));
  }
  return at;
}

/** Writes an END_REQUEST (section 5.5); returns the offset behind it. */
export function putEndRequest(
  target: Uint8Array,
  from: number,
  id: number,
  appStatus: number,
  protocolStatus: ProtocolStatus,
): number {
  const at = putHeader(target, from, RecordType.END_REQUEST, id, HEADER_SIZE, 0);
  target[at] = appStatus >>> 24;
  target[at + 1] = appStatus >>> 16;
  target[at + 2] = appStatus >>> 8;
  target[at + 3] = appStatus;
  target[at + 4] = protocolStatus;
  target[at + 5] = target[at + 6] = target[at + 7] = 0;
  return at + HEADER_SIZE;
}

/** Writes a BEGIN_REQUEST (section 5.1); returns the offset behind it. */
export function putBeginRequest(
  target: Uint8Array,
  from: number,
  id: number,
  role: Role,
  flags: number,
): number {
  const at = putHeader(target, from, RecordType.BEGIN_REQUEST, id, HEADER_SIZE, 0);
  target[at] = 0;
  target[at + 1] = role;
  target[at + 2] = flags;
  putPadding(target, at + 3, 5);
  return at + HEADER_SIZE;
}
