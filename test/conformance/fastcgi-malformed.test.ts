// Bytes that are no FastCGI request: refused clearly, with one line in the log, and never with a hang, a crash or a 200.
import { KEEP_CONN, RecordType, Role } from 'fastcgi-protocol';
import { beginRequest, pairs, record, stream } from 'fastcgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { fastcgiPeer, fastcgiRequest, heardIn, variablesFor } from './support/fastcgi.ts';
import { exchange, peerFor } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const { PARAMS, STDIN, STDOUT, DATA, END_REQUEST, GET_VALUES } = RecordType;
const ID = 1;
const begin = (flags = KEEP_CONN) => beginRequest(ID, Role.RESPONDER, flags);
const params = (content: string) => stream(PARAMS, ID, content);
const joined = (...pieces: Uint8Array[]) => Buffer.concat(pieces);
const withParams = (content: string) => joined(begin(0), params(content), record(STDIN, ID));
const withVariables = (more: Record<string, string>, ...twice: string[]) =>
  withParams(pairs([...variablesFor('bodies.single', more), ...twice]));
const text = (characters: string) => Buffer.from(characters, 'latin1');
/** A request whose application waits for its body. */
const active = joined(begin(), params(pairs(variablesFor('echo.strict', { CONTENT_LENGTH: '5' }))));

/** What is sent, and the status that answers it; 'close': the connection ends, and nothing that was asked is answered with 200. */
const REFUSED: readonly (readonly [
  what: string,
  bytes: Uint8Array,
  answer: 400 | 431 | 'close',
])[] = [
  ['version 0', record(GET_VALUES, 0, '', { version: 0 }), 'close'],
  ['version 2', record(GET_VALUES, 0, '', { version: 2 }), 'close'],
  ['version 2 behind a good record', joined(record(GET_VALUES, 0), text('\x02')), 'close'],
  ['BEGIN_REQUEST with id 0', beginRequest(0), 'close'],
  ...[0, 7, 9, 16, 65535].map(
    (size) =>
      [
        `BEGIN_REQUEST of ${size} bytes`,
        record(RecordType.BEGIN_REQUEST, ID, '\0\x01'.padEnd(size, '\0').slice(0, size)),
        'close',
      ] as const,
  ),
  ...[PARAMS, STDIN, STDOUT, DATA, END_REQUEST].map(
    (type) => [`a record of type ${type} with id 0`, record(type, 0, 'x'), 'close'] as const,
  ),
  ['BEGIN_REQUEST for an id whose parameters come', joined(begin(), begin()), 'close'],
  ['BEGIN_REQUEST for an id that is active', joined(active, begin()), 'close'],
  ['STDIN before the end of PARAMS', joined(begin(), record(STDIN, ID, 'x')), 'close'],
  ['the end of STDIN before that of PARAMS', joined(begin(), record(STDIN, ID)), 'close'],
  ['DATA before the end of PARAMS', joined(begin(), record(DATA, ID, 'x')), 'close'],
  ['DATA for a Responder', joined(active, record(DATA, ID, 'x')), 'close'],
  ['PARAMS behind their end', joined(active, record(PARAMS, ID, pairs(['A', 'b']))), 'close'],
  ['a second end of PARAMS', joined(active, record(PARAMS, ID)), 'close'],
  ['STDOUT, which only we send', joined(active, record(STDOUT, ID, 'x')), 'close'],
  [
    'END_REQUEST, which only we send',
    joined(active, record(END_REQUEST, ID, '\0'.repeat(8))),
    'close',
  ],
  ['a name that is longer than what is left', withParams('\x7f\0abc'), 400],
  ['a value that is longer than what is left', withParams('\x01\x7fAb'), 400],
  ['a length without its value', withParams('\x01'), 400],
  ['a long length that is cut', withParams('\x80\0'), 400],
  ['a long length that is cut behind the name', withParams('\x01\x80\0\0'), 400],
  ['both lengths 2^31-1', withParams('\xff\xff\xff\xff\xff\xff\xff\xffA'), 400],
  ['a name of 2^31-1', withParams('\xff\xff\xff\xff\x01Ab'), 400],
  ['lengths that are 0 together in 32 bits', withParams('\xff\xff\xff\xff\x80\0\0\x01A'), 400],
  ['a byte behind the last pair', withParams(`${pairs(variablesFor('bodies.single'))}\x01`), 400],
  ...[
    'abc',
    '-2',
    '+5',
    '1e3',
    '0x5',
    '5 ',
    ' 5',
    '5,5',
    '9007199254740992',
    '18446744073709551616',
  ].map(
    (value) => [`CONTENT_LENGTH ${value}`, withVariables({ CONTENT_LENGTH: value }), 400] as const,
  ),
  [
    'two CONTENT_LENGTH that differ',
    withVariables({ CONTENT_LENGTH: '0' }, 'CONTENT_LENGTH', '5'),
    400,
  ],
  ['two REQUEST_METHOD that differ', withVariables({}, 'REQUEST_METHOD', 'POST'), 400],
  [
    'two SCRIPT_FILENAME that differ',
    withVariables({ SCRIPT_FILENAME: '/a' }, 'SCRIPT_FILENAME', '/b'),
    400,
  ],
  ['a method that is no token', withVariables({ REQUEST_METHOD: 'G T' }), 400],
  ['neither method nor path', withParams(pairs(['SERVER_NAME', 'h'])), 400],
  ['no parameters at all', withParams(''), 400],
  ['1001 variables', withParams(pairs(many(1001))), 431],
  ['more than 256 KiB of parameters', withParams(pairs(['X', 'x'.repeat(262_144)])), 431],
  ['HTTP', text('GET / HTTP/1.1\r\nHost: h\r\n\r\n'), 'close'],
  ['SCGI', text('70:CONTENT_LENGTH\0'), 'close'],
  ['uwsgi', text('\0#\0\0\x0e\0REQUEST_METHOD\x03\0GET\x09\0PATH_INFO\x01\0/'), 'close'],
  ['AJP13', text('\x124\0\x01\x0a'), 'close'],
  ['TLS', text('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'), 'close'],
];

