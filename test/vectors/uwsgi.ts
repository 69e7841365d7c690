// uwsgi packets that are no request, with the answer that each deserves (reference, section 5).
import { header, packet, vars } from 'uwsgi-protocol/testing';
import { join, latin1 } from './bytes.ts';

/** Bytes that are no request: refused at their last byte, whatever follows. */
export interface UwsgiMalformedVector {
  /** Row of the table "Malformed input". */
  readonly row: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What follows in the same stream. */
  readonly rest: Uint8Array;
  readonly code: string;
  /** Undefined: the peer would not understand an answer. */
  readonly statusHint: number | undefined;
}

type Case = readonly [name: string, bytes: Uint8Array, rest?: string];

function refused(
  row: number,
  code: string,
  statusHint: number | undefined,
  cases: readonly Case[],
): UwsgiMalformedVector[] {
  return cases.map(([name, bytes, rest = 'and more']) => {
    return { row, name, bytes, rest: latin1(rest), code, statusHint };
  });
}

/** A packet of a vars block that is given as bytes. */
function block(...pieces: Uint8Array[]): Uint8Array {
  const bytes = join(pieces);
  return join([header(0, bytes.length), bytes]);
}

const GET = ['REQUEST_METHOD', 'GET'];

function get(...items: string[]): Uint8Array {
  return packet([...GET, ...items]);
}

const REQUESTS_OF_OTHERS = [5, 6, 7, 8, 9, 11, 14, 15, 19, 35, 250];
const COMMANDS = [1, 2, 3, 10, 17, 18, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32, 33, 48, 72, 73, 74];
const MORE_COMMANDS = [95, 96, 97, 98, 99, 101, 109, 110, 111, 123, 173, 200, 224, 255];
const MODIFIERS = [...REQUESTS_OF_OTHERS, ...COMMANDS, ...MORE_COMMANDS];

const NOT_LENGTHS = ['abc', '-1', '+1', '1e3', '5 ', ' 5', '0x5', '5.0', '5,5', '5abc', ' '];
const TOO_LONG = ['9007199254740992', '18446744073709551616', '99999999999999999999'];
const INFINITE = ['Infinity', 'NaN', '1_0', '\u00b2', '5\n', '\0'];
const CONTROLS = [
  ['NUL', '\0'],
  ['CR', '\r'],
  ['LF', '\n'],
] as const;
const FOUR_A = 'A'.repeat(4);

