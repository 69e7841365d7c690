// SCGI requests byte for byte, with what they mean (protocol text of 2008-06-23).
import { hex, latin1 } from './bytes.ts';

/** A request that is right. */
export interface ScgiRequestVector {
  /** What it shows. */
  readonly name: string;
  /** The section that it comes from. */
  readonly section: string;
  readonly bytes: Uint8Array;
  /** Name, value, name, value … */
  readonly variables: readonly string[];
  readonly body: string;
}

export const REQUESTS: readonly ScgiRequestVector[] = [
  {
    name: 'the example of the text',
    section: 'Example',
    bytes: hex(`37 30 3a 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 00 32 37 00 53 43 47
      49 00 31 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 00 50 4f 53 54 00
      52 45 51 55 45 53 54 5f 55 52 49 00 2f 64 65 65 70 74 68 6f 75 67 68 74
      00 2c 57 68 61 74 20 69 73 20 74 68 65 20 61 6e 73 77 65 72 20 74 6f 20
      6c 69 66 65 3f`),
    variables: [
      ...['CONTENT_LENGTH', '27', 'SCGI', '1', 'REQUEST_METHOD', 'POST'],
      ...['REQUEST_URI', '/deepthought'],
    ],
    body: 'What is the answer to life?',
  },
  {
    name: 'no body, and an empty value',
    section: 'Protocol, "headers"',
    bytes: hex(`35 37 3a 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 00 30 00 53 43 47 49
      00 31 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 00 47 45 54 00 51 55
      45 52 59 5f 53 54 52 49 4e 47 00 00 2c`),
    variables: [
      ...['CONTENT_LENGTH', '0', 'SCGI', '1', 'REQUEST_METHOD', 'GET'],
      ...['QUERY_STRING', ''],
    ],
    body: '',
  },
  {
    name: 'a value of bytes above 0x7f, one character for each',
    section: 'Protocol, "headers"; PEP 3333, "Unicode Issues"',
    bytes: hex(`35 35 3a 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 00 32 00 53 43 47 49
      00 31 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 00 50 55 54 00 48 54
      54 50 5f 58 5f 41 00 c3 a9 00 2c 68 69`),
    variables: [
      ...['CONTENT_LENGTH', '2', 'SCGI', '1', 'REQUEST_METHOD', 'PUT'],
      ...['HTTP_X_A', '\u00c3\u00a9'],
    ],
    body: 'hi',
  },
  {
    name: 'REQUEST_URI alone, as nginx sends it',
    section: 'Protocol, "headers"',
    bytes: hex(`35 37 3a 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 00 30 00 53 43 47 49
      00 31 00 52 45 51 55 45 53 54 5f 4d 45 54 48 4f 44 00 47 45 54 00 52 45
      51 55 45 53 54 5f 55 52 49 00 2f 00 2c`),
    variables: [
      ...['CONTENT_LENGTH', '0', 'SCGI', '1', 'REQUEST_METHOD', 'GET'],
      ...['REQUEST_URI', '/'],
    ],
    body: '',
  },
  {
    name: 'nothing but the two headers that must be there',
    section: 'Protocol, "headers"',
    bytes: hex(`32 34 3a 43 4f 4e 54 45 4e 54 5f 4c 45 4e 47 54 48 00 30 00 53 43 47 49
      00 31 00 2c`),
    variables: ['CONTENT_LENGTH', '0', 'SCGI', '1'],
    body: '',
  },
];

/** A header block: every item ended by NUL. */
export function block(...items: string[]): string {
  return items.map((item) => `${item}\0`).join('');
}

/** A netstring. */
export function netstring(text: string): string {
  return `${text.length}:${text},`;
}

/** Bytes that are no request: refused at their last byte, whatever follows. */
export interface ScgiMalformedVector {
  readonly name: string;
  readonly section: string;
  readonly bytes: Uint8Array;
  /** What follows in the same stream. */
  readonly rest: Uint8Array;
  readonly code: string;
  /** Undefined: the peer would not understand an answer. */
  readonly statusHint: number | undefined;
}

const LENGTH = 'Protocol, "[len]"';
const HEADERS = 'Protocol, "headers"';
const MIN = block('CONTENT_LENGTH', '0', 'SCGI', '1');
const ALL_OF_IT = block('CONTENT_LENGTH', '0', 'SCGI', '1', 'REQUEST_METHOD', 'GET');

function refused(
  section: string,
  code: string,
  statusHint: number | undefined,
  rows: readonly (readonly [name: string, wrong: string, rest: string])[],
): ScgiMalformedVector[] {
  return rows.map(([name, wrong, rest]) => {
    return { name, section, bytes: latin1(wrong), rest: latin1(rest), code, statusHint };
  });
}

function blocks(
  code: string,
  rows: readonly (readonly [name: string, block: string])[],
): ScgiMalformedVector[] {
  const rest = ',surplus';
  return refused(
    HEADERS,
    code,
    400,
    rows.map(([name, wrong]) => [name, netstring(wrong).slice(0, -1), rest]),
  );
}

