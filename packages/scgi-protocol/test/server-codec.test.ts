// ScgiServerCodec against the text of SCGI: what it reads, what it refuses, and when.
import { ProtocolError } from '@sluice/protocol';
import { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { hex, join, latin1, text } from '../../../test/vectors/bytes.ts';
import { block, MALFORMED, netstring, REQUESTS } from '../../../test/vectors/scgi.ts';
import { ScgiClientCodec } from '../src/client-codec.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { type ScgiEvent, ScgiServerCodec } from '../src/server-codec.ts';

const [EXAMPLE] = REQUESTS.map((vector) => vector.bytes) as [Uint8Array];

function failure(action: () => unknown): ProtocolError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
  throw new Error('nothing was refused');
}

function read(bytes: string): ScgiEvent[] {
  return joinChunks(readAll(new ScgiServerCodec(), [latin1(bytes)]));
}

describe.each(REQUESTS)('$name (section $section)', ({ bytes, variables, body }) => {
  const contentLength = body.length;
  const expected: ScgiEvent[] = [{ type: 'request', variables: [...variables], contentLength }];
  if (body) expected.push({ type: 'body', chunk: latin1(body) });
  expected.push({ type: 'end' });

  it('is read the same however its bytes arrive', () => {
    for (const chunks of everySplit(bytes)) {
      expect(joinChunks(readAll(new ScgiServerCodec(), chunks))).toEqual(expected);
    }
  });

  it('is complete without the end of the stream', () => {
    expect(joinChunks(readAll(new ScgiServerCodec(), [bytes], false))).toEqual(expected);
  });

  it('is written to the same bytes', () => {
    const codec = new ScgiClientCodec();
    const head = codec.encode({ type: 'request', variables, contentLength });
    expect(text(join([head, codec.encode({ type: 'body', chunk: latin1(body) })]))).toBe(
      text(bytes),
    );
  });

  it('is refused when it is cut short, at every byte', () => {
    const headSize = bytes.length - body.length;
    expect(readAll(new ScgiServerCodec(), [])).toEqual([]); // somebody only looked whether we are there
    for (let size = 1; size < bytes.length; size++) {
      const codec = new ScgiServerCodec();
      const early = codec.feed(bytes.subarray(0, size));
      expect(early.map((event) => event.type)).not.toContain('end');
      expect(failure(() => codec.finish())).toMatchObject({
        code: 'ERR_SCGI_TRUNCATED',
        blame: 'remote',
        statusHint: size < headSize ? undefined : 400,
      });
      expect([...codec.feed(bytes.subarray(size)), ...codec.finish()]).toEqual([]);
    }
  });
});

