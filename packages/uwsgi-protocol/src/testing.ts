/**
 * A kit for tests of a uwsgi implementation, this one or another: packets byte for byte with what they
 * mean, builders for the peer's side of a conversation, and tools to cut bytes with.
 *
 * @packageDocumentation
 */
import { concatBytes, toLatin1 } from '@sluice/protocol';

export { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';

/** A transcript, what its header says and what it means. */
export interface UwsgiVector {
  /** What it shows. */
  readonly name: string;
  /** The section of uwsgi-docs, Protocol.rst, that it comes from. */
  readonly section: string;
  /** The bytes, all of them from one side. */
  readonly bytes: Uint8Array;
  /** First byte: the kind of the packet. */
  readonly modifier1: number;
  /** Second and third byte, little-endian: the size of the vars block. */
  readonly size: number;
  /** Fourth byte: the kind within the kind. */
  readonly modifier2: number;
  /** Name, value, name, value …; undefined where no vars block follows, or one that cannot be read. */
  readonly variables: readonly string[] | undefined;
  /** What follows the vars block, one character for each byte. */
  readonly body: string;
  /**
   * What a server of requests makes of it: `request`, `pong` (answers the ping), `wait` (for more bytes),
   * a number (refuses it with that HTTP status), or `close` (refuses it, and no answer would be understood).
   */
  readonly server: 'request' | 'pong' | 'wait' | 'close' | number;
}

const HEADER = 'The uwsgi packet header';
const VARS = 'The uwsgi vars';
const POST_SIZE_2 = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '2', 'PATH_INFO', '/a'];

/** Golden vectors: packets that show the wire format, good ones first. */
export const VECTORS: readonly UwsgiVector[] = [
  vector('one variable', VARS, 'request', ['REQUEST_METHOD', 'GET'], {
    hex: '00 15 00 00 0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 03 00 47 45 54',
  }),
  vector('a request with a body, which the size does not count', VARS, 'request', POST_SIZE_2, {
    hex: `00 38 00 00 0e 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 04 00 50 4f 53 54
      0e 00 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 01 00 32
      09 00 50 41 54 48 5f 49 4e 46 4f 02 00 2f 61 68 69`,
    body: 'hi',
  }),
  vector('an empty value; but no method, so no request', VARS, 400, ['QUERY_STRING', ''], {
    hex: '00 10 00 00 0c 00 51 55 45 52 59 5f 53 54 52 49 4e 47 00 00',
  }),
  vector(
    'sizes are little-endian; no method here either',
    HEADER,
    400,
    ['HTTP_X_A', 'x'.repeat(300)],
    {
      hex: `00 38 01 00 08 00 48 54 54 50 5f 58 5f 41 2c 01 ${'78 '.repeat(300)}`,
    },
  ),
  vector('ping', HEADER, 'pong', undefined, { hex: '64 00 00 00' }),
  vector('pong', HEADER, 501, undefined, { hex: '64 00 00 01' }),
  vector('the largest size', HEADER, 'wait', undefined, { hex: '00 ff ff 00' }),
  vector(
    'an answer: "HTTP" is modifier1 72, size 21588, modifier2 80',
    HEADER,
    'close',
    undefined,
    {
      hex: `48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d 0a 43 6f 6e 74 65 6e 74 2d 54 79 70 65 3a
      20 74 65 78 74 2f 70 6c 61 69 6e 0d 0a 0d 0a 6f 6b`,
    },
  ),
  vector('a generic response, as a spooler gives it', HEADER, 501, undefined, {
    hex: 'ff 00 00 01',
  }),
  vector('no variables: a packet, but no request', VARS, 400, [], { hex: '00 00 00 00' }),
  vector('a name of no bytes, and no value', VARS, 400, undefined, {
    hex: '00 08 00 00 01 00 41 01 00 42 00 00',
  }),
  vector('a value that reaches beyond the block', VARS, 400, undefined, {
    hex: '00 06 00 00 01 00 41 ff ff 42',
  }),
];

/** The four bytes before a vars block: modifier1, size (little-endian), modifier2. Nothing is checked. */
export function header(modifier1: number, size: number, modifier2 = 0): Uint8Array {
  return new Uint8Array([modifier1, size, size >> 8, modifier2]);
}

/** A vars block of name, value, name, value …, each behind its size. Nothing is checked: it can be wrong on purpose. */
export function vars(...items: string[]): Uint8Array {
  const sizeOf = ({ length }: string) => String.fromCharCode(length & 0xff, (length >> 8) & 0xff);
  return bytesOf(items.map((item) => sizeOf(item) + item).join(''));
}

/** What a web server sends: header, vars block, and a body that CONTENT_LENGTH among the items should announce. */
export function packet(
  items: readonly string[],
  body = '',
  modifier1 = 0,
  modifier2 = 0,
): Uint8Array {
  const block = vars(...items);
  const pieces = [header(modifier1, block.length, modifier2), block, bytesOf(body)];
  return new Uint8Array(concatBytes(pieces));
}

/** What a server answers: a plain HTTP/1.1 response, which ends where the connection does. */
export function response(
  status = '200 OK',
  headers: readonly (readonly [name: string, value: string])[] = [],
  body = '',
): Uint8Array {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return bytesOf(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
}

/** Memory of its own, and no Buffer, so that it compares equal to what others make. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(toLatin1(text));
}

function vector(
  name: string,
  section: string,
  server: UwsgiVector['server'],
  variables: readonly string[] | undefined,
  { hex, body = '' }: { readonly hex: string; readonly body?: string },
): UwsgiVector {
  const bytes = new Uint8Array(
    hex
      .trim()
      .split(/\s+/)
      .map((pair) => Number.parseInt(pair, 16)),
  );
  const [modifier1 = 0, low = 0, high = 0, modifier2 = 0] = bytes;
  const size = low | (high << 8);
  return { name, section, bytes, modifier1, size, modifier2, variables, body, server };
}
