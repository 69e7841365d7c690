// Bytes that are no uwsgi request: refused clearly, with one line in the log, and never with a hang, a crash or a 200.
import { header, packet, vars } from 'uwsgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { httpResponses } from './support/http.ts';
import { exchange, peerFor } from './support/peer.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';
import { uwsgiRequest, uwsgiVariables } from './support/uwsgi.ts';

const text = (characters: string) => Buffer.from(characters, 'latin1');
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
/** A packet with a block that is given as it is. */
const framed = (block: Uint8Array) => joined(header(0, block.length), block);
const good = (more: Record<string, string | undefined> = {}, ...twice: string[]) =>
  packet([...uwsgiVariables('bodies.single', more), ...twice]);
const GOOD = vars(...uwsgiVariables('bodies.single'));

const REQUEST_MODIFIERS = [0, 30];
const PING = 100;

type Refused = readonly [what: string, bytes: Uint8Array, status: number | 'close'];
/** What is sent, and the status that answers it; 'close': no answer could be understood. */
const REFUSED: readonly Refused[] = [
  ['eval', joined(header(22, 15), text('process.exit(1)')), 501],
  ['eval of nothing', header(22, 0), 501],
  ['a pong', header(PING, 0, 1), 501],
  ['a ping with a block', joined(header(PING, 4), text('\x01\0A\0')), 501],
  ['brutal reload', header(97, 0), 501],
  ['no variables', header(0, 0), 400],
  ['modifier1 30 without variables', header(30, 0), 400],
  ['a length of a name that is cut', framed(text('\x01')), 400],
  ['a name that is cut', framed(text('\x05\0AB')), 400],
  ['a name without a value', framed(text('\x01\0A')), 400],
  ['a length of a value that is cut', framed(text('\x01\0A\x01')), 400],
  ['a value that is cut', framed(text('\x01\0A\x05\0B')), 400],
  ['a value of 65535 bytes that are not there', framed(text('\x01\0A\xff\xffB')), 400],
  ['a name of 65535 bytes that are not there', framed(text('\xff\xffA')), 400],
  ['a byte behind the last value', framed(joined(GOOD, text('\0'))), 400],
  ['a name of no bytes', framed(joined(GOOD, text('\0\0\x01\0B'))), 400],
  ['two bytes behind the last value', framed(joined(GOOD, text('\0\0'))), 400],
  ['1001 variables', packet(many(1001)), 400],
  ...[
    'abc',
    '-1',
    '+1',
    '1e3',
    '0x5',
    '5 ',
    ' 5',
    '5,5',
    '9007199254740992',
    '18446744073709551616',
  ].map((value): Refused => [`CONTENT_LENGTH ${value}`, good({ CONTENT_LENGTH: value }), 400]),
  ['two CONTENT_LENGTH that differ', good({ CONTENT_LENGTH: '0' }, 'CONTENT_LENGTH', '5'), 400],
  ['CONTENT_LENGTH above maxBodyBytes', good({ CONTENT_LENGTH: '1000001' }), 413],
  ['REQUEST_METHOD missing', good({ REQUEST_METHOD: undefined }), 400],
  ['REQUEST_METHOD empty', good({ REQUEST_METHOD: '' }), 400],
  ['REQUEST_METHOD that is no token', good({ REQUEST_METHOD: 'G T' }), 400],
  ['two REQUEST_METHOD that differ', good({}, 'REQUEST_METHOD', 'POST'), 400],
  ...['HTTP_X', 'HTTP_HOST', 'REQUEST_METHOD', 'SERVER_PROTOCOL'].flatMap((name) =>
    ['\0', '\r', '\n'].map(
      (character): Refused => [
        `${JSON.stringify(character)} in ${name}`,
        good({ [name]: `GET${character}x` }),
        400,
      ],
    ),
  ),
  ['NUL in PATH_INFO', good({ PATH_INFO: '/a\0b' }), 400],
  ['PATH_INFO without a slash', good({ PATH_INFO: 'a' }), 400],
  ['HTTP', text('GET / HTTP/1.1\r\nHost: h\r\n\r\n'), 'close'],
  ['an HTTP answer', text('HTTP/1.1 200 OK\r\n\r\n'), 'close'],
  ['SCGI', text('70:CONTENT_LENGTH\x000\0'), 'close'],
  ['FastCGI', text('\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0'), 'close'],
  ['AJP13', text('\x124\0\x01\x0a'), 'close'],
  ['TLS', text('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'), 'close'],
];

