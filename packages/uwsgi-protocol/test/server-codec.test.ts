// UwsgiServerCodec: what it reads, what it refuses, and when.
import type { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { join, latin1 } from '../../../test/vectors/bytes.ts';
import { MALFORMED } from '../../../test/vectors/uwsgi.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { type UwsgiEvent, UwsgiServerCodec } from '../src/server-codec.ts';
import { everySplit, header, joinChunks, packet, readAll, VECTORS, vars } from '../src/testing.ts';
import { failure } from './failure.ts';

const GET = ['REQUEST_METHOD', 'GET'];
const POST = ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '2'];

function read(...chunks: Uint8Array[]): UwsgiEvent[] {
  return joinChunks(readAll(new UwsgiServerCodec(), chunks));
}

function variablesOf(...items: string[]): string[] | undefined {
  const [first] = read(packet(items));
  return first?.type === 'request' ? first.variables : undefined;
}

describe.each(VECTORS)('vector: $name ($section)', (vector) => {
  const { bytes, server, modifier1, modifier2, variables, body } = vector;

  it(`is ${server} for a server, however its bytes arrive`, () => {
    for (const chunks of everySplit(bytes)) {
      const codec = new UwsgiServerCodec();
      const feed = () => joinChunks(readAll(codec, chunks, false));
      switch (server) {
        case 'request':
          expect(feed()).toEqual([
            { type: 'request', modifier1, modifier2, variables, contentLength: body.length },
            ...(body ? [{ type: 'body', chunk: latin1(body) }] : []),
            { type: 'end' },
          ]);
          break;
        case 'pong':
          expect(feed()).toEqual([{ type: 'reply', bytes: header(100, 0, 1) }]);
          break;
        case 'wait':
          expect(feed()).toEqual([]);
          break;
        default:
          expect(failure(feed).statusHint).toBe(server === 'close' ? undefined : server);
      }
    }
  });
});

describe('a request', () => {
  it('is the one of the acceptance list', () => {
    const bytes = join([latin1('\0\x23\0\0\x0e\0REQUEST_METHOD\x03\0GET\x09\0PATH_INFO\x01\0/')]);
    expect(read(bytes)).toEqual([
      {
        type: 'request',
        modifier1: 0,
        modifier2: 0,
        variables: ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/'],
        contentLength: 0,
      },
      { type: 'end' },
    ]);
  });

  it('says its modifiers, in one chunk as in many', () => {
    for (const chunks of everySplit(packet(GET, '', 30, 7)))
      expect(read(...chunks)[0]).toMatchObject({ modifier1: 30, modifier2: 7 });
  });

  it('is complete without the end of the stream, and starts before its body', () => {
    const codec = new UwsgiServerCodec();
    const head = packet(POST);
    expect(codec.feed(head.subarray(0, -1))).toEqual([]);
    expect(codec.feed(head.subarray(-1))).toMatchObject([{ type: 'request', contentLength: 2 }]);
    expect(codec.feed(latin1('h'))).toEqual([{ type: 'body', chunk: latin1('h') }]);
    expect(codec.feed(latin1('i'))).toMatchObject([{ type: 'body' }, { type: 'end' }]);
  });

  it('has its body as views, behind a head in the same chunk as behind one in many', () => {
    const bytes = packet(POST, 'hi');
    for (const at of [0, 3, 10, bytes.length - 1]) {
      const codec = new UwsgiServerCodec();
      const events = [...codec.feed(bytes.subarray(0, at)), ...codec.feed(bytes.subarray(at))];
      const bodies = events.flatMap((event) => (event.type === 'body' ? [event.chunk] : []));
      expect(bodies.length).toBeGreaterThan(0);
      for (const body of bodies) expect(body.buffer).toBe(bytes.buffer);
    }
  });

  it('is read at its place in a larger buffer', () => {
    const bytes = packet(POST, 'hi');
    const whole = join([latin1('GET '), bytes, latin1('GET ')]);
    expect(read(whole.subarray(4, -4))).toEqual(read(bytes));
  });

  it('without CONTENT_LENGTH, or with an empty one, has no body', () => {
    for (const items of [GET, [...GET, 'CONTENT_LENGTH', ''], [...GET, 'CONTENT_LENGTH', '0']])
      expect(read(packet(items)).slice(0, 2)).toMatchObject([
        { contentLength: 0 },
        { type: 'end' },
      ]);
  });

  it('may have the largest length that is exact', () => {
    const length = `${Number.MAX_SAFE_INTEGER}`;
    const codec = new UwsgiServerCodec();
    expect(codec.feed(packet([...GET, 'CONTENT_LENGTH', length]))).toMatchObject([
      { type: 'request', contentLength: Number.MAX_SAFE_INTEGER },
    ]);
    expect(failure(() => codec.finish()).message).toContain(length);
  });

  it('keeps names that repeat, in order', () => {
    const items = [...GET, 'A', '1', 'HTTP_COOKIE', 'a', 'A', '2', 'HTTP_COOKIE', 'b', ...GET];
    expect(variablesOf(...items)).toEqual(items);
    const twice = [...GET, 'CONTENT_LENGTH', '0', 'CONTENT_LENGTH', '0'];
    expect(variablesOf(...twice)).toEqual(twice);
  });

  it('keeps every variable as it came: UWSGI_*, REMOTE_USER, a path that looks encoded', () => {
    const items = [
      ...[...GET, 'PATH_INFO', '/%41%2f', 'REMOTE_ADDR', '203.0.113.9', 'REMOTE_USER', 'bob'],
      ...['X_CUSTOM', 'x', 'UWSGI_SCRIPT', 'a', 'UWSGI_FILE', 'exec://id', 'HTTP_PROXY', 'p'],
      ...['__proto__', 'x', 'constructor', 'y', 'wsgi.input', 'z', 'http_x', '\u00e9\u00ff'],
    ];
    expect(variablesOf(...items)).toEqual(items);
  });

  it('row 9: is rid of HTTP_TRANSFER_ENCODING, wherever and how often it stands', () => {
    const chunked = ['HTTP_TRANSFER_ENCODING', 'chunked'];
    expect(variablesOf(...chunked, ...GET)).toEqual(GET);
    expect(variablesOf(...GET, ...chunked, ...chunked)).toEqual(GET);
    expect(variablesOf(...GET, ...chunked, 'A', 'B', ...chunked)).toEqual([...GET, 'A', 'B']);
    expect(read(packet([...chunked, ...POST, ...chunked], 'hi'))).toEqual(read(packet(POST, 'hi')));
    const near = [...GET, 'HTTP_TRANSFER_ENCODINGS', 'x', 'HTTP_TRANSFER_ENCODIN_', 'y'];
    expect(variablesOf(...near)).toEqual(near);
  });

  it('row 12: may hold any bytes in other variables, and CR and LF in PATH_INFO', () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    const items = [...GET, 'QUERY_STRING', all, 'PATH_INFO', '/\r\n', 'XHTTP_A', '\0', all, 'x'];
    expect(variablesOf(...items)).toEqual(items);
  });

  it('row 12: has values whose sizes are the bytes NUL, CR and LF', () => {
    const items = [...GET, 'HTTP_A', 'x'.repeat(10), 'HTTP_B', 'x'.repeat(13), 'HTTP_C', ''];
    expect(variablesOf(...items, 'HTTP_D', 'x'.repeat(256))).toHaveLength(10);
  });

  it('row 11: drops what follows its body and never reads a second request in it', () => {
    const bytes = packet(POST, 'hi');
    const codec = new UwsgiServerCodec();
    expect(codec.feed(join([bytes, bytes])).map((event) => event.type)).toEqual([
      ...['request', 'body', 'end', 'surplus'],
    ]);
    expect(codec.feed(bytes)).toEqual([{ type: 'surplus', size: bytes.length }]);
    expect(read(packet(GET), latin1('abc')).at(-1)).toEqual({ type: 'surplus', size: 3 });
    expect(read(join([packet(GET), latin1('abc')])).at(-1)).toEqual({ type: 'surplus', size: 3 });
  });

  it('row 13: is refused when it is cut short, without an answer inside its head', () => {
    const bytes = packet(POST, 'hi');
    expect(read()).toEqual([]); // somebody only looked whether we are there
    for (let size = 1; size < bytes.length; size++) {
      const codec = new UwsgiServerCodec();
      expect(codec.feed(bytes.subarray(0, size)).map(({ type }) => type)).not.toContain('end');
      expect(failure(() => codec.finish())).toMatchObject({
        code: 'ERR_UWSGI_TRUNCATED',
        blame: 'remote',
        statusHint: size < bytes.length - 2 ? undefined : 400,
      });
    }
  });
});

