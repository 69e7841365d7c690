// Compares secrets.

/**
 * Whether `size` bytes from `start` on are `expected`. Takes as long wherever they differ, so that the time
 * it takes tells nobody how much of a guess is right.
 */
export function sameBytes(
  bytes: Uint8Array,
  start: number,
  size: number,
  expected: Uint8Array,
): boolean {
  let difference = size ^ expected.length;
  for (let at = 0; at < expected.length; at++) {
    const byte = at < size ? (bytes[start + at] as number) : 0;
    difference |= byte ^ (expected[at] as number);
  }
  return difference === 0;
}