const NOT_LENGTHS = ['', 'abc', '-1', '+1', '1e3', '5 ', ' 5', '0x5', '5.0', '5,5', '5abc'];
const TOO_LONG = ['18446744073709551616', '9007199254740992', '99999999999999999999'];
const INFINITE = ['Infinity', 'NaN', '1_0', '\u00b2', '5\n'];

export const MALFORMED: readonly ScgiMalformedVector[] = [
  ...refused(LENGTH, 'ERR_SCGI_LENGTH', 400, [
    ['070: a leading zero', '07', '0:'],
    ['00: a leading zero', '00', ':,'],
    ['-1: a sign', '-', '1:'],
    ['+7: a sign', '+', '7:'],
    [' 7: a blank before', ' ', '7:'],
    ['7 : a blank behind', '7 ', ':'],
    ['0x10: hexadecimal', '0x', '10:'],
    ['7x: a letter', '7x', ':'],
    ['1e1: an exponent', '1e', '1:'],
    ['7.0: a fraction', '7.', '0:'],
    ['1_0: an underscore', '1_', '0:'],
    ['7\\0: a NUL', '7\0', ':'],
    ['7\\n: a line end', '7\n', ':'],
    ['a tab before', '\t', '7:'],
    ['no digits at all', ':', 'x,'],
    ['a comma for the colon', '24,', MIN],
    ['a digit that is not ASCII', '\u00b2', ':'],
    ['lower-case text', 'h', 'ello'],
  ]),
  ...refused(LENGTH, 'ERR_SCGI_HEADERS_TOO_LARGE', 431, [
    ['one above the limit', '65537', `:${MIN},`],
    ['99999999:', '99999', '999:'],
    ['100 GB', '100000', '000000:'],
    ['2^31', '214748', '3648:'],
    ['2^32 + 24', '429496', `7320:${MIN},`],
    ['2^64 + 24', '184467', `44073709551640:${MIN},`],
    ['digits without end', '111111', '1'.repeat(100)],
  ]),
  ...refused(HEADERS, 'ERR_SCGI_CONTENT_LENGTH', 400, [['0:, no headers', '0:', ',']]),
  ...refused('Protocol, "[netstring]"', 'ERR_SCGI_COMMA', 400, [
    ['another byte for the comma', `24:${MIN};`, ''],
    ['no comma', `24:${MIN}b`, 'ody'],
    ['a NUL for the comma', `24:${MIN}\0`, ','],
  ]),
  ...blocks('ERR_SCGI_HEADERS', [
    ['no NUL at the end', `${ALL_OF_IT}HTTP_HOST\0x`],
    ['no NUL behind the last name', `${ALL_OF_IT}HTTP_HOST`],
    ['no NUL anywhere', 'CONTENT_LENGTH=0'],
    ['a name without a value', `${ALL_OF_IT}HTTP_HOST\0`],
    ['an odd number of items', block('CONTENT_LENGTH', '0', 'SCGI')],
    ['an empty name first', `\0x\0${ALL_OF_IT}`],
    ['an empty name in the middle', `${MIN}\0x\0${block('REQUEST_METHOD', 'GET')}`],
    ['an empty name and value', `${ALL_OF_IT}\0\0`],
    ['a NUL too many', `${ALL_OF_IT}\0`],
    ['two REQUEST_METHOD that differ', `${ALL_OF_IT}${block('REQUEST_METHOD', 'POST')}`],
  ]),
  ...blocks('ERR_SCGI_CONTENT_LENGTH', [
    ['no CONTENT_LENGTH', block('SCGI', '1', 'REQUEST_METHOD', 'GET')],
    ['CONTENT_LENGTH in lower case', block('content_length', '0', 'SCGI', '1')],
    ['two CONTENT_LENGTH that differ', MIN + block('CONTENT_LENGTH', '5')],
    ['two spellings of one CONTENT_LENGTH', MIN + block('CONTENT_LENGTH', '00')],
    ...[...NOT_LENGTHS, ...TOO_LONG, ...INFINITE].map(
      (value) =>
        [`CONTENT_LENGTH ${JSON.stringify(value)}`, block('CONTENT_LENGTH', value)] as const,
    ),
  ]),
  ...blocks(
    'ERR_SCGI_VERSION',
    ['0', '2', '', '01', '1 ', '1.0', 'one'].map((value) => [
      `SCGI ${JSON.stringify(value)}`,
      block('CONTENT_LENGTH', '0', 'SCGI', value),
    ]),
  ),
  ...blocks('ERR_SCGI_VERSION', [['two SCGI that differ', MIN + block('SCGI', '2')]]),
  ...refused(LENGTH, 'ERR_SCGI_NOT_SCGI', undefined, [
    ['HTTP: GET', 'G', 'ET / HTTP/1.1\r\n\r\n'],
    ['HTTP: POST', 'P', 'OST / HTTP/1.1\r\n\r\n'],
    ['uwsgi', '\0', '\x23\0\0'],
    ['FastCGI', '\x01', '\x01\0\x01\0\x08\0\0'],
    ['AJP 1.3', '\x12', '\x34\0\x01\x0a'],
    ['TLS', '\x16', '\x03\x01'],
  ]),
];
