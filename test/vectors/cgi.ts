// CGI responses byte for byte, with what they mean (RFC 3875, section 6). SCGI, uwsgi and FastCGI
// applications answer in the same form.
import { latin1 } from './bytes.ts';

export { type CgiVector as CgiResponseVector, VECTORS as RESPONSES } from 'cgi-protocol/testing';

/** Bytes that are no response: refused with the blank line that ends them, status 502. */
export interface CgiMalformedVector {
  readonly name: string;
  readonly section: string;
  readonly bytes: Uint8Array;
  readonly code: string;
}

function refused(
  section: string,
  code: string,
  rows: readonly (readonly [name: string, head: string])[],
): CgiMalformedVector[] {
  return rows.map(([name, head]) => ({ name, section, bytes: latin1(`${head}\n\n`), code }));
}

const STATUSES = ['', 'abc', '99', '099', '0200', '1000', '2000 OK', '20', '2OO OK', '200OK'];
const MORE_STATUSES = ['+200', '-200', '200.0', '0x200', '600', '999', '100', '101', '199', '0'];
const LENGTHS = ['', 'abc', '+5', '-1', '5 5', '5,5', '5, 5', '0x5', '1e3', '5.0', '\u00b2'];
const LONG_LENGTHS = ['9007199254740992', '18446744073709551616', 'Infinity', 'NaN'];

export const MALFORMED: readonly CgiMalformedVector[] = [
  ...refused('6.3', 'ERR_CGI_HEAD', [
    ['a line without a colon', 'Content-Type: a/b\nhello'],
    ['output without a header', 'hello'],
    ['an empty name', 'Content-Type: a/b\n: v'],
    ['a blank in a name', 'Content Type: a/b'],
    ['a blank before the colon', 'Content-Type : a/b'],
    ['a tab before the colon', 'Content-Type\t: a/b'],
    ['a name that is no token', 'X(a): b'],
    ['a name with a quote', 'X"a: b'],
    ['a name beyond ASCII', 'X-\u00e9: b'],
    ['a NUL in a name', 'X\0: b'],
    ['a bare CR in a name', 'X\rY: b'],
    ['a folded line', 'X-A: b\n c'],
    ['a line folded with a tab', 'X-A: b\n\tc: d'],
    ['a blank before the first line', ' Content-Type: a/b'],
    ['a line of one blank', 'Content-Type: a/b\n \nX: y'],
    ['a NUL in a value', 'X-A: b\0c'],
    ['a bare CR in a value', 'X-A: b\rSet-Cookie: c=d'],
    ['two CR at a line end', 'X-A: b\r\r'],
    ['two Status', 'Status: 200\nStatus: 404'],
    ['two Status that are equal', 'Status: 200 OK\nstatus: 200 OK'],
    ['two Location', 'Location: http://a/\nLocation: http://b/'],
    ['two Content-Type', 'Content-Type: a/b\ncontent-type: c/d'],
    ['a status line that is not the first', 'X-A: b\nHTTP/1.1 200 OK'],
    ['a status line of a version that cannot be', 'HTTP/20 200 OK'],
    ['a status line of four digits', 'HTTP/1.1 2000 OK'],
    ['a status line without its blank', 'HTTP/1.1 200OK'],
    ['a NUL in a status line', 'HTTP/1.1 200 O\0K'],
    ['a bare CR in a status line', 'HTTP/1.1 200 O\rK'],
  ]),
  ...refused('6.3', 'ERR_CGI_HEAD', [['an empty block', '']]).map((vector) => ({
    ...vector,
    bytes: latin1('\n'),
  })),
  ...refused(
    '6.3.3',
    'ERR_CGI_STATUS',
    [...STATUSES, ...MORE_STATUSES].map((value) => [
      `Status ${JSON.stringify(value)}`,
      `Status: ${value}\nContent-Type: a/b`,
    ]),
  ),
  ...refused('6.3.3', 'ERR_CGI_STATUS', [
    ['a status line and a Status', 'HTTP/1.1 200 OK\nStatus: 404'],
    ['a status line that switches protocols', 'HTTP/1.1 101 Switching Protocols'],
    ['a status line above 599', 'HTTP/1.1 600 No'],
  ]),
  ...refused(
    '6.3.4',
    'ERR_CGI_CONTENT_LENGTH',
    [...LENGTHS, ...LONG_LENGTHS].map((value) => [
      `Content-Length ${JSON.stringify(value)}`,
      `Content-Type: a/b\nContent-Length: ${value}`,
    ]),
  ),
  ...refused('6.3.4', 'ERR_CGI_CONTENT_LENGTH', [
    ['two Content-Length that differ', 'Content-Length: 5\nContent-Length: 6'],
    ['two Content-Length that are equal', 'Content-Length: 5\ncontent-length: 5'],
    ['Transfer-Encoding', 'Content-Type: a/b\nTransfer-Encoding: chunked'],
    ['Transfer-Encoding that says nothing', 'Content-Type: a/b\ntransfer-encoding: identity'],
    ['Content-Length and Transfer-Encoding', 'Content-Length: 5\nTransfer-Encoding: chunked'],
  ]),
];