describe('ScgiServerCodec', () => {
  it('reads the example in one write, and byte by byte, without waiting for the close', () => {
    const codec = new ScgiServerCodec();
    const types: string[] = [];
    for (const byte of EXAMPLE) {
      types.push(...codec.feed(new Uint8Array([byte])).map((event) => event.type));
    }
    expect(types).toEqual(['request', ...Array(27).fill('body'), 'end']);
  });

  it('lets the application start before the body comes', () => {
    const head = EXAMPLE.subarray(0, EXAMPLE.length - 27);
    const codec = new ScgiServerCodec();
    expect(codec.feed(head.subarray(0, -1))).toEqual([]);
    expect(codec.feed(head.subarray(-1))).toMatchObject([{ type: 'request', contentLength: 27 }]);
  });

  it('passes the body on as views', () => {
    for (const event of new ScgiServerCodec().feed(EXAMPLE)) {
      if (event.type === 'body') expect(event.chunk.buffer).toBe(EXAMPLE.buffer);
    }
  });

  it('drops what follows the body and never reads a second request in it', () => {
    const codec = new ScgiServerCodec();
    const types = codec.feed(join([EXAMPLE, EXAMPLE])).map((event) => event.type);
    expect(types).toEqual(['request', 'body', 'end', 'surplus']);
    expect(codec.feed(EXAMPLE)).toEqual([{ type: 'surplus', size: EXAMPLE.length }]);
    expect(codec.feed(new Uint8Array(0))).toEqual([]);
    expect(codec.finish()).toEqual([]);
    expect(codec.finish()).toEqual([]);
  });

  it.each([500, 1 << 20])('counts %i bytes of surplus', (size) => {
    const events = readAll(new ScgiServerCodec(), [EXAMPLE, new Uint8Array(size)]);
    expect(events.at(-1)).toEqual({ type: 'surplus', size });
  });

  it('keeps names that repeat, in order', () => {
    const cookies = block('CONTENT_LENGTH', '0', 'HTTP_COOKIE', 'a', 'HTTP_COOKIE', 'b');
    expect(read(netstring(cookies))[0]).toMatchObject({
      variables: ['CONTENT_LENGTH', '0', 'HTTP_COOKIE', 'a', 'HTTP_COOKIE', 'b'],
    });
    const twice = block('CONTENT_LENGTH', '1', 'REQUEST_METHOD', 'GET', 'SCGI', '1');
    expect(read(`${netstring(twice + twice)}x`)[0]).toMatchObject({ contentLength: 1 });
  });

  it('takes CONTENT_LENGTH anywhere, and a request without SCGI', () => {
    const late = block('REQUEST_METHOD', 'PUT', 'CONTENT_LENGTH', '2');
    expect(read(`${netstring(late)}hi`)).toEqual([
      { type: 'request', variables: late.split('\0').slice(0, -1), contentLength: 2 },
      { type: 'body', chunk: latin1('hi') },
      { type: 'end' },
    ]);
  });

  it('takes names that objects have by birth, and names in lower case, as text', () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'wsgi.input',
      'http_x',
    ];
    const variables = [
      'CONTENT_LENGTH',
      '0',
      ...[...names, ...names].flatMap((name) => [name, 'x']),
    ];
    expect(read(netstring(block(...variables)))[0]).toEqual({
      type: 'request',
      variables,
      contentLength: 0,
    });
    expect(read(netstring(block('CONTENT_LENGTH', '0')))[0]).not.toHaveProperty('x');
  });

  it('carries every byte but NUL in names and values', () => {
    const all = Array.from({ length: 255 }, (_, at) => String.fromCharCode(at + 1)).join('');
    expect(read(netstring(block('CONTENT_LENGTH', '0', all, all)))[0]).toMatchObject({
      variables: ['CONTENT_LENGTH', '0', all, all],
    });
  });

  it('reads a body of any bytes', () => {
    const body = hex('00 2c 3a 0d 0a ff 32 34 3a');
    const head = latin1(netstring(block('CONTENT_LENGTH', `${body.length}`)));
    expect(joinChunks(readAll(new ScgiServerCodec(), [head, body]))[1]).toEqual({
      type: 'body',
      chunk: body,
    });
  });

  it('reads the largest length that is exact', () => {
    const length = `${Number.MAX_SAFE_INTEGER}`;
    const codec = new ScgiServerCodec();
    const events = codec.feed(latin1(netstring(block('CONTENT_LENGTH', length))));
    expect(events).toMatchObject([{ type: 'request', contentLength: Number.MAX_SAFE_INTEGER }]);
    expect(failure(() => codec.finish()).message).toContain(length);
  });

  it('sends an answer as it is: what it means is CGI', () => {
    const chunk = latin1('Status: 200 OK\r\n\r\n');
    expect(new ScgiServerCodec().encode({ type: 'data', chunk })).toBe(chunk);
  });
});

describe.each(MALFORMED)('refused: $name', ({ bytes, rest, code, statusHint }) => {
  const whole = join([bytes, rest]);

  it(`is ${code}, however its bytes arrive`, () => {
    expect(ERROR_CODES).toHaveProperty(code);
    for (const chunks of everySplit(whole)) {
      const codec = new ScgiServerCodec();
      const error = failure(() => {
        for (const chunk of chunks) codec.feed(chunk);
      });
      expect(error).toMatchObject({ code, statusHint, blame: 'remote' });
    }
  });

  it('is judged at the first byte that tells, and nothing is read afterwards', () => {
    const codec = new ScgiServerCodec();
    expect(codec.feed(bytes.subarray(0, -1))).toEqual([]);
    expect(failure(() => codec.feed(bytes.subarray(-1)))).toMatchObject({ code });
    expect(codec.feed(rest)).toEqual([]);
    expect(codec.feed(EXAMPLE)).toEqual([]);
    expect(codec.finish()).toEqual([]);
  });
});