function many(count: number): string[] {
  return Array.from({ length: count }, (_, at) => [`X${at}`, '']).flat();
}

describe('fastcgi: malformed requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['fastcgi://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const good = async () => {
    const { answer, ending } = await exchange(server.url, fastcgiRequest('bodies.single'));
    expect(heardIn(answer).answers).toMatchObject([{ status: 200, body: 'one two', appStatus: 0 }]);
    expect(ending).toBe('closed');
  };

  it.each(REFUSED)('%s', async (_what, bytes, expected) => {
    const before = server.log.length;
    const { answer } = await exchange(server.url, bytes);
    const { answers, open, rest } = heardIn(answer);
    if (expected === 'close') for (const { status } of answers) expect(status).toBe(400);
    else expect(answers).toMatchObject([{ status: expected, protocolStatus: 0, isClosed: true }]);
    expect({ open: open.size, rest }).toEqual({ open: 0, rest: 0 });
    expect(answer).not.toMatch(/\.js|\n {4}at /);
    // Exactly one line, though a second would come a little later: so another request goes between.
    await until('a log line', () => server.log.length > before);
    await good();
    expect(server.log.slice(before)).toEqual([
      expect.stringMatching(/^warn: fastcgi from 127\.0\.0\.1:\d+: [\x20-\x7e]{10,4200}$/),
    ]);
  });

  it('a request that cannot be read does not hinder one that is in progress', async () => {
    const before = server.log.length;
    const journal = new Journal();
    const peer = fastcgiPeer(server.url);
    const { variables } = journal;
    await peer.send(
      fastcgiRequest('lives.slow', { id: 2, flags: KEEP_CONN, variables, stdin: 'hi' }),
    );
    await journal.note('begun');
    await peer.send(withParams('\x7f\0abc'));
    await until('a log line', () => server.log.length > before);
    journal.open('go');
    await peer.finish();
    const { answers } = peer.heard;
    expect(answers.find(({ id }) => id === 2)).toMatchObject({ status: 200, body: '2' });
    for (const { id, status } of answers) expect(status).toBe(id === 2 ? 200 : 400);
    await good();
    expect(server.log.slice(before)).toHaveLength(1);
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP'],
    ['70:CONTENT', 'SCGI'],
    ['\0#\0\0', 'uwsgi'],
    ['\x124\0\x01', 'AJP13'],
    ['\x16\x03\x01', 'TLS'],
  ])('%j: the log says what it looks like', async (bytes, name) => {
    const before = server.log.length;
    await exchange(server.url, bytes);
    await until('a log line', () => server.log.length > before);
    expect(server.log.at(-1)).toContain(`this looks like ${name} on a FastCGI port`);
  });

  it('the answer is the same however the bytes arrive', async () => {
    for (const bytes of [withParams('\x7f\0abc'), withVariables({ CONTENT_LENGTH: '+5' })]) {
      const peer = peerFor(server.url);
      for (const byte of bytes) await peer.send(new Uint8Array([byte]));
      expect(heardIn((await peer.finish()).answer).answers).toMatchObject([{ status: 400 }]);
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

  it('a request cut anywhere is closed: no answer before the end of its parameters, no hang', async () => {
    const head = joined(begin(), params(pairs(variablesFor('bodies.single'))));
    for (let at = 1; at < head.length; at++) {
      const { answer } = await exchange(server.url, head.subarray(0, at), { half: true });
      expect(answer).toBe('');
    }
    await good();
  });

  it('any record in any state ends well: no 500, no hang, one log line at most', async () => {
    const whole = fastcgiRequest('echo.strict', { flags: KEEP_CONN, stdin: 'body' });
    const states = {
      'no request': [],
      parameters: [whole.subarray(0, 40)],
      body: [whole.subarray(0, -24)],
      answered: [whole],
      'given up': [whole.subarray(0, -24), record(RecordType.ABORT_REQUEST, ID)],
      'answered early': [
        fastcgiRequest('echo.ignored', { flags: KEEP_CONN, stdin: 'x' }).subarray(0, -8),
      ],
    };
    const lines = server.log.length;
    let connections = 0;
    for (const [state, before] of Object.entries(states)) {
      for (const type of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 77, 255]) {
        for (const id of [0, ID, 2]) {
          for (const content of ['', 'x', '\0\x01\0\0\0\0\0\0']) {
            const what = `${state}: type ${type}, id ${id}, ${content.length} bytes`;
            connections++;
            const bytes = joined(...before, record(type, id, content));
            const { answer } = await exchange(server.url, bytes, { half: true });
            for (const { status, stdout } of heardIn(answer).answers)
              if (stdout !== '') expect([200, 400], what).toContain(status);
          }
        }
      }
    }
    await good();
    const log = server.log.slice(lines);
    expect(log.filter((line) => !line.startsWith('warn: '))).toEqual([]);
    expect(log.length).toBeLessThanOrEqual(connections);
    const ports = log.flatMap((line) => /from 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? []);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each([
    ['STDIN of nobody', record(STDIN, 7, 'x'.repeat(1000))],
    ['PARAMS of nobody', record(PARAMS, 7, 'x'.repeat(1000))],
    ['empty records of nobody', record(STDIN, 7)],
    ['ABORT_REQUEST of nobody', record(RecordType.ABORT_REQUEST, 7)],
    ['records of a type that there is not', record(77, 7, 'x')],
  ])('%s: ignored, but not for ever', async (_what, bytes) => {
    const peer = fastcgiPeer(server.url);
    await peer.send(bytes);
    expect(await peer.ask('bodies.single', { flags: KEEP_CONN })).toMatchObject({ status: 200 });
    const flood = Buffer.concat(
      Array.from({ length: Math.ceil(65_536 / bytes.length) }, () => bytes),
    );
    void (async () => {
      while (!peer.socket.destroyed && peer.socket.writable) await peer.send(flood);
    })();
    await peer.finish();
    await good();
  });
});