function many(count: number): string[] {
  return Array.from({ length: count }, (_, at) => [`X${at}`, '']).flat();
}

describe('uwsgi: malformed requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), {
      listen: ['uwsgi://127.0.0.1:0'],
      maxBodyBytes: 1_000_000,
    });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const works = async () => {
    const { answer, ending } = await exchange(server.url, good());
    expect(httpResponses(answer)).toMatchObject([{ status: 200, body: 'one two' }]);
    expect(ending).toBe('closed');
  };

  it.each(REFUSED)('%s', async (_what, bytes, status) => {
    const before = server.log.length;
    const { answer } = await exchange(server.url, bytes);
    if (status === 'close') expect(answer).toBe('');
    else expect(httpResponses(answer)).toMatchObject([{ status }]);
    expect(answer).not.toMatch(/\.js|\n {4}at /);
    // Exactly one line, though a second would come a little later: so another request goes between.
    await until('a log line', () => server.log.length > before);
    await works();
    expect(server.log.slice(before)).toEqual([
      expect.stringMatching(/^warn: uwsgi from 127\.0\.0\.1:\d+: [\x20-\x7e]{10,4200}$/),
    ]);
  });

  it('no modifier but those of requests is interpreted: 501 by the first four bytes', async () => {
    const others = Array.from({ length: 256 }, (_, modifier1) => modifier1).filter(
      (modifier1) => ![...REQUEST_MODIFIERS, PING].includes(modifier1),
    );
    const before = server.log.length;
    for (const modifier1 of others) {
      const whole = await exchange(server.url, uwsgiRequest('faults.throws', {}, '', modifier1));
      const statuses = httpResponses(whole.answer).map(({ status }) => status);
      expect(statuses, `${modifier1}`).toEqual([501]);
      const four = await exchange(server.url, header(modifier1, 65_535));
      expect(httpResponses(four.answer), `${modifier1}`).toMatchObject([{ status: 501 }]);
    }
    await until('a line for each', () => server.log.length >= before + 2 * others.length);
    expect(server.log.slice(before).filter((line) => !/ERR_UWSGI_MODIFIER/.test(line))).toEqual([]);
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['POST / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['OPTIONS * HTTP/1.1\r\n\r\n', 'HTTP'],
    ['70:CONTENT', 'SCGI'],
    ['\x01\x01\0\x01', 'FastCGI'],
    ['\x124\0\x01', 'AJP13'],
    ['\x16\x03\x01\0', 'TLS'],
  ])('%j: the log says what it looks like', async (bytes, name) => {
    const before = server.log.length;
    await exchange(server.url, bytes);
    await until('a log line', () => server.log.length > before);
    expect(server.log.at(-1)).toContain(`this looks like ${name} on a uwsgi port`);
  });

  it('the answer is the same however the bytes arrive', async () => {
    for (const [bytes, status] of [
      [header(22, 0), 501],
      [header(0, 0), 400],
      [framed(text('\x01\0A\x05\0B')), 400],
    ] as const) {
      const peer = peerFor(server.url);
      for (const byte of bytes) await peer.send(new Uint8Array([byte]));
      expect(httpResponses((await peer.finish()).answer)).toMatchObject([{ status }]);
    }
  });

  it('a connection without a byte is no news', async () => {
    const before = server.log.length;
    for (let times = 0; times < 10; times++) {
      expect((await exchange(server.url, '', { half: true })).answer).toBe('');
    }
    await works();
    expect(server.log).toHaveLength(before);
  });

  it('a request cut anywhere in its head is closed: no answer, no hang', async () => {
    const whole = good();
    for (let at = 1; at < whole.length; at++) {
      const { answer } = await exchange(server.url, whole.subarray(0, at), { half: true });
      expect(answer).toBe('');
    }
    await works();
  });
});
