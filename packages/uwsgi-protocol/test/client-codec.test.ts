// UwsgiClientCodec: a request to bytes, an answer passed on, a ping.
import { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { UwsgiClientCodec, type UwsgiClientCommand } from '../src/client-codec.ts';
import { UwsgiServerCodec } from '../src/server-codec.ts';
import { everySplit, header, joinChunks, packet, readAll, VECTORS } from '../src/testing.ts';
import { failure } from './failure.ts';

type Request = UwsgiClientCommand & { type: 'request' };

function request(
  variables: readonly string[],
  contentLength = 0,
  more: Partial<Request> = {},
): string {
  return text(
    new UwsgiClientCodec().encode({ type: 'request', variables, contentLength, ...more }),
  );
}

function expected(items: readonly string[], contentLength = 0): string {
  return text(packet(['CONTENT_LENGTH', `${contentLength}`, ...items]));
}

const refused = (code: string, statusHint?: number) =>
  expect.objectContaining({ code, statusHint, blame: 'local' });
const NOT_WRITABLE = refused('ERR_UWSGI_COMMAND', 400);
const TOO_LARGE = refused('ERR_UWSGI_VARS_TOO_LARGE', 431);

describe.each(VECTORS.filter(({ server }) => server === 'request'))('vector: $name', (vector) => {
  it('is written so that a server reads the same', () => {
    const { variables = [], body } = vector;
    const codec = new UwsgiClientCodec();
    const head = codec.encode({ type: 'request', variables, contentLength: body.length });
    const bytes = join([head, codec.encode({ type: 'body', chunk: latin1(body) })]);
    const mine = variables.includes('CONTENT_LENGTH') ? 0 : 4 + 'CONTENT_LENGTH0'.length;
    expect(bytes).toHaveLength(vector.bytes.length + mine);
    const types = (events: { type: string }[]) => events.map(({ type }) => type);
    const again = readAll(new UwsgiServerCodec(), [bytes]);
    expect(types(again)).toEqual(types(readAll(new UwsgiServerCodec(), [vector.bytes])));
  });
});

describe('a request', () => {
  it('begins with CONTENT_LENGTH, and the codec alone says what it is', () => {
    expect(request(['A', 'b'], 7)).toBe(expected(['A', 'b'], 7));
    expect(request(['A', 'b', 'CONTENT_LENGTH', '9', 'C', 'd'], 7)).toBe(
      expected(['A', 'b', 'C', 'd'], 7),
    );
    expect(request(['CONTENT_LENGTHS', 'x', 'CONTENT-LENGTH', 'y'])).toBe(
      expected(['CONTENT_LENGTHS', 'x', 'CONTENT-LENGTH', 'y']),
    );
  });

  it('is without HTTP_TRANSFER_ENCODING: its body is sent plain', () => {
    const twice = ['HTTP_TRANSFER_ENCODING', 'chunked', 'A', 'b', 'HTTP_TRANSFER_ENCODING', 'x'];
    expect(request(twice)).toBe(expected(['A', 'b']));
    const near = ['HTTP_TRANSFER_ENCODING_', 'x', 'HTTP_TRANSFER-ENCODING', 'y'];
    expect(request(near)).toBe(expected(near));
  });

  it('is without anything that makes uWSGI load code', () => {
    const magic = ['FILE', 'SETENV', 'CHDIR', 'POSTFILE', 'APPID', '', 'X'].flatMap((name) => [
      `UWSGI_${name}`,
      '/etc/passwd',
    ]);
    expect(request([...magic, 'A', 'b', ...magic])).toBe(expected(['A', 'b']));
    const near = ['UWSGI', 'x', 'XUWSGI_FILE', 'y', 'uwsgi_file', 'z', 'HTTP_UWSGI_FILE', 'w'];
    expect(request(near)).toBe(expected(near));
  });

  it('does not count what is left out', () => {
    const left = ['UWSGI_X', 'x'.repeat(70_000), 'HTTP_TRANSFER_ENCODING', 'x\0'.repeat(40_000)];
    expect(request([...left, 'A', 'b'])).toBe(expected(['A', 'b']));
  });

  it('is of the kind that is asked for, 0 by default', () => {
    expect(request(['A', 'b']).slice(0, 4)).toBe('\0\x19\0\0');
    expect(request(['A', 'b'], 0, { modifier1: 30 }).slice(0, 4)).toBe('\x1e\x19\0\0');
    expect(request(['A', 'b'], 0, { modifier1: 255, modifier2: 255 })[3]).toBe('\xff');
  });

  it.each([-1, 256, 1.5, Number.NaN])('is refused for a modifier %d', (modifier) => {
    expect(failure(() => request([], 0, { modifier1: modifier }))).toEqual(NOT_WRITABLE);
    expect(failure(() => request([], 0, { modifier2: modifier }))).toEqual(NOT_WRITABLE);
  });

  it('counts bytes, not characters of some other encoding', () => {
    expect(request(['X', '\u00e9\u00ff', '\u00e9', ''])).toBe(
      expected(['X', '\u00e9\u00ff', '\u00e9', '']),
    );
  });

  it('carries names that objects have by birth, and any byte outside headers', () => {
    const items = ['__proto__', 'x', 'constructor', 'y', 'PATH_INFO', '/\0\r\n', 'a\0b', 'z'];
    expect(request(items)).toBe(expected(items));
  });

  it('is refused with an empty name', () => {
    expect(failure(() => request(['', 'x']))).toEqual(NOT_WRITABLE);
    expect(failure(() => request(['A', 'b', '', '']))).toEqual(NOT_WRITABLE);
  });

  it.each(['\0', '\r', '\n'])('is refused with %j in a header, anywhere in it', (control) => {
    for (const value of [`${control}a`, `a${control}`, `${'a'.repeat(100)}${control}b`]) {
      const error = failure(() => request(['A', 'b', 'HTTP_X', value, 'C', 'd']));
      expect(error).toEqual(NOT_WRITABLE);
      expect(error.message).toContain('HTTP_X');
    }
    expect(request(['HTTP_A', 'x\ty', 'HTTPS', control])).toBe(
      expected(['HTTP_A', 'x\ty', 'HTTPS', control]),
    );
  });

  it('rows 17 and 18: is refused when a name, a value or all of it is above 65535 bytes', () => {
    const most = 65535 - (4 + 'CONTENT_LENGTH0'.length) - 5;
    expect(request(['A', 'x'.repeat(most)])).toHaveLength(4 + 65535);
    expect(request(['A', 'x'.repeat(most)]).slice(0, 4)).toBe('\0\xff\xff\0');
    expect(failure(() => request(['A', 'x'.repeat(most + 1)]))).toEqual(TOO_LARGE);
    expect(failure(() => request(['A', 'x'.repeat(most)], 10))).toEqual(TOO_LARGE);
    expect(failure(() => request(['A', 'x'.repeat(65536)]))).toEqual(TOO_LARGE);
    expect(failure(() => request(['x'.repeat(65536), 'A']))).toEqual(TOO_LARGE);
    expect(failure(() => request(Array(40_000).fill('A')))).toEqual(TOO_LARGE);
  });

  it('is refused for a character above U+00FF', () => {
    const items = [
      ['\u0100', 'x'],
      ['A', '\u20ac'],
      ['A', `${'x'.repeat(500)}\u0100`],
    ];
    for (const variables of items)
      expect(failure(() => request(variables))).toEqual(refused('ERR_PROTOCOL_LATIN1'));
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21])(
    'is refused for a length that no server reads: %d',
    (contentLength) => {
      expect(failure(() => request(['A', 'b'], contentLength))).toEqual(NOT_WRITABLE);
    },
  );
});

describe('a body', () => {
  function opened(contentLength: number): UwsgiClientCodec {
    const codec = new UwsgiClientCodec();
    codec.encode({ type: 'request', variables: [], contentLength });
    return codec;
  }

  it('is passed on as it is, up to what was announced', () => {
    const codec = opened(3);
    const chunk = latin1('ab');
    expect(codec.encode({ type: 'body', chunk })).toBe(chunk);
    expect(codec.encode({ type: 'body', chunk: latin1('') })).toHaveLength(0);
    expect(text(codec.encode({ type: 'body', chunk: latin1('c') }))).toBe('c');
    expect(failure(() => codec.encode({ type: 'body', chunk: latin1('d') }))).toEqual(NOT_WRITABLE);
  });

  it('is refused at one byte more than was announced, and before its request', () => {
    const chunk = latin1('abcd');
    expect(failure(() => opened(3).encode({ type: 'body', chunk }))).toEqual(NOT_WRITABLE);
    const codec = new UwsgiClientCodec();
    expect(failure(() => codec.encode({ type: 'body', chunk }))).toBeInstanceOf(ProtocolError);
  });
});

describe('an answer', () => {
  it('is passed on as views, whatever it looks like', () => {
    for (const chunk of [header(100, 0, 1), ...VECTORS.map(({ bytes }) => bytes)]) {
      const [event] = new UwsgiClientCodec().feed(chunk);
      expect(event).toEqual({ type: 'data', chunk });
      if (event?.type === 'data') expect(event.chunk).toBe(chunk);
    }
  });

  it('that is empty is only an end', () => {
    expect(readAll(new UwsgiClientCodec(), [new Uint8Array(0)])).toEqual([{ type: 'end' }]);
  });
});

describe('a ping', () => {
  function answered(bytes: Uint8Array, chunks: Iterable<Uint8Array> = [bytes]): unknown[] {
    const codec = new UwsgiClientCodec();
    expect(text(codec.encode({ type: 'ping' }))).toBe('d\0\0\0');
    return joinChunks(readAll(codec, chunks));
  }

  it('is answered by a pong, however it arrives and whatever follows', () => {
    const pong = header(100, 0, 1);
    for (const chunks of [...everySplit(pong), ...everySplit(join([pong, latin1('more')]))])
      expect(answered(pong, chunks)).toEqual([{ type: 'pong' }, { type: 'end' }]);
  });

  it('is answered by our own server', () => {
    const codec = new UwsgiClientCodec();
    const [event] = new UwsgiServerCodec().feed(codec.encode({ type: 'ping' }));
    expect(event?.type === 'reply' && codec.feed(event.bytes)).toEqual([{ type: 'pong' }]);
  });

  it.each([
    ['a ping', header(100, 0, 0)],
    ['a pong with variables', header(100, 1, 1)],
    ['HTTP', latin1('HTTP/1.1 200 OK')],
    ['anything', latin1('\xff\0\0\x01')],
  ])('is not answered by %s', (_name, bytes) => {
    for (const chunks of everySplit(bytes)) {
      expect(failure(() => answered(bytes, chunks))).toMatchObject({
        code: 'ERR_UWSGI_PONG',
        statusHint: 502,
        blame: 'remote',
      });
    }
  });
});
