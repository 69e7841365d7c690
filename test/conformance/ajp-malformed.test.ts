// Bytes that are no AJP13: refused clearly, with one line in the log, and never with a hang, a crash or a 200.
import { bytesOf, integer, type Part, string, webServer } from 'ajp13-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ajpHeardIn, ajpPeer, ajpRequest } from './support/ajp.ts';
import { exchange, peerFor } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const text = (characters: string) => Buffer.from(characters, 'latin1');
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
const forward = (given: Parameters<typeof ajpRequest>[1] = {}) =>
  ajpRequest('bodies.single', given);
const withHeader = (name: string | number | undefined, value: string | undefined) =>
  forward({ headers: [[name, value]] });
const withAttribute = (...parts: readonly Part[]) => forward({ attributes: bytesOf(...parts) });
/** The packet of a request up to its n-th byte, with the length that it then has. */
const cutAt = (size: number) => webServer.packet(forward().subarray(4, 4 + size));
/** A request whose application waits for a body of 10 bytes. */
const active = ajpRequest('echo.strict', { method: 4, headers: [[0xa008, '10']] });

type Refused = readonly [what: string, bytes: Uint8Array, answer: 400 | 431 | 'close'];
/** What is sent, and the status that answers it; 'close': the connection ends, and nothing is answered with 200. */
const REFUSED: readonly Refused[] = [
  ['another first byte', text('\x13\x34\0\x01\x0a'), 'close'],
  ['another second byte', text('\x12\x35\0\x01\x0a'), 'close'],
  ['a packet of a container', text('AB\0\x01\x09'), 'close'],
  ['HTTP', text('GET / HTTP/1.1\r\nHost: h\r\n\r\n'), 'close'],
  ['SCGI', text('70:CONTENT_LENGTH\x000\0'), 'close'],
  ['uwsgi', text('\0#\0\0\x0e\0REQUEST_METHOD'), 'close'],
  ['FastCGI', text('\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0'), 'close'],
  ['TLS', text('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'), 'close'],
  ['a payload of 8189 bytes', text('\x12\x34\x1f\xfd'), 'close'],
  ['a payload of 65535 bytes', text('\x12\x34\xff\xff'), 'close'],
  ['SHUTDOWN', webServer.packet(7), 'close'],
  ...[0, 1, 3, 4, 5, 6, 8, 9, 11, 16, 30, 255].map(
    (type): Refused => [`a packet of type ${type}`, webServer.packet(type, 'x'), 'close'],
  ),
  ['CPing with more', webServer.packet(10, 'x'), 'close'],
  ['two empty packets', joined(webServer.endOfBody(), webServer.endOfBody()), 'close'],
  ['method 0', forward({ method: 0 }), 400],
  ['method 28', forward({ method: 28 }), 400],
  ['method 254', forward({ method: 254 }), 400],
  ['method 255 without its name', forward({ method: 255 }), 400],
  ['a stored method that is no token', forward({ method: 'PA TCH' }), 400],
  ['a stored method that is empty', forward({ method: '' }), 400],
  ['no protocol', forward({ protocol: undefined }), 400],
  ['no path', forward({ uri: undefined }), 400],
  ['an empty path', forward({ uri: '' }), 400],
  ['a path without a slash', forward({ uri: 'a' }), 400],
  ['a whole URL', forward({ uri: 'http://other/a' }), 400],
  ...['\0', '\r', '\n'].flatMap((character): Refused[] => [
    [`a path with ${JSON.stringify(character)}`, forward({ uri: `/a${character}b` }), 400],
    [`a value with ${JSON.stringify(character)}`, withHeader('x', `a${character}b`), 400],
    [`a query with ${JSON.stringify(character)}`, withAttribute(5, string(`a${character}`)), 400],
  ]),
  ['header code 0', withHeader(0xa000, 'x'), 400],
  ['header code 15', withHeader(0xa00f, 'x'), 400],
  ['header code 255', withHeader(0xa0ff, 'x'), 400],
  ['a header without a name', withHeader('', 'x'), 400],
  ['a header whose name is null', withHeader(undefined, 'x'), 400],
  ['a header name that is no token', withHeader('a b', 'x'), 400],
  ['a header name with a colon', withHeader('a:', 'x'), 400],
  ['more headers than there are', forward({ count: 3 }), 400],
  ['65535 headers', forward({ count: 65_535 }), 400],
  [
    '1001 headers',
    forward({ headers: Array.from({ length: 999 }, () => [0xa001, ''] as const) }),
    400,
  ],
  ['no end', forward({ end: [] }), 400],
  ['bytes behind the end', forward({ end: [255, 0] }), 400],
  ['another request behind the end, inside the packet', forward({ end: [255, forward()] }), 400],
  ...[0, 14, 15, 127, 254].map(
    (code): Refused => [`attribute ${code}`, withAttribute(code, string('x')), 400],
  ),
  ['an attribute twice', withAttribute(5, string('a'), 5, string('b')), 400],
  ['a request attribute without a name', withAttribute(10, string(undefined), string('x')), 400],
  ['a request attribute without a value', withAttribute(10, string('x')), 400],
  ['a key size that is no number', withAttribute(11, string('many')), 400],
  ['a string that goes beyond its packet', withAttribute(5, integer(5000), 'x'), 400],
  ['a string without its NUL', withAttribute(5, integer(1), 'xy'), 400],
  ...[
    'abc',
    '',
    '-1',
    '+1',
    '1e3',
    '0x5',
    ' 5',
    '5,5',
    '9007199254740992',
    '18446744073709551616',
  ].map(
    (value): Refused => [`Content-Length ${JSON.stringify(value)}`, withHeader(0xa008, value), 400],
  ),
  [
    'Content-Length twice',
    forward({
      headers: [
        [0xa008, '5'],
        ['Content-Length', '5'],
      ],
    }),
    400,
  ],
  [
    'Content-Length and Transfer-Encoding',
    forward({
      headers: [
        [0xa008, '5'],
        ['transfer-encoding', 'chunked'],
      ],
    }),
    400,
  ],
  [
    'Transfer-Encoding twice',
    forward({
      headers: [
        ['transfer-encoding', 'chunked'],
        ['Transfer-Encoding', 'chunked'],
      ],
    }),
    400,
  ],
  ...['identity', 'gzip, chunked', 'Chunked', 'chunked ', '', 'x'].map(
    (value): Refused => [
      `Transfer-Encoding ${JSON.stringify(value)}`,
      withHeader('Transfer-Encoding', value),
      400,
    ],
  ),
  [
    'a body packet whose inner length is too large',
    joined(active, webServer.packet(integer(9), 'body')),
    'close',
  ],
  [
    'a body packet whose inner length is too small',
    joined(active, webServer.packet(integer(3), 'body')),
    'close',
  ],
  ['a body packet with half an inner length', joined(active, webServer.packet(0)), 'close'],
  ['a request where a body packet is due', joined(active, forward()), 'close'],
  ['CPing where a body packet is due', joined(active, webServer.cping()), 'close'],
  ['more body than Content-Length', joined(active, webServer.data('0123456789x')), 'close'],
  [
    'a body packet that nobody asked for',
    joined(active, webServer.data('01234'), webServer.data('56789')),
    'close',
  ],
];

