// What is done to good bytes to make them bad.
import { join, latin1 } from '../vectors/bytes.ts';
import type { Random } from './random.ts';

/** Numbers that careless parsers take, wrap or round. */
const NUMBERS = [
  ...['', '0', '00', '1', '05', '7', '10', '23', '24', '25', '57', '70', '-0', '-1', '+5', '5 '],
  ...[' 5', '0x5', '5e0', '1e3', '5.0', '5,5', '1_0', 'NaN', 'Infinity', '\u00b2', '65535'],
  ...['65536', '65537', '99999', '2147483647', '2147483648', '4294967295', '4294967296'],
  ...['4294967320', '9007199254740991', '9007199254740992', '9007199254740993'],
  ...['18446744073709551615', '18446744073709551616', '99999999999999999999999'],
].map(latin1);

/** Bytes that mean something to somebody. */
const BYTES = Array.from(latin1('\0:,;=/ \t\r\n-+09azAZ\x01\x12\x16\x7f\x80\xff'));

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Does one to four of these things to bytes, which stay as they are; the result is new. */
export function mutate(
  random: Random,
  bytes: Uint8Array,
  words: readonly Uint8Array[],
): Uint8Array {
  let mutant = bytes;
  for (let times = 1 + random.below(4); times > 0; times--)
    mutant = mutateOnce(random, mutant, words);
  return mutant;
}

function mutateOnce(random: Random, bytes: Uint8Array, words: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(16));
  switch (random.below(10)) {
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return changed(bytes, at, () => random.pick(BYTES));
    case 2:
      return spliced(bytes, at, at, random.bytes(1 + random.below(8)));
    case 3:
      return spliced(bytes, at, at, random.pick(words));
    case 4:
      return spliced(bytes, at, to, NOTHING);
    case 5:
      return spliced(bytes, at, at, bytes.subarray(at, to)); // twice
    case 6:
      return spliced(bytes, at, to, random.pick(words));
    case 7:
      return bytes.subarray(0, at);
    case 8:
      return spliced(bytes, at, at, new Uint8Array(random.below(64)).fill(random.pick(BYTES)));
    default:
      return withNumber(random, bytes, at);
  }
}

const NOTHING = new Uint8Array(0);

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = change(copy[at] as number);
  return copy;
}

function spliced(bytes: Uint8Array, from: number, to: number, between: Uint8Array): Uint8Array {
  return join([bytes.subarray(0, from), between, bytes.subarray(to)]);
}

/** Replaces the first number from `at` on. */
function withNumber(random: Random, bytes: Uint8Array, at: number): Uint8Array {
  const isDigit = (index: number) => {
    const byte = bytes[index];
    return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
  };
  let start = at;
  while (start < bytes.length && !isDigit(start)) start++;
  while (start > 0 && isDigit(start - 1)) start--;
  let end = start;
  while (isDigit(end)) end++;
  return spliced(bytes, start, end, random.pick(NUMBERS));
}
