// Lengths from the wire: plain decimal digits and nothing else.

const DIGITS = /^[0-9]{1,16}$/;

/**
 * Reads a length written in decimal digits. `Number()` and `parseInt()` would also take `0x5`,
 * `5e0`, `" 5"`, `""` or `5abc`; two parsers that disagree on a length are a smuggled request.
 *
 * @returns the length, or undefined when the text is anything but digits or above 2^53-1
 */
export function parseLength(text: string): number | undefined {
  if (!DIGITS.test(text)) return undefined;
  const length = Number(text);
  return Number.isSafeInteger(length) ? length : undefined;
}
