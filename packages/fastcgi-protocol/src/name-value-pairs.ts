// Name-value pairs (FastCGI 1.0, section 3.4): the content of PARAMS, GET_VALUES and GET_VALUES_RESULT.
import { fromLatin1, knownName, ProtocolError, toLatin1 } from '@sluice/protocol';
import { refuse } from './errors.ts';

const LONG = 0x80; // the bit that says: four bytes of length
const MAX_LENGTH = 0x7fffffff;

/**
 * Encodes pairs, each length in as few bytes as it needs.
 *
 * @param pairs - name, value, name, value …, characters U+0000 to U+00FF
 * @throws ProtocolError `ERR_FASTCGI_COMMAND` or `ERR_PROTOCOL_LATIN1` (blame `local`) when they cannot be written
 */
export function encodePairs(pairs: readonly string[]): Uint8Array {
  let text = '';
  for (let at = 0; at < pairs.length; at += 2) text += pairText(pairs[at], pairs[at + 1]);
  return toLatin1(text);
}

/**
 * One pair as characters, one for each byte.
 *
 * @throws ProtocolError `ERR_FASTCGI_COMMAND` (blame `local`) for an empty name, or a name without a value
 */
export function pairText(name: string | undefined, value: string | undefined): string {
  if (!name) throw refuse('a variable without a name');
  if (value === undefined) throw refuse(`a name without a value: ${JSON.stringify(name)}`);
  return lengthText(name.length) + lengthText(value.length) + name + value;
}

/** A length as one character, or as four. */
function lengthText(length: number): string {
  if (length < LONG) return String.fromCharCode(length);
  if (length > MAX_LENGTH) throw refuse(`a name or value of ${length} characters`);
  const high = LONG | (length >>> 24);
  return String.fromCharCode(high, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

/**
 * Decodes pairs.
 *
 * @param bytes - a whole block of pairs
 * @returns name, value, name, value … in wire order, one character for each byte, empty names included
 * @throws ProtocolError `ERR_FASTCGI_PAIRS` when a pair is longer than what is left of the block
 */
export function decodePairs(bytes: Uint8Array): string[] {
  const pairs = readPairs(bytes, 0, bytes.length);
  if (pairs) return pairs;
  throw new ProtocolError('ERR_FASTCGI_PAIRS', OVERRUN);
}

/** What is wrong where {@link readPairs} gives nothing. */
export const OVERRUN = 'a name-value pair is longer than what is left of its block';

/** Decodes the pairs from `start` to `end`; undefined when one is longer than what is left. */
export function readPairs(bytes: Uint8Array, start: number, end: number): string[] | undefined {
  // One decode of the whole block and cuts of it: far cheaper than decoding each name and value.
  const text = fromLatin1(bytes, start, end);
  const pairs: string[] = [];
  // A length that is cut leads behind the end like any other, whatever is read in place of its rest.
  for (let at = start; at < end; ) {
    let nameLength = bytes[at++] as number;
    if (nameLength >= LONG) {
      nameLength = longLength(bytes, at - 1);
      at += 3;
    }
    if (at >= end) return undefined;
    let valueLength = bytes[at++] as number;
    if (valueLength >= LONG) {
      valueLength = longLength(bytes, at - 1);
      at += 3;
    }
    // Two lengths below 2^31 and an offset: exact in a double, where 32 bits would wrap around.
    const value = at + nameLength;
    const next = value + valueLength;
    if (next > end) return undefined;
    pairs.push(
      knownName(bytes, at, nameLength) ?? text.slice(at - start, value - start),
      text.slice(value - start, next - start),
    );
    at = next;
  }
  return pairs;
}

function longLength(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) & 0x7f) << 24; // at most 31 bits: never negative
  const middle = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8);
  return high | middle | (bytes[at + 3] as number);
}
