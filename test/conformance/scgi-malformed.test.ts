// Bytes that are no SCGI request: refused clearly, with one line in the log, and never with a hang, a crash or a 200.
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange, Peer } from './support/peer.ts';
import { framed, netstring, scgiRequest } from './support/scgi.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const MUST = 'CONTENT_LENGTH\x000\0SCGI\x001\0REQUEST_METHOD\0GET\0REQUEST_URI\0/\0';
const BASE = [
  ['SCGI', '1'],
  ['REQUEST_METHOD', 'GET'],
  ['REQUEST_URI', '/'],
  ['SERVER_NAME', 'localhost'],
  ['SERVER_PORT', '80'],
  ['SERVER_PROTOCOL', 'HTTP/1.0'],
] as const;
const withLength = (value: string) => netstring([['CONTENT_LENGTH', value], ...BASE]);

/** What is sent, and the status that answers it; 'close': no answer could be understood. */
const REFUSED: readonly [what: string, bytes: string, status: 400 | 413 | 431 | 'close'][] = [
  ['a leading zero', `0${framed(MUST)}`, 400],
  ['070:', '070:', 400],
  ['00:', '00:,', 400],
  ['a minus sign', `-1:${MUST},`, 400],
  ['a plus sign', `+7:${MUST},`, 400],
  ['a blank first', ` 7:${MUST},`, 400],
  ['a blank behind', `7 :${MUST},`, 400],
  ['a hexadecimal length', `0x10:${MUST},`, 400],
  ['an exponent', `1e2:${MUST},`, 400],
  ['a decimal point', `7.0:${MUST},`, 400],
  ['a letter behind the digits', `7x:${MUST},`, 400],
  ['an underscore', `1_0:${MUST},`, 400],
  ['no digits', `:${MUST},`, 400],
  ['a line break', `\n70:${MUST},`, 400],
  ['digits above ASCII', '\xb2:', 400],
  ['no headers', '0:,', 400],
  ['a length above the limit', '65537:', 431],
  ['a length far above the limit', '99999999999:', 431],
  ['2^32 and more', '4294967366:', 431],
  ['2^64 and more', '18446744073709551686:', 431],
  ['digits without end', '9'.repeat(100_000), 431],
  ['another byte than the comma', `${MUST.length}:${MUST};`, 400],
  ['a length one too small', `${MUST.length - 1}:${MUST},`, 400],
  ['a length one too large', `${MUST.length + 1}:${MUST},,`, 400],
  ['no NUL at the end', framed(`${MUST}A\0b`), 400],
  ['an odd number of strings', framed(`${MUST}A\0`), 400],
  ['an empty name', framed(`${MUST}\0x\0`), 400],
  ['NUL alone', framed('\0'), 400],
  ['CONTENT_LENGTH missing', netstring(BASE), 400],
  ['CONTENT_LENGTH empty', withLength(''), 400],
  ['CONTENT_LENGTH abc', withLength('abc'), 400],
  ['CONTENT_LENGTH -1', withLength('-1'), 400],
  ['CONTENT_LENGTH +1', `${withLength('+1')}x`, 400],
  ['CONTENT_LENGTH 1e3', withLength('1e3'), 400],
  ['CONTENT_LENGTH 0x5', `${withLength('0x5')}12345`, 400],
  ['CONTENT_LENGTH with a blank', `${withLength('5 ')}12345`, 400],
  ['CONTENT_LENGTH 2^64', withLength('18446744073709551616'), 400],
  ['CONTENT_LENGTH 2^53', withLength('9007199254740992'), 400],
  ['CONTENT_LENGTH in lower case only', netstring([['content_length', '0'], ...BASE]), 400],
  [
    'two CONTENT_LENGTH that differ',
    netstring([['CONTENT_LENGTH', '0'], ['CONTENT_LENGTH', '5'], ...BASE]),
    400,
  ],
  [
    'two REQUEST_METHOD that differ',
    netstring([['CONTENT_LENGTH', '0'], ...BASE, ['REQUEST_METHOD', 'POST']]),
    400,
  ],
  [
    'SCGI 2',
    netstring([
      ['CONTENT_LENGTH', '0'],
      ['SCGI', '2'],
      ['REQUEST_METHOD', 'GET'],
    ]),
    400,
  ],
  [
    'SCGI empty',
    netstring([
      ['CONTENT_LENGTH', '0'],
      ['SCGI', ''],
      ['REQUEST_METHOD', 'GET'],
    ]),
    400,
  ],
  [
    'neither method nor path',
    netstring([
      ['CONTENT_LENGTH', '0'],
      ['SCGI', '1'],
    ]),
    400,
  ],
  ['1001 variables', scgiRequest(many(1001 - 7)), 431],
  ['CONTENT_LENGTH above maxBodyBytes', withLength('1000001'), 413],
  ['HTTP', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', 'close'],
  ['HTTP with a body', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi', 'close'],
  ['uwsgi', '\0#\0\0\x0e\0REQUEST_METHOD\x03\0GET\x09\0PATH_INFO\x01\0/', 'close'],
  ['FastCGI', '\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0', 'close'],
  ['AJP13', '\x124\0\x01\x0a', 'close'],
  ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 'close'],
];

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`X${at}`, '']));
}

