// CgiResponseReader against RFC 3875, section 6.
import { everySplit } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { type CgiResponseVector, MALFORMED, RESPONSES } from '../../../test/vectors/cgi.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { encodeResponseHead } from '../src/response-head.ts';
import { type CgiResponseEvent, CgiResponseReader } from '../src/response-reader.ts';
import { failure, read } from './read.ts';

function eventsOf(vector: CgiResponseVector): CgiResponseEvent[] {
  const { status, reason, localRedirect, body, surplus } = vector;
  const headers = vector.headers.map(([name, value]): [string, string] => [name, value]);
  return [
    { type: 'head', status, reason, headers, localRedirect },
    ...(body ? [{ type: 'body', chunk: latin1(body) } as const] : []),
    { type: 'end' },
    ...(surplus ? [{ type: 'surplus', size: surplus } as const] : []),
  ];
}

function headOf(head: string): CgiResponseEvent & { type: 'head' } {
  const [event] = new CgiResponseReader().feed(latin1(head));
  if (event?.type !== 'head') throw new Error('no head');
  return event;
}

describe.each(RESPONSES)('$name (section $section)', (vector) => {
  it('is read the same however its bytes arrive', () => {
    for (const chunks of everySplit(vector.bytes)) expect(read(chunks)).toEqual(eventsOf(vector));
  });

  it('is refused when it is cut short before its body, at every byte', () => {
    const headSize = vector.bytes.length - vector.body.length - (vector.surplus ?? 0);
    for (let size = 0; size < headSize; size++) {
      const reader = new CgiResponseReader();
      expect(reader.feed(vector.bytes.subarray(0, size))).toEqual([]);
      expect(failure(() => reader.finish())).toMatchObject({
        code: 'ERR_CGI_TRUNCATED',
        blame: 'remote',
        statusHint: 502,
      });
      expect([...reader.feed(vector.bytes.subarray(size)), ...reader.finish()]).toEqual([]);
    }
  });
});

describe.each(RESPONSES.filter((vector) => vector.ours))('$name', (vector) => {
  it('is written to the same bytes', () => {
    const [head, ...rest] = read([vector.bytes]);
    if (head?.type !== 'head') throw new Error('no head');
    const block = encodeResponseHead(`${head.status} ${head.reason}`, head.headers);
    const body = rest.flatMap((event) => (event.type === 'body' ? [event.chunk] : []));
    const whole = text(vector.bytes);
    expect(block + text(join(body))).toBe(whole.slice(0, whole.length - (vector.surplus ?? 0)));
  });
});

describe.each(MALFORMED)('refused: $name', ({ bytes, code }) => {
  it(`is ${code}, however its bytes arrive`, () => {
    expect(ERROR_CODES).toHaveProperty(code);
    for (const chunks of everySplit(bytes)) {
      expect(failure(() => read(chunks))).toMatchObject({ code, statusHint: 502, blame: 'remote' });
    }
  });

  it('reports no head before, and nothing afterwards', () => {
    const reader = new CgiResponseReader();
    expect(reader.feed(bytes.subarray(0, -1))).toEqual([]);
    expect(failure(() => reader.feed(bytes.subarray(-1)))).toMatchObject({ code });
    expect(reader.feed(latin1('Status: 200 OK\r\n\r\nhello'))).toEqual([]);
    expect(reader.finish()).toEqual([]);
  });
});

describe('control characters', () => {
  const controls = [...Array(32).keys(), 127].filter((code) => code !== 9 && code !== 10);

  it.each([
    ['a value', 'X-A: b', 'c'],
    ['a reason', 'Status: 200 O', 'K'],
    ['the reason of a status line', 'HTTP/1.1 200 O', 'K'],
    ['a location', 'Location: http://a/', 'b'],
    ['a content type', 'Content-Type: text/', 'plain'],
  ])('are refused in %s', (_name, before, behind) => {
    const taken = controls.filter((code) => {
      const head = `${before}${String.fromCharCode(code)}${behind}\n\n`;
      try {
        read([latin1(head)]);
        return true;
      } catch {
        return false;
      }
    });
    expect(taken).toEqual([]);
  });

  it('are refused in a name, the tab and bytes above 0x7f too', () => {
    for (const code of [...controls, 9, ...Array.from({ length: 128 }, (_, at) => 128 + at)]) {
      const head = `X${String.fromCharCode(code)}Y: b\n\n`;
      expect(failure(() => read([latin1(head)])).code).toBe('ERR_CGI_HEAD');
    }
  });

  it('other than the tab are all that is refused in a value', () => {
    for (const code of [9, ...Array.from({ length: 224 }, (_, at) => 32 + at)]) {
      if (code === 127) continue;
      const value = `b${String.fromCharCode(code)}c`;
      expect(headOf(`X-A: ${value}\n\n`).headers).toEqual([['X-A', value]]);
    }
  });
});

