// CGI responses byte for byte, with what they mean (RFC 3875, section 6). SCGI, uwsgi and FastCGI
// applications answer in the same form.
import { hex, latin1 } from './bytes.ts';

/** A response that is right. */
export interface CgiResponseVector {
  /** What it shows. */
  readonly name: string;
  /** The section of RFC 3875 that it comes from. */
  readonly section: string;
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly localRedirect?: string;
  readonly body: string;
  /** Bytes beyond Content-Length. */
  readonly surplus?: number;
  /** Written the way that we write: read and encoded again, the same bytes. */
  readonly ours?: boolean;
}

const TEXT = ['Content-Type', 'text/plain'] as const;

export const RESPONSES: readonly CgiResponseVector[] = [
  {
    name: 'the answer to an SCGI request',
    section: '6.2.1',
    bytes: hex(`53 74 61 74 75 73 3a 20 32 30 30 20 4f 4b 0d 0a 43 6f 6e 74 65 6e 74 2d
      54 79 70 65 3a 20 74 65 78 74 2f 70 6c 61 69 6e 0d 0a 0d 0a 34 32`),
    status: 200,
    reason: 'OK',
    headers: [TEXT],
    body: '42',
    ours: true,
  },
  {
    name: 'LF alone, and a status without a reason',
    section: '6.2.3',
    bytes: hex(`53 74 61 74 75 73 3a 20 33 30 32 0a 4c 6f 63 61 74 69 6f 6e 3a 20 68 74
      74 70 3a 2f 2f 78 2f 0a 0a`),
    status: 302,
    reason: 'Found',
    headers: [['Location', 'http://x/']],
    body: '',
  },
  {
    name: 'no Status: 200',
    section: '6.3.3',
    bytes: latin1('Content-Type: text/plain\n\nhi'),
    status: 200,
    reason: 'OK',
    headers: [TEXT],
    body: 'hi',
  },
  {
    name: 'a status of its own',
    section: '6.3.3',
    bytes: hex(`53 74 61 74 75 73 3a 20 34 30 34 20 4e 6f 74 20 46 6f 75 6e 64 0d 0a 43
      6f 6e 74 65 6e 74 2d 54 79 70 65 3a 20 74 65 78 74 2f 70 6c 61 69 6e 0d 0a 0d 0a 78`),
    status: 404,
    reason: 'Not Found',
    headers: [TEXT],
    body: 'x',
    ours: true,
  },
  {
    name: 'a local redirect',
    section: '6.2.2',
    bytes: latin1('Location: /other?a=1\n\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', '/other?a=1']],
    localRedirect: '/other?a=1',
    body: '',
  },
  {
    name: 'a client redirect',
    section: '6.2.3',
    bytes: latin1('Location: http://ex.org/\r\n\r\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', 'http://ex.org/']],
    body: '',
  },
  {
    name: 'a path with a Status is for the client',
    section: '6.2.2',
    bytes: latin1('Status: 303 See Other\r\nLocation: /done\r\n\r\n'),
    status: 303,
    reason: 'See Other',
    headers: [['Location', '/done']],
    body: '',
    ours: true,
  },
  {
    name: 'a created resource is no redirect, and its reason is filled in',
    section: '6.3.3',
    bytes: latin1('Status: 201\r\nLocation: http://ex.org/9\r\nContent-Type: text/plain\r\n\r\nok'),
    status: 201,
    reason: 'Created',
    headers: [['Location', 'http://ex.org/9'], TEXT],
    body: 'ok',
  },
  {
    name: 'no content',
    section: '6.3.3',
    bytes: latin1('Status: 204 No Content\r\n\r\n'),
    status: 204,
    reason: 'No Content',
    headers: [],
    body: '',
    ours: true,
  },
  {
    name: 'names in any case, no blank behind the colon, repeated fields kept apart',
    section: '6.3',
    bytes: latin1('content-type:text/html\r\nX-A:1\r\nX-A: 2\r\n\r\n'),
    status: 200,
    reason: 'OK',
    headers: [
      ['content-type', 'text/html'],
      ['X-A', '1'],
      ['X-A', '2'],
    ],
    body: '',
  },
  {
    name: 'cookies, never joined',
    section: '6.3.4',
    bytes: latin1('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: text/plain\r\n\r\n'),
    status: 200,
    reason: 'OK',
    headers: [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], TEXT],
    body: '',
  },
  {
    name: 'a body cut at its Content-Length',
    section: '6.3.4',
    bytes: latin1('Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhiXX'),
    status: 200,
    reason: 'OK',
    headers: [TEXT, ['Content-Length', '2']],
    body: 'hi',
    surplus: 2,
    ours: true,
  },
  {
    name: 'a status line, as HTTP servers begin',
    section: '5',
    bytes: latin1('HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx'),
    status: 404,
    reason: 'Not Found',
    headers: [TEXT],
    body: 'x',
  },
  {
    name: 'CRLF and LF mixed, tabs and blanks around values, bytes above 0x7f',
    section: '6.3',
    bytes: latin1('Status:\t 200 F\u00fcr\u00df\t\nX-A: \u00c3\u00a9\u00a0\r\nX-B:\t\n\r\n\n\r\n'),
    status: 200,
    reason: 'F\u00fcr\u00df',
    headers: [
      ['X-A', '\u00c3\u00a9\u00a0'],
      ['X-B', ''],
    ],
    body: '\n\r\n',
  },
  {
    name: 'what is for the server alone, or for one connection, is left out',
    section: '6.3.5',
    bytes: latin1(
      'X-CGI-Debug: 1\nConnection: close\nKeep-Alive: timeout=5\nUpgrade: h2c\nTE: trailers\n' +
        'Trailer: X\nProxy-Authenticate: Basic\nproxy-connection: close\nContent-Type: text/plain\n\n',
    ),
    status: 200,
    reason: 'OK',
    headers: [TEXT],
    body: '',
  },
  {
    name: 'a path with another field beside it is for the client',
    section: '6.2.2',
    bytes: latin1('Location: /x\nX-A: 1\n\n'),
    status: 302,
    reason: 'Found',
    headers: [
      ['Location', '/x'],
      ['X-A', '1'],
    ],
    body: '',
  },
  {
    name: 'two slashes are another host, not a path of ours',
    section: '6.2.2',
    bytes: latin1('Location: //host/x\n\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', '//host/x']],
    body: '',
  },
];

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
    ['a status line of another version', 'HTTP/2 200 OK'],
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
    ['a status line with an informal status', 'HTTP/1.0 100 Continue'],
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
