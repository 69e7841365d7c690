// Bytes that are no HTTP request, or one that two readers would read differently: refused, and the connection is closed.
import { beforeAll, describe, expect, it } from 'vitest';
import { httpResponses } from './support/http.ts';
import { exchange, peerFor } from './support/peer.ts';
import { fdCount } from './support/processes.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const APP = 'X-App: echo.strict\r\n';
const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: h\r\n${APP}${more}\r\n`;
const post = (fields: string, body = '') =>
  `POST / HTTP/1.1\r\nHost: h\r\n${APP}${fields}\r\n${body}`;
const chunks = (text: string) => post('Transfer-Encoding: chunked\r\n', text);
const host = (value: string) => `GET / HTTP/1.1\r\nHost: ${value}\r\n${APP}\r\n`;

type Answer = 400 | 417 | 431 | 501 | 'not understood' | 'no answer but a refusal';
const CODING = 'not understood'; // 501 when the coding is not known, 400 when the length cannot be told
const REFUSAL = 'no answer but a refusal'; // the request was begun already: closing it says enough

const REFUSED: readonly [what: string, bytes: string, answer: Answer][] = [
  // Lengths (RFC 9112, section 6).
  [
    'two Content-Length that differ',
    post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'),
    400,
  ],
  [
    'two Content-Length that are equal',
    post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
    400,
  ],
  ['a list of lengths', post('Content-Length: 3, 3\r\n', 'abc'), 400],
  ['Content-Length with a sign', post('Content-Length: +3\r\n', 'abc'), 400],
  ['Content-Length below zero', post('Content-Length: -1\r\n'), 400],
  ['Content-Length in hexadecimal', post('Content-Length: 0x3\r\n', 'abc'), 400],
  ['Content-Length with an exponent', post('Content-Length: 1e1\r\n', '0123456789'), 400],
  ['Content-Length with a point', post('Content-Length: 3.0\r\n', 'abc'), 400],
  ['Content-Length with an underscore', post('Content-Length: 1_0\r\n', '0123456789'), 400],
  ['Content-Length with letters', post('Content-Length: 3abc\r\n', 'abc'), 400],
  ['Content-Length empty', post('Content-Length:\r\n'), 400],
  ['Content-Length beyond all numbers', post(`Content-Length: ${'9'.repeat(30)}\r\n`), 400],
  [
    'Content-Length and Transfer-Encoding',
    post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  [
    'Transfer-Encoding and Content-Length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '0\r\n\r\n'),
    400,
  ],
  ['gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), CODING],
  ['chunked, chunked', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), CODING],
  [
    'two Transfer-Encoding',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    CODING,
  ],
  [
    'Transfer-Encoding with a parameter',
    post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n'),
    CODING,
  ],
  ['Transfer-Encoding identity', post('Transfer-Encoding: identity\r\n', '0\r\n\r\n'), CODING],
  ['Transfer-Encoding xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), CODING],
  [
    'Transfer-Encoding with a control character',
    post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'),
    CODING,
  ],
  [
    'Transfer-Encoding with a blank before the colon',
    post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  [
    'Transfer-Encoding in HTTP/1.0',
    `POST / HTTP/1.0\r\n${APP}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  // Chunks (section 7.1).
  ['a chunk size in 0x', chunks('0x2\r\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk size with a sign', chunks('+2\r\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk size below zero', chunks('-2\r\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['no chunk size', chunks('\r\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk size of letters', chunks('gg\r\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk size beyond 2^64', chunks(`1${'0'.repeat(16)}\r\nhi\r\n0\r\n\r\n`), REFUSAL],
  ['a chunk size that ends in LF', chunks('2\nhi\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk that does not end', chunks('2\r\nhi0\r\n\r\n'), REFUSAL],
  ['a chunk that is longer than its size', chunks('2\r\nhello\r\n0\r\n\r\n'), REFUSAL],
  ['a chunk that ends in LF', chunks('2\r\nhi\n0\r\n\r\n'), REFUSAL],
  ['a trailer that is no field', chunks('2\r\nhi\r\n0\r\nno field\r\n\r\n'), REFUSAL],
  // Host and target (RFC 9112, section 3).
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Host', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['two equal Host', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['Host with a slash', host('a/b'), 400],
  ['Host with user information', host('u@h'), 400],
  ['Host with a blank', host('a b'), 400],
  ['Host with a comma', host('a,b'), 400],
  ['Host with a question mark', host('a?b'), 400],
  ['Host with a fragment', host('a#b'), 400],
  ['Host with a port of letters', host('a:http'), 400],
  ['Host with two ports', host('a:1:2'), 400],
  ['Host of half an address', host('[::1'), 400],
  ['Host with a byte above ASCII', host('h\xe9'), 400],
  [
    'two Content-Type',
    post('Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n'),
    400,
  ],
  ['two Authorization', get('/', 'Authorization: Basic a\r\nAuthorization: Basic b\r\n'), 400],
  ['user information in an absolute target', get('http://u@h/'), 400],
  ['another scheme', get('ftp://h/'), 400],
  ['a scheme without a host', get('http://'), 400],
  ['a scheme with a path alone', get('http:///x'), 400],
  ['a target without a slash', get('a'), 400],
  ['* for anything but OPTIONS', get('*'), 400],
  ['a fragment', get('/a#b'), 400],
  ['a fragment in the query', get('/a?b#c'), 400],
  ['a NUL in the path, encoded', get('/%C3%A9%00'), 400],
  ['a NUL in the path', get('/\0'), 400],
  ['a control character in the path', get('/\x01'), 400],
  ['a blank in the path', get('/a b'), 400],
  ['a tab in the path', get('/a\tb'), 400],
  // Versions and methods.
  ['HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['HTTP/0.9 with fields', 'GET /\r\nHost: h\r\n\r\n', 400],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', 400],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: h\r\n\r\n', 400],
  ['http/1.1', 'GET / http/1.1\r\nHost: h\r\n\r\n', 400],
  ['HTTP/1.10', 'GET / HTTP/1.10\r\nHost: h\r\n\r\n', 400],
  ['HTTP/1.', 'GET / HTTP/1.\r\nHost: h\r\n\r\n', 400],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a method in lower case', 'get / HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['CONNECT', 'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n', 501],
  ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 400],
  ['SCGI', '70:CONTENT_LENGTH\x000\0SCGI\x001\0,', 400],
  // Fields (section 5).
  ['a folded line', get('/', 'X-A: b\r\n c\r\n'), 400],
  ['a blank before the first field', 'GET / HTTP/1.1\r\n Host: h\r\n\r\n', 400],
  ['lines that end in LF', 'GET / HTTP/1.1\nHost: h\n\n', 400],
  ['one line that ends in LF', get('/', 'X-A: b\nX-B: c\r\n'), 400],
  ['a CR in a value', get('/', 'X-A: b\rX-B: c\r\n'), 400],
  ['a NUL in a value', get('/', 'X-A: b\0c\r\n'), 400],
  ['a control character in a value', get('/', 'X-A: b\x01c\r\n'), 400],
  ['DEL in a value', get('/', 'X-A: b\x7fc\r\n'), 400],
  ['an empty name', get('/', ': b\r\n'), 400],
  ['a name with a blank', get('/', 'X A: b\r\n'), 400],
  ['a blank before the colon', get('/', 'X-A : b\r\n'), 400],
  ['a byte above ASCII in a name', get('/', 'X-\xe9: b\r\n'), 400],
  ['a line without a colon', get('/', 'nonsense\r\n'), 400],
  ['an unknown expectation', get('/', 'Expect: 200-ok\r\n'), 417],
  // Sizes.
  ['a field that is too long', get('/', `X-A: ${'a'.repeat(70_000)}\r\n`), 431],
  ['too many fields', get('/', 'X-A: 0123456789012345678901234567890\r\n'.repeat(2000)), 431],
  ['a target that is too long', get(`/${'a'.repeat(70_000)}`), 431],
  ['a method without end', 'A'.repeat(100_000), 400],
];

describe('http: malformed requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['http://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  it.each(REFUSED)('%s', async (_what, bytes, expected) => {
    const before = server.log.length;
    const { answer } = await exchange(server.url, bytes);
    const [first, ...more] = httpResponses(answer);
    expect(more).toEqual([]);
    if (expected === REFUSAL) expect(first?.status ?? 400).toBeGreaterThanOrEqual(400);
    else {
      expect(first?.status).toBeOneOf(expected === CODING ? [400, 501] : [expected]);
      expect(first?.headers.get('connection')).toEqual(['close']);
      expect(first?.body).not.toMatch(/\.js|\n {4}at |read /);
      await until('a log line', () => server.log.length > before);
    }
    const { answer: good } = await exchange(server.url, get('/', 'Connection: close\r\n'));
    expect(httpResponses(good)).toMatchObject([{ status: 200, body: 'read 0' }]);
    const lines = server.log.slice(before);
    expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(1);
    for (const line of lines) expect(line).toMatch(/^warn: (?:http from 127\.0\.0\.1|ERR_)[ -~]*$/);
  });

  it('a refusal is seen although the client goes on sending', async () => {
    const surplus = 'x'.repeat(1_048_576);
    for (const bytes of [
      get('/#'),
      post('Content-Length: 1048576\r\nContent-Length: 1\r\n'),
      `POST /# HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n`,
    ]) {
      for (let times = 0; times < 20; times++) {
        const { answer } = await exchange(server.url, bytes + surplus);
        expect(httpResponses(answer)).toMatchObject([{ status: 400 }]);
      }
    }
  });

  it.each([
    ['FOO', 'FOO\r\n\r\n'],
    ['CONNECT', 'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a fragment', get('/#')],
    ['an unread body', 'POST /# HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n'],
  ])('a refused connection does not stay open because its client does: %s', async (_, bytes) => {
    await exchange(server.url, get('/', 'Connection: close\r\n'));
    const before = fdCount(server.pid);
    const peer = peerFor(server.url);
    await peer.send(bytes);
    await peer.sees(/^HTTP\/1\.1 [45]/);
    await until('its descriptor is free', () => fdCount(server.pid) <= before);
  });
});