describe('ajp: malformed requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['ajp://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const good = async () => {
    const peer = ajpPeer(server.url);
    expect(await peer.ask('bodies.single')).toMatchObject({
      status: 200,
      body: 'one two',
      reuse: true,
    });
    peer.drop();
  };

  it.each(REFUSED)('%s', async (_what, bytes, expected) => {
    const before = server.log.length;
    const { answer } = await exchange(server.url, bytes);
    const { answers, rest, pongs } = ajpHeardIn(answer);
    if (expected === 'close') for (const { status } of answers) expect(status).toBe(400);
    else expect(answers).toMatchObject([{ status: expected, reuse: false }]);
    for (const { reuse } of answers) expect(reuse).toBe(false);
    expect({ rest, pongs }).toEqual({ rest: 0, pongs: 0 });
    expect(answer).not.toMatch(/\.js|\n {4}at /);
    // Exactly one line, though a second would come a little later: so another request goes between.
    await until('a log line', () => server.log.length > before);
    await good();
    expect(server.log.slice(before)).toEqual([
      expect.stringMatching(/^warn: ajp from 127\.0\.0\.1:\d+: [\x20-\x7e]{10,4200}$/),
    ]);
  });

  it('a good packet cut at any byte, with the right length in front: 400', async () => {
    const before = server.log.length;
    const { length } = forward();
    for (let size = 1; size < length - 4; size++) {
      const { answer } = await exchange(server.url, cutAt(size));
      expect(ajpHeardIn(answer).answers).toMatchObject([{ status: 400, reuse: false }]);
    }
    await until('a line for each', () => server.log.length >= before + length - 5);
    await good();
    expect(server.log).toHaveLength(before + length - 5);
  });

  it.each([
    ['the rest of a body that comes too late', [webServer.data('01234'), webServer.data('56789')]],
    ['another request', [webServer.data('0123456789'), forward()]],
    ['CPing', [webServer.data('0123456789'), webServer.cping()]],
    [
      'two empty packets',
      [webServer.data('0123456789'), webServer.endOfBody(), webServer.endOfBody()],
    ],
  ])('%s, before the request is answered: closed, never queued', async (_what, packets) => {
    const before = server.log.length;
    const journal = new Journal();
    const peer = ajpPeer(server.url);
    const headers = [
      [0xa008, '10'],
      ['x-journal', journal.path],
    ] as const;
    await peer.send(ajpRequest('lives.slow', { method: 4, headers }));
    await journal.note('begun');
    await peer.send(joined(...packets));
    await until('a log line', () => server.log.length > before);
    journal.open('go');
    await peer.finish();
    expect(peer.heard.answers.length).toBeLessThanOrEqual(1);
    for (const { reuse } of peer.heard.answers) expect(reuse).toBe(false);
    expect(peer.heard.pongs).toBe(0);
    await good();
    expect(server.log.slice(before)).toHaveLength(1);
  });

  it('a body that reads as a request is a body', async () => {
    const evil = webServer.forward({ uri: '/evil', headers: [['x-app', 'faults.throws']] });
    const before = server.log.length;
    for (const name of ['echo.ignored', 'echo.strict', 'faults.startsNothing']) {
      const peer = ajpPeer(server.url);
      const body = Buffer.from(evil).toString('latin1');
      const answer = await peer.post(name, { body });
      expect(answer.status).toBe(name.startsWith('echo') ? 200 : 500);
      if (answer.reuse) expect(await peer.ask('bodies.single')).toMatchObject({ status: 200 });
      expect(peer.heard.answers.length).toBe(answer.reuse ? 2 : 1);
    }
    expect(server.log.slice(before).join('\n')).not.toContain('a secret');
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['\x01\x01\0\x01\0\x08', 'FastCGI'],
    ['\0#\0\0', 'uwsgi'],
    ['\x16\x03\x01\x02', 'TLS'],
  ])('%j: the log says what it looks like', async (bytes, name) => {
    const before = server.log.length;
    await exchange(server.url, bytes);
    await until('a log line', () => server.log.length > before);
    expect(server.log.at(-1)).toContain(`this looks like ${name}`);
  });

  it('the answer is the same however the bytes arrive', async () => {
    for (const bytes of [forward({ method: 0 }), withHeader('a b', 'x'), forward({ end: [] })]) {
      const peer = peerFor(server.url);
      for (const byte of bytes) await peer.send(new Uint8Array([byte]));
      const { answers } = ajpHeardIn((await peer.finish()).answer);
      expect(answers).toMatchObject([{ status: 400, reuse: false }]);
    }
  });

  it('a connection without a byte is no news', async () => {
    const before = server.log.length;
    for (let times = 0; times < 10; times++) {
      expect((await exchange(server.url, '', { half: true })).answer).toBe('');
    }
    await good();
    expect(server.log).toHaveLength(before);
  });

  it('a request cut anywhere is closed: no answer, no hang', async () => {
    const whole = forward();
    for (let at = 1; at < whole.length; at++) {
      const { answer } = await exchange(server.url, whole.subarray(0, at), { half: true });
      expect(answer).toBe('');
    }
    await good();
  });
});
