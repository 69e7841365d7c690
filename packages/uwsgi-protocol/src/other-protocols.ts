// What a misdirected web server speaks: told by its first four bytes.

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;
const BLANK = 0x20;

/**
 * The protocol that four bytes begin, where they are plainly no uwsgi header: one that has modifier1 of
 * a request is never asked about.
 */
export function otherProtocol(header: Uint8Array): string | undefined {
  const [first, second] = header;
  if (first === 0x01 && second === 0x01) return 'FastCGI'; // version 1, BEGIN_REQUEST
  if (first === 0x12 && second === 0x34) return 'AJP13';
  if (first === 0x16 && second === 0x03) return 'TLS';
  if (isMethod(header)) return 'HTTP';
  if (isNetstring(header)) return 'SCGI';
  return undefined;
}

/** `GET `, `POST`, `PRI ` …: three letters, then a letter or a blank. */
function isMethod(header: Uint8Array): boolean {
  for (let at = 0; at < 3; at++) if (!isLetter(header[at])) return false;
  return isLetter(header[3]) || header[3] === BLANK;
}

/** `7:`, `70:`, `512:`, `1024`: digits, then a colon or more digits than are here. */
function isNetstring(header: Uint8Array): boolean {
  let at = 0;
  while (at < 4 && isDigit(header[at])) at++;
  return at === 4 || (at > 0 && header[at] === COLON);
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= LETTER_A && byte <= LETTER_Z;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}