export const MALFORMED: readonly UwsgiMalformedVector[] = [
  ...refused(
    1,
    'ERR_UWSGI_MODIFIER',
    501,
    MODIFIERS.flatMap((modifier1): Case[] => [
      [`modifier1 ${modifier1}`, header(modifier1, 0)],
      [
        `modifier1 ${modifier1} and variables`,
        header(modifier1, 21),
        '\x0e\0REQUEST_METHOD\x03\0GET',
      ],
    ]),
  ),
  ...refused(1, 'ERR_UWSGI_MODIFIER', 501, [
    ['a pong', header(100, 0, 1)],
    ['a ping with variables', header(100, 5, 0)],
    ['modifier1 22 for Perl', header(22, 5, 5)],
  ]),
  ...refused(1, 'ERR_UWSGI_NOT_UWSGI', undefined, [
    ...['GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC', 'TRAC', 'CONN', 'PROP', 'LOCK'].map(
      (start): Case => [`HTTP: ${start}`, latin1(start), ' / HTTP/1.1\r\n\r\n'],
    ),
    ['HTTP/2', latin1('PRI '), '* HTTP/2.0\r\n\r\n'],
    ['an HTTP answer', latin1('HTTP'), '/1.1 200 OK\r\n\r\n'],
    ['FastCGI', latin1('\x01\x01\0\x01'), '\0\x08\0\0'],
    ['AJP 1.3', latin1('\x12\x34\0\x01'), '\x0a'],
    ['TLS', latin1('\x16\x03\x01\x02'), '\0\x01'],
    ['SCGI of 7 bytes', latin1('7:CO'), 'NTENT'],
    ['SCGI of 70 bytes', latin1('70:C'), 'ONTENT_LENGTH\x000\0'],
    ['SCGI of 700 bytes', latin1('700:'), 'CONTENT_LENGTH\x000\0'],
    ['SCGI of 7000 bytes', latin1('7000'), ':CONTENT_LENGTH\x000\0'],
  ]),
  ...refused(3, 'ERR_UWSGI_VARS', 400, [
    ['the size of a name cut', block(vars(...GET), latin1('\x01'))],
    ['a name that reaches beyond the block', block(latin1('\x05\0ABCD'))],
    ['a name that ends where the block does', block(latin1('\x04\0ABCD'))],
    ['a name of 65535 bytes', block(latin1('\xff\xffA\x01\0B'))],
    ['no size of a value', block(vars(...GET, 'A'))],
    ['the size of a value cut', block(vars(...GET, 'A'), latin1('\x01'))],
    ['a value cut', block(vars(...GET), latin1('\x01\0A\x04\0BCD'))],
    ['a value of 65535 bytes', block(latin1('\x01\0A\xff\xffB'))],
    ['a value that reaches into the body', block(vars(...GET), latin1('\x01\0A\x01\0')), FOUR_A],
    ['a name that reaches into the body', block(vars(...GET), latin1('\x04\0')), FOUR_A],
    ['a value with its size the other way round', block(vars(...GET), latin1('\x01\0A\0\x01B'))],
    ['sizes of one byte', block(latin1('\x01A\x01B'))],
    ['no sizes', block(latin1('REQUEST_METHOD=GET'))],
  ]),
  ...refused(4, 'ERR_UWSGI_VARS', 400, [
    ['one byte behind the last variable', block(vars(...GET, 'A', 'B'), latin1('\0'))],
    ['three bytes behind the last variable', block(vars(...GET, 'A', 'B'), latin1('\x01\0A'))],
  ]),
  ...refused(5, 'ERR_UWSGI_VARS', 400, [
    ['an empty name first', packet(['', 'x', ...GET])],
    ['an empty name last', get('', 'x')],
    ['an empty name and value', get('', '')],
    ['no variables at all', header(0, 0)],
    ['no variables at all, modifier1 30', header(30, 0)],
  ]),
  ...refused(
    7,
    'ERR_UWSGI_CONTENT_LENGTH',
    400,
    [...NOT_LENGTHS, ...TOO_LONG, ...INFINITE].map((value): Case => {
      return [`CONTENT_LENGTH ${JSON.stringify(value)}`, get('CONTENT_LENGTH', value)];
    }),
  ),
  ...refused(8, 'ERR_UWSGI_CONTENT_LENGTH', 400, [
    ['two CONTENT_LENGTH that differ', get('CONTENT_LENGTH', '0', 'CONTENT_LENGTH', '5')],
    ['two spellings of one length', get('CONTENT_LENGTH', '5', 'CONTENT_LENGTH', '05')],
    ['an empty one and a length', get('CONTENT_LENGTH', '', 'A', 'B', 'CONTENT_LENGTH', '5')],
    ['a length and an empty one', get('CONTENT_LENGTH', '5', 'A', 'B', 'CONTENT_LENGTH', '')],
  ]),
  ...refused(10, 'ERR_UWSGI_METHOD', 400, [
    ['no REQUEST_METHOD', packet(['PATH_INFO', '/'])],
    ['REQUEST_METHOD in lower case', packet(['request_method', 'GET'])],
    ['two REQUEST_METHOD that differ', get('REQUEST_METHOD', 'POST')],
    ...['', ' ', 'GET ', 'GE T', 'G(T)', 'GET\u00e9', 'G\t', 'GET/'].map(
      (value): Case => [`method ${JSON.stringify(value)}`, packet(['REQUEST_METHOD', value])],
    ),
  ]),
  ...refused(
    12,
    'ERR_UWSGI_CONTROL',
    400,
    CONTROLS.flatMap(([what, byte]): Case[] => [
      [`${what} in a header`, get('HTTP_X', `a${byte}b`)],
      [`${what} first in a header`, get('HTTP_X', `${byte}b`)],
      [`${what} last in a header`, get('HTTP_X', `a${byte}`, 'PATH_INFO', '/')],
      [`${what} in a long header`, get('HTTP_X', `${'a'.repeat(2000)}${byte}b`)],
      [`${what} in a header that is left out`, get('HTTP_TRANSFER_ENCODING', `chunked${byte}`)],
      [`${what} in REQUEST_METHOD`, packet(['REQUEST_METHOD', `GET${byte}`])],
      [`${what} in SERVER_PROTOCOL`, get('SERVER_PROTOCOL', `HTTP/1.1${byte}`)],
    ]),
  ),
  ...refused(12, 'ERR_UWSGI_CONTROL', 400, [
    ['NUL in PATH_INFO', get('PATH_INFO', '/a\0b')],
    ['NUL in a long PATH_INFO', get('PATH_INFO', `/${'a'.repeat(200)}\0b`)],
  ]),
];
