// ScgiClientCodec: a request to bytes, an answer passed on.
import { ProtocolError } from '@sluice/protocol';
import { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { latin1, text } from '../../../test/vectors/bytes.ts';
import { RESPONSES } from '../../../test/vectors/cgi.ts';
import { block, netstring } from '../../../test/vectors/scgi.ts';
import { ScgiClientCodec } from '../src/client-codec.ts';

function request(variables: readonly string[], contentLength = 0): string {
  return text(new ScgiClientCodec().encode({ type: 'request', variables, contentLength }));
}

const refused = (code: string) => expect.objectContaining({ code, blame: 'local' });

describe('a request', () => {
  it('begins with CONTENT_LENGTH and SCGI, and the codec alone says what they are', () => {
    const expected = netstring(block('CONTENT_LENGTH', '7', 'SCGI', '1', 'A', 'b'));
    expect(request(['A', 'b'], 7)).toBe(expected);
    expect(request(['SCGI', '2', 'A', 'b', 'CONTENT_LENGTH', '9'], 7)).toBe(expected);
  });

  it('counts bytes, not characters of some other encoding', () => {
    expect(request(['X', '\u00e9\u00ff'])).toBe(
      netstring(block('CONTENT_LENGTH', '0', 'SCGI', '1', 'X', '\u00e9\u00ff')),
    );
  });

  it.each([
    ['a NUL in a name', ['A\0B', 'x']],
    ['a NUL in a value', ['A', 'x\0y']],
    ['a NUL that would add a header', ['A', 'x\0REMOTE_USER\0root']],
    ['an empty name', ['', 'x']],
  ])('is refused before a byte is written: %s', (_name, variables) => {
    expect(() => request(variables)).toThrow(refused('ERR_SCGI_COMMAND'));
    expect(() => request(variables)).toThrow(ProtocolError);
  });

  it.each([
    ['a name', ['\u0100', 'x']],
    ['a value', ['A', '\u20ac']],
  ])('is refused for a character above U+00FF in %s', (_name, variables) => {
    expect(() => request(variables)).toThrow(refused('ERR_PROTOCOL_LATIN1'));
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21])(
    'is refused for a length that no server reads: %d',
    (contentLength) => {
      expect(() => request(['A', 'b'], contentLength)).toThrow(refused('ERR_SCGI_COMMAND'));
    },
  );

  it('carries names that objects have by birth', () => {
    expect(request(['__proto__', 'x', 'constructor', 'y'])).toContain(
      '\0__proto__\0x\0constructor',
    );
  });
});

describe('a body', () => {
  it('is passed on as it is, up to what was announced', () => {
    const codec = new ScgiClientCodec();
    codec.encode({ type: 'request', variables: [], contentLength: 3 });
    const chunk = latin1('ab');
    expect(codec.encode({ type: 'body', chunk })).toBe(chunk);
    expect(codec.encode({ type: 'body', chunk: latin1('') })).toHaveLength(0);
    expect(text(codec.encode({ type: 'body', chunk: latin1('c') }))).toBe('c');
    expect(() => codec.encode({ type: 'body', chunk: latin1('d') })).toThrow(
      refused('ERR_SCGI_COMMAND'),
    );
    expect(() => codec.encode({ type: 'body', chunk: latin1('e') })).toThrow(ProtocolError);
  });

  it('is refused at one byte more than was announced', () => {
    const codec = new ScgiClientCodec();
    codec.encode({ type: 'request', variables: [], contentLength: 3 });
    expect(() => codec.encode({ type: 'body', chunk: latin1('abcd') })).toThrow(
      refused('ERR_SCGI_COMMAND'),
    );
  });

  it('is refused before its request', () => {
    expect(() => new ScgiClientCodec().encode({ type: 'body', chunk: latin1('a') })).toThrow(
      refused('ERR_SCGI_COMMAND'),
    );
  });
});

describe('an answer', () => {
  it.each(RESPONSES)('is passed on byte for byte: $name', ({ bytes }) => {
    for (const chunks of everySplit(bytes)) {
      expect(joinChunks(readAll(new ScgiClientCodec(), chunks))).toEqual([
        { type: 'data', chunk: bytes },
        { type: 'end' },
      ]);
    }
  });

  it('that is empty is only an end', () => {
    expect(readAll(new ScgiClientCodec(), [new Uint8Array(0)])).toEqual([{ type: 'end' }]);
  });

  it('is passed on as views', () => {
    const chunk = latin1('Status: 200 OK\r\n\r\n');
    expect(new ScgiClientCodec().feed(chunk)).toEqual([{ type: 'data', chunk }]);
    expect(new ScgiClientCodec().feed(chunk)[0]).toHaveProperty('chunk', chunk);
  });
});
