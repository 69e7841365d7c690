// SCGI requests that are right, and bytes that are none (protocol text of 2008-06-23).
import { block, netstring } from 'scgi-protocol/testing';
import { latin1 } from './bytes.ts';

export { block, netstring, VECTORS as REQUESTS } from 'scgi-protocol/testing';

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
