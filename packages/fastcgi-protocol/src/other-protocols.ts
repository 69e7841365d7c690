// Tells what a peer speaks that does not speak FastCGI.

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;

/** A sentence about a first byte that is no FastCGI version: a misdirected web server is the usual cause. */
export function nameOtherProtocol(byte: number): string {
  const other = OTHER_PROTOCOLS[byte] ?? textual(byte);
  const what = other ? `; this looks like ${other} on a FastCGI port` : '';
  return `version ${byte} in a record, where FastCGI has 1${what}`;
}

function textual(byte: number): string | undefined {
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return 'SCGI';
  return byte >= LETTER_A && byte <= LETTER_Z ? 'HTTP' : undefined;
}

const OTHER_PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'uwsgi',
  18: 'AJP13',
  22: 'TLS',
};