describe('an answer', () => {
  it('is passed on: it is HTTP, and written by the caller', () => {
    const chunk = latin1('HTTP/1.1 200 OK\r\n\r\n');
    expect(new UwsgiServerCodec().encode({ type: 'data', chunk })).toBe(chunk);
  });
});

describe('the table of malformed input', () => {
  it('has cases for each row that is one packet', () => {
    const rows = new Set(MALFORMED.map(({ row }) => row));
    expect([...rows].sort((a, b) => a - b)).toEqual([1, 3, 4, 5, 7, 8, 10, 12]);
    expect(MALFORMED.length).toBeGreaterThan(150);
  });

  describe.each(MALFORMED)('row $row: $name', ({ bytes, rest, code, statusHint }) => {
    const expected = { code, statusHint, blame: 'remote' };

    it(`is ${code}, however its bytes arrive`, () => {
      expect(ERROR_CODES).toHaveProperty(code);
      for (const chunks of bytes.length < 200 ? everySplit(join([bytes, rest])) : [[bytes]]) {
        const codec = new UwsgiServerCodec();
        expect(failure(() => readAll(codec, chunks, false))).toMatchObject(expected);
      }
    });

    it('is judged at its last byte, and nothing is read afterwards', () => {
      const codec = new UwsgiServerCodec();
      expect(codec.feed(bytes.subarray(0, -1))).toEqual([]);
      const error: ProtocolError = failure(() => codec.feed(bytes.subarray(-1)));
      expect(error).toMatchObject(expected);
      expect(error.message).toMatch(/^[^\n]{10,120}$/);
      expect(codec.feed(rest)).toEqual([]);
      expect(codec.feed(packet(GET))).toEqual([]);
      expect(codec.finish()).toEqual([]);
    });
  });

  it('row 1: names what it looks like, and what it is', () => {
    const message = (bytes: Uint8Array) => failure(() => read(bytes)).message;
    expect(message(latin1('GET / HTTP/1.1'))).toBe('this looks like HTTP on a uwsgi port');
    expect(message(latin1('70:CONTENT'))).toBe('this looks like SCGI on a uwsgi port');
    expect(message(header(22, 0))).toContain('22 (EVAL)');
    expect(message(header(4, 0))).toContain('modifier1 4 is');
  });

  it('row 1: is no other protocol where it only resembles one', () => {
    for (const start of [
      'get ',
      'GE /',
      'G\0\0\0',
      'GET\0',
      '7\0\0\0',
      '77\0:',
      ':777',
      '\x01\x02\0\0',
    ])
      expect(failure(() => read(latin1(start)))).toMatchObject({ code: 'ERR_UWSGI_MODIFIER' });
    expect(failure(() => read(join([header(5, 3), vars(...GET)])))).toMatchObject({
      statusHint: 501,
    });
  });
});