describe('scgi: malformed requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), {
      listen: ['scgi://127.0.0.1:0'],
      maxBodyBytes: 1_000_000,
    });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  it.each(REFUSED)('%s', async (_what, bytes, status) => {
    const before = server.log.length;
    const { answer } = await exchange(server.url, bytes);
    if (status === 'close') expect(answer).toBe('');
    else expect(answer).toMatch(new RegExp(`^Status: ${status} [^\r\n]+\r\n(?:[^\r\n]+\r\n)+\r\n`));
    expect(answer).not.toMatch(/\.js|\n {4}at /);
    // Exactly one line, though a second would come a little later: so another request goes between.
    await until('a log line', () => server.log.length > before);
    const good = await exchange(server.url, scgiRequest({ HTTP_X_APP: 'bodies.single' }));
    expect(good.answer).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\none two$/);
    expect(server.log.slice(before)).toHaveLength(1);
    expect(server.log.at(-1)).toMatch(/^warn: scgi from 127\.0\.0\.1:\d+: [\x20-\x7e]{10,4200}$/);
  });

  it('a log line names peer, protocol and reason', async () => {
    const peer = new Peer(server.url);
    await peer.send('070:');
    const port = peer.socket.localPort;
    await peer.finish();
    await server.program.line(new RegExp(`scgi from 127\\.0\\.0\\.1:${port}: .*leading zero`));
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['POST / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['\0#\0\0', 'uwsgi'],
    ['\x01\x01\0\x01', 'FastCGI'],
    ['\x124\0\x01', 'AJP13'],
    ['\x16\x03\x01', 'TLS'],
  ])('%j: the log says what it looks like', async (bytes, name) => {
    const before = server.log.length;
    await exchange(server.url, bytes);
    await until('a log line', () => server.log.length > before);
    expect(server.log.at(-1)).toContain(`this looks like ${name} on an SCGI port`);
  });

  it('the answer is the same however the bytes arrive', async () => {
    for (const bytes of ['070:', `${MUST.length}:${MUST};`, framed(`${MUST}A\0`)]) {
      const peer = new Peer(server.url);
      for (const byte of bytes) await peer.send(byte);
      const { answer } = await peer.finish();
      expect(answer).toMatch(/^Status: 400 /);
    }
  });

  it('a connection without a byte is no news', async () => {
    const before = server.log.length;
    for (let times = 0; times < 10; times++) {
      expect((await exchange(server.url, '', { half: true })).answer).toBe('');
    }
    await exchange(server.url, scgiRequest());
    expect(server.log).toHaveLength(before);
  });

  it('a request cut anywhere in its headers is closed, without a hang', async () => {
    const whole = framed(MUST);
    for (let at = 1; at < whole.length; at++) {
      const { answer } = await exchange(server.url, whole.slice(0, at), { half: true });
      expect(answer).toMatch(/^(?:Status: 400 |$)/);
    }
  });
});