describe('a body', () => {
  const head = 'Status: 200 OK\r\nContent-Length: 4\r\n\r\n';

  it.each([0, 1, 3])('that ends after %i of 4 bytes is no body', (size) => {
    const reader = new CgiResponseReader();
    reader.feed(latin1(head + 'x'.repeat(size)));
    expect(failure(() => reader.finish())).toMatchObject({
      code: 'ERR_CGI_TRUNCATED',
      statusHint: 502,
      message: expect.stringContaining(`${4 - size} bytes`),
    });
    expect(reader.finish()).toEqual([]);
    expect(reader.feed(latin1('xxxx'))).toEqual([]);
  });

  it('is complete with its last byte, without waiting for the end of the stream', () => {
    const events = new CgiResponseReader().feed(latin1(`${head}abcd`));
    expect(events.map((event) => event.type)).toEqual(['head', 'body', 'end']);
    const empty = new CgiResponseReader().feed(latin1('Status: 200\nContent-Length: 0\n\n'));
    expect(empty.map((event) => event.type)).toEqual(['head', 'end']);
  });

  it('is cut at its Content-Length, and more is counted as long as it comes', () => {
    const reader = new CgiResponseReader();
    reader.feed(latin1(`${head}abc`));
    expect(reader.feed(latin1('dXX'))).toEqual([
      { type: 'body', chunk: latin1('d') },
      { type: 'end' },
      { type: 'surplus', size: 2 },
    ]);
    expect(reader.feed(latin1(`${head}abcd`))).toEqual([
      { type: 'surplus', size: head.length + 4 },
    ]);
    expect([...reader.feed(latin1('')), ...reader.finish(), ...reader.finish()]).toEqual([]);
  });

  it('of unknown length goes on to the end of the stream, once', () => {
    const reader = new CgiResponseReader();
    expect(reader.feed(latin1('Status: 200\n\n'))).toHaveLength(1);
    expect(reader.finish()).toEqual([{ type: 'end' }]);
    expect(reader.finish()).toEqual([]);
    expect(reader.feed(latin1('late'))).toEqual([{ type: 'surplus', size: 4 }]);
  });

  it('is passed on as views', () => {
    const bytes = latin1(`${head}abcdXX`);
    const body = new CgiResponseReader().feed(bytes).find((event) => event.type === 'body');
    expect(body?.type === 'body' && body.chunk.buffer === bytes.buffer).toBe(true);
  });

  it.each([
    ['204', 'Status: 204 No Content\nContent-Length: 4\n\n', {}],
    ['304', 'Status: 304 Not Modified\nContent-Length: 4\n\n', {}],
    ['HEAD', 'Status: 200 OK\nContent-Length: 4\n\n', { head: true }],
    ['HEAD of unknown length', 'Status: 200 OK\n\n', { head: true }],
  ])('is none after %s, whatever is sent', (_name, start, options) => {
    for (const chunks of everySplit(latin1(`${start}abcd`))) {
      const events = read(chunks, options);
      expect(events.map((event) => event.type)).toEqual(['head', 'end', 'surplus']);
    }
    const alone = new CgiResponseReader(options);
    expect(alone.feed(latin1(start)).map((event) => event.type)).toEqual(['head', 'end']);
    expect(alone.finish()).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([
    ['/x', '/x'],
    ['/', '/'],
    ['/a?b=/c#d', '/a?b=/c#d'],
    ['//host/x', undefined],
    ['foo', undefined],
    ['?a', undefined],
    ['http://a/', undefined],
    ['\\x', undefined],
  ])('to %s alone', (location, localRedirect) => {
    expect(headOf(`Location: ${location}\n\n`)).toMatchObject({
      status: 302,
      headers: [['Location', location]],
      localRedirect,
    });
  });

  it('to nowhere is none', () => {
    expect(headOf('Location:\nContent-Type: a/b\n\n').status).toBe(200);
    expect(headOf('Location:\n\n').localRedirect).toBeUndefined();
  });

  it('with a status is as it says', () => {
    for (const head of ['Status: 200\nLocation: /x\n\n', 'HTTP/1.1 302 Found\nLocation: /x\n\n']) {
      expect(headOf(head).localRedirect).toBeUndefined();
    }
    expect(headOf('Location: http://a/\nStatus: 307\n\n').status).toBe(307);
  });

  it('shows a body that should not be there, so that the caller can tell the client', () => {
    const types = read([latin1('Location: /x\n\nhello')]).map((event) => event.type);
    expect(types).toEqual(['head', 'body', 'end']);
  });
});

describe('a head', () => {
  it('is given no Content-Type that the sender did not send', () => {
    expect(headOf('X-A: 1\n\n').headers).toEqual([['X-A', '1']]);
  });

  it('takes names that objects have by birth', () => {
    const names = ['__proto__', 'constructor', 'toString', '__proto__'];
    const head = headOf(`${names.map((name) => `${name}: x\n`).join('')}\n`);
    expect(head.headers).toEqual(names.map((name) => [name, 'x']));
  });

  it.each([
    [200, 'OK'],
    [299, 'Unknown'],
    [418, 'Unknown'],
    [599, 'Unknown'],
  ])('of status %i without a reason says %s', (status, reason) => {
    for (const line of [`Status: ${status}`, `Status: ${status} `, `HTTP/1.0 ${status}`]) {
      expect(headOf(`${line}\nX-A: 1\n\n`)).toMatchObject({ status, reason });
    }
  });
});
