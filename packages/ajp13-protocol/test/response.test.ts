// Ajp13ServerCodec.encode: responses.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientEvent } from '../src/client-messages.ts';
import type { Ajp13ResponseHead } from '../src/response-writer.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import type { Ajp13Command } from '../src/server-messages.ts';
import { bytesOf, container, joinChunks, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';
import { containerAt, DONE, GET, OK } from './places.ts';

const END = container.end(true);
const FLUSH = container.chunk('');
type Response = Ajp13Command & { readonly type: 'response' };

function write(response: Partial<Response>, codec = containerAt('answering')): Uint8Array {
  return bytesOf(codec.encode({ ...DONE, ...response }));
}

/** What a web server reads of it. */
function read(bytes: Uint8Array, method = 'GET'): Ajp13ClientEvent[] {
  const codec = new Ajp13ClientCodec({ maxPacketSize: 65536 });
  codec.encode({ ...GET, method });
  return joinChunks(codec.feed(bytes));
}

describe('a head', () => {
  it('is followed by the end in one piece', () => {
    expect(write({})).toEqual(bytesOf(container.head(200, 'OK'), END));
  });

  it('has codes for the names that have some, in any case', () => {
    const names = [
      ...['Content-Type', 'content-language', 'CONTENT-LENGTH', 'Date', 'last-modified'],
      ...['Location', 'set-cookie', 'Set-Cookie2', 'Servlet-Engine', 'Status', 'wWw-authenticate'],
    ];
    const headers = names.map((name, at) => [name, `${at}`] as const);
    expect(write({ head: { ...OK, headers } })).toEqual(
      bytesOf(
        container.head(
          200,
          'OK',
          names.map((_, at) => [0xa001 + at, `${at}`]),
        ),
        END,
      ),
    );
  });

  it('keeps other names, their order and repetitions, and bytes above 0x7f', () => {
    const headers = [
      ['X-B', '\u00e9'],
      ['Set-Cookie', 'a=1'],
      ['x-a', ''],
      ['Set-Cookie', 'b=2'],
    ] as const;
    const codes = headers.map(
      ([name, value]) => [name === 'Set-Cookie' ? 0xa007 : name, value] as const,
    );
    expect(write({ head: { ...OK, headers } })).toEqual(
      bytesOf(container.head(200, 'OK', codes), END),
    );
  });

  it('does not speak of the connection, which is the web server\u2019s', () => {
    const names = ['Transfer-Encoding', 'connection', 'KEEP-ALIVE', 'Upgrade', 'trailer'];
    const headers = [...names.map((name) => [name, 'x'] as const), ['Via', 'x'] as const];
    expect(write({ head: { ...OK, headers } })).toEqual(
      bytesOf(container.head(200, 'OK', [['Via', 'x']]), END),
    );
  });

  it('always has a reason', () => {
    expect(write({ head: { ...OK, status: 404, reason: '' } })).toEqual(
      bytesOf(container.head(404, '404'), END),
    );
  });

  it.each([
    ...[199, 600, 100, 0, -1, 200.5, Number.NaN].map((status) => ({ status })),
    ...['O\nK', 'O\rK', '\0', `${'x'.repeat(60)}\n`].map((reason) => ({ reason })),
    ...['', 'a b', 'a:', '\u00e9', 'a\0'].map((name) => ({ headers: [[name, 'x']] as const })),
    ...['\r', '\n', 'a\0'].map((value) => ({ headers: [['X-A', value]] as const })),
    { headers: [['Content-Type', 'a\r\nX-B: c']] as const },
  ])('that is none is refused: %j', (bad) => {
    const codec = containerAt('answering');
    const head: Ajp13ResponseHead = { ...OK, ...bad };
    expect(failure(() => codec.encode({ type: 'response', head, last: true }))).toMatchObject({
      code: 'ERR_AJP13_COMMAND',
      ...{ blame: 'local', statusHint: 500 },
    });
    expect(write({}, codec).at(-1)).toBe(1); // another one may follow
  });

  it.each([{ reason: '\u20ac' }, { headers: [['X-A', '\u0100']] as const }])(
    'of more than bytes is refused: %j',
    (bad) => {
      const codec = containerAt('answering');
      const head: Ajp13ResponseHead = { ...OK, ...bad };
      expect(failure(() => codec.encode({ type: 'response', head, last: true }))).toMatchObject({
        ...{ code: 'ERR_PROTOCOL_LATIN1', blame: 'local' },
      });
    },
  );

  it('fills a packet, and no more', () => {
    const head = (size: number) => ({ ...OK, headers: [['X-A', 'x'.repeat(size)]] as const });
    for (const maxPacketSize of [8192, 65536]) {
      const most = maxPacketSize - 'AB..t..lnOK0cnln'.length - 'X-A0'.length - 3;
      const codec = () => containerAt('answering', { maxPacketSize });
      const fits = write({ head: head(most) }, codec());
      expect(fits).toHaveLength(maxPacketSize + END.length);
      expect(read(fits)).toMatchObject([{ headers: [['X-A', 'x'.repeat(most)]] }, { type: 'end' }]);
      const tooMuch = codec();
      const command = { ...DONE, head: head(most + 1) };
      expect(failure(() => tooMuch.encode(command))).toMatchObject({
        ...{ code: 'ERR_AJP13_TOO_LARGE', blame: 'local', statusHint: 500 },
      });
      expect(write({}, tooMuch).at(-1)).toBe(1);
    }
  });

  it('has more headers than most', () => {
    const headers = Array.from({ length: 300 }, (_, at) => [`X-${at}`, 'y'] as const);
    expect(read(write({ head: { ...OK, headers } }))).toMatchObject([{ headers }, { type: 'end' }]);
  });

  it('is right however many names there were before', () => {
    for (let round = 0; round < 5; round++) {
      const headers = Array.from(
        { length: 300 },
        (_, at) => [`Made-Up-${round}-${at}`, ''] as const,
      );
      expect(read(write({ head: { ...OK, headers } }))).toMatchObject([{ headers }, {}]);
    }
    const headers = [
      ['LOCATION', '/'],
      ['New', 'x'],
      ['UPGRADE', 'x'],
    ] as const;
    const expected = [
      [0xa006, '/'],
      ['New', 'x'],
    ] as const;
    expect(write({ head: { ...OK, headers } })).toEqual(
      bytesOf(container.head(200, 'OK', expected), END),
    );
  });

  it('whose name could be read as a code is refused', () => {
    const codec = containerAt('answering', { maxPacketSize: 65536 });
    const name = (size: number) => ({ ...OK, headers: [['x'.repeat(size), '']] as const });
    expect(failure(() => write({ head: name(0xa000) }, codec)).code).toBe('ERR_AJP13_COMMAND');
    expect(failure(() => write({ head: name(0xa0ff) }, codec)).code).toBe('ERR_AJP13_COMMAND');
    expect(read(write({ head: name(0x9fff) }, codec))).toHaveLength(2);
  });
});

describe('a body', () => {
  it('is in one piece with the head and the end', () => {
    expect(write({ chunk: bytesOf('hi') })).toEqual(
      bytesOf(container.head(200, 'OK'), container.chunk('hi'), END),
    );
  });

  it.each([0, 1, 251, 252, 253, 8183, 8184, 8185, 16368, 16369])(
    'of %d bytes is cut into packets',
    (size) => {
      const chunk = new Uint8Array(size).map((_, at) => at % 251);
      const bytes = write({ chunk });
      const chunks = Math.ceil(size / 8184);
      expect(bytes).toHaveLength(14 + size + 8 * chunks + 6);
      const body = size > 0 ? [{ type: 'body', chunk }] : [];
      const whole = new Ajp13ClientCodec(); // a packet above 8192 bytes would be refused
      whole.encode(GET);
      expect(joinChunks(whole.feed(bytes)).slice(1)).toEqual([
        ...body,
        { type: 'end', reuse: true },
      ]);
    },
  );

  it('fills larger packets where both ends have them', () => {
    const chunk = new Uint8Array(65528);
    const codec = containerAt('answering', { maxPacketSize: 65536 });
    expect(write({ chunk }, codec)).toHaveLength(14 + 65536 + 6);
  });

  it('is flushed, part by part, until the last one', () => {
    const codec = containerAt('answering');
    const parts = [
      codec.encode({ type: 'response', head: OK, last: false }),
      codec.encode({ type: 'response', chunk: bytesOf('a'), last: false }),
      codec.encode({ type: 'response', chunk: new Uint8Array(0), last: false }),
      codec.encode({ type: 'response', chunk: bytesOf('b'), last: true }),
    ];
    expect(parts.map((part) => bytesOf(part))).toEqual([
      bytesOf(container.head(200, 'OK'), FLUSH),
      bytesOf(container.chunk('a'), FLUSH),
      FLUSH,
      bytesOf(container.chunk('b'), END),
    ]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 205],
    ['GET', 304],
  ])('is left out where there is none: %s, %d', (method, status) => {
    const codec = new Ajp13ServerCodec();
    codec.feed(webServer.forward({ method: method === 'HEAD' ? 3 : 2 }));
    const head = { ...OK, status };
    const chunk = bytesOf('hi');
    const written = [
      codec.encode({ type: 'response', head, chunk, last: false }),
      codec.encode({ type: 'response', chunk, last: true }),
    ];
    expect(bytesOf(written)).toEqual(bytesOf(container.head(status, 'OK'), END));
    codec.feed(webServer.forward());
    expect(write({ chunk }, codec)).toHaveLength(14 + 10 + 6); // the next response has one again
  });

  it('is copied: the application may change its bytes afterwards', () => {
    const chunk = bytesOf('hi');
    const bytes = write({ chunk });
    chunk.fill(0);
    expect(bytes).toEqual(bytesOf(container.head(200, 'OK'), container.chunk('hi'), END));
  });
});

describe('the end', () => {
  it('says whether the connection stays', () => {
    const codec = containerAt('answering');
    expect(write({ reuse: false }, codec).at(-1)).toBe(0);
    expect(codec.clean).toBe(false);
    expect(codec.feed(webServer.cping())).toEqual([]);
    const kept = containerAt('answering');
    expect(write({ reuse: true }, kept).at(-1)).toBe(1);
    expect(kept.clean).toBe(true);
    expect(kept.feed(webServer.cping())).toHaveLength(1); // CVE-2022-1319
  });

  it.each([
    ['a head before a request', 'idle', [{ head: OK }]],
    ['a chunk before the head', 'answering', [{ chunk: bytesOf('a'), last: false }]],
    ['an end before the head', 'answering', [{}]],
    ['a second head', 'answering', [{ head: OK, last: false }, { head: OK }]],
    ['a chunk behind the end', 'answering', [{ head: OK }, { chunk: bytesOf('a'), last: false }]],
    ['a second end', 'answering', [{ head: OK }, {}]],
  ] as const)('and everything else has its turn: %s', (_name, place, responses) => {
    const codec = containerAt(place);
    const all = responses.map((part) => ({ type: 'response', last: true, ...part }) as const);
    for (const part of all.slice(0, -1)) codec.encode(part);
    expect(failure(() => codec.encode(all.at(-1) as Response))).toMatchObject({
      ...{ code: 'ERR_AJP13_COMMAND', blame: 'local', statusHint: 500 },
    });
  });
});
