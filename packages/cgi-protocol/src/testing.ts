/**
 * A kit for tests of a CGI implementation, this one or another: responses byte for byte with what they
 * mean, a builder of what scripts print, and tools to cut bytes with. SCGI, uwsgi and FastCGI
 * applications answer in the same form.
 *
 * @packageDocumentation
 */
import { toLatin1 } from '@sluice/protocol';

export { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';

/** A response that is right, and what it means. */
export interface CgiVector {
  /** What it shows. */
  readonly name: string;
  /** The section of RFC 3875 that it comes from. */
  readonly section: string;
  /** All that the script prints. */
  readonly bytes: Uint8Array;
  /** The status that it means, said or not. */
  readonly status: number;
  /** The reason phrase, said or not. */
  readonly reason: string;
  /** What remains of the header fields, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The path that is to answer instead (section 6.2.2). */
  readonly localRedirect?: string;
  /** One character for each byte. */
  readonly body: string;
  /** Bytes beyond Content-Length, none by default. */
  readonly surplus?: number;
  /** In the form that Sluice writes: read and written again, the same bytes. */
  readonly ours?: boolean;
}

const TEXT = ['Content-Type', 'text/plain'] as const;

/** Golden vectors: responses in every form that the text allows, and what scripts make of it. */
export const VECTORS: readonly CgiVector[] = [
  {
    name: 'the answer to an SCGI request',
    section: '6.2.1',
    bytes: bytesOf('Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n42'),
    status: 200,
    reason: 'OK',
    headers: [TEXT],
    body: '42',
    ours: true,
  },
  {
    name: 'LF alone, and a status without a reason',
    section: '6.2.3',
    bytes: bytesOf('Status: 302\nLocation: http://x/\n\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', 'http://x/']],
    body: '',
  },
  {
    name: 'no Status: 200',
    section: '6.3.3',
    bytes: bytesOf('Content-Type: text/plain\n\nhi'),
    status: 200,
    reason: 'OK',
    headers: [TEXT],
    body: 'hi',
  },
  {
    name: 'a status of its own',
    section: '6.3.3',
    bytes: bytesOf('Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx'),
    status: 404,
    reason: 'Not Found',
    headers: [TEXT],
    body: 'x',
    ours: true,
  },
  {
    name: 'a local redirect',
    section: '6.2.2',
    bytes: bytesOf('Location: /other?a=1\n\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', '/other?a=1']],
    localRedirect: '/other?a=1',
    body: '',
  },
  {
    name: 'a client redirect',
    section: '6.2.3',
    bytes: bytesOf('Location: http://ex.org/\r\n\r\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', 'http://ex.org/']],
    body: '',
  },
  {
    name: 'a path with a Status is for the client',
    section: '6.2.2',
    bytes: bytesOf('Status: 303 See Other\r\nLocation: /done\r\n\r\n'),
    status: 303,
    reason: 'See Other',
    headers: [['Location', '/done']],
    body: '',
    ours: true,
  },
  {
    name: 'a created resource is no redirect, and its reason is filled in',
    section: '6.3.3',
    bytes: bytesOf(
      'Status: 201\r\nLocation: http://ex.org/9\r\nContent-Type: text/plain\r\n\r\nok',
    ),
    status: 201,
    reason: 'Created',
    headers: [['Location', 'http://ex.org/9'], TEXT],
    body: 'ok',
  },
  {
    name: 'no content',
    section: '6.3.3',
    bytes: bytesOf('Status: 204 No Content\r\n\r\n'),
    status: 204,
    reason: 'No Content',
    headers: [],
    body: '',
    ours: true,
  },
  {
    name: 'names in any case, no blank behind the colon, repeated fields kept apart',
    section: '6.3',
    bytes: bytesOf('content-type:text/html\r\nX-A:1\r\nX-A: 2\r\n\r\n'),
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
    bytes: bytesOf('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: text/plain\r\n\r\n'),
    status: 200,
    reason: 'OK',
    headers: [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], TEXT],
    body: '',
  },
  {
    name: 'a body cut at its Content-Length',
    section: '6.3.4',
    bytes: bytesOf('Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhiXX'),
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
    bytes: bytesOf('HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx'),
    status: 404,
    reason: 'Not Found',
    headers: [TEXT],
    body: 'x',
  },
  {
    name: 'CRLF and LF mixed, tabs and blanks around values, bytes above 0x7f',
    section: '6.3',
    bytes: bytesOf('Status:\t 200 F\u00fcr\u00df\t\nX-A: \u00c3\u00a9\u00a0\r\nX-B:\t\n\r\n\n\r\n'),
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
    bytes: bytesOf(
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
    bytes: bytesOf('Location: /x\nX-A: 1\n\n'),
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
    bytes: bytesOf('Location: //host/x\n\n'),
    status: 302,
    reason: 'Found',
    headers: [['Location', '//host/x']],
    body: '',
  },
];

/** What a script prints: lines of a header block, a blank line, and a body. Nothing is checked: it can be wrong on purpose. */
export function response(
  lines: readonly string[],
  body = '',
  lineEnd: '\n' | '\r\n' = '\r\n',
): Uint8Array {
  return bytesOf([...lines, '', body].join(lineEnd));
}

/** Memory of its own, and no Buffer, so that it compares equal to what others make. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(toLatin1(text));
}
