// The kit for tests of SCGI implementations: what it builds is what our codecs read.
import { expect, it } from 'vitest';
import { text } from '../../../test/vectors/bytes.ts';
import { ScgiClientCodec } from '../src/client-codec.ts';
import { ScgiServerCodec } from '../src/server-codec.ts';
import { joinChunks, netstring, readAll, request, response, VECTORS } from '../src/testing.ts';

it.each(VECTORS)('builds the vector: $name', ({ bytes, variables, body }) => {
  expect(text(request(variables.slice(4), body))).toBe(text(bytes));
});

it('builds requests, right ones and wrong ones', () => {
  const events = readAll(new ScgiServerCodec(), [request(['REQUEST_METHOD', 'PUT'], 'h\u00e9')]);
  expect(joinChunks(events)).toMatchObject([
    {
      variables: ['CONTENT_LENGTH', '2', 'SCGI', '1', 'REQUEST_METHOD', 'PUT'],
      contentLength: 2,
    },
    { type: 'body' },
    { type: 'end' },
  ]);
  expect(() => readAll(new ScgiServerCodec(), [request(['', 'x'])])).toThrow('an empty name');
  expect(netstring('h\u00e9')).toBe('2:h\u00e9,');
});

it('builds answers', () => {
  expect(text(response())).toBe('Status: 200 OK\r\n\r\n');
  const bytes = response('404 Not Found', [['Content-Type', 'text/plain']], 'x');
  expect(text(bytes)).toBe('Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nx');
  expect(readAll(new ScgiClientCodec(), [bytes])).toMatchObject([
    { type: 'data', chunk: bytes },
    { type: 'end' },
  ]);
});
