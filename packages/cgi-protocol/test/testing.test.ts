// The kit for tests of CGI implementations: what it builds is what our reader reads.
import { expect, it } from 'vitest';
import { text } from '../../../test/vectors/bytes.ts';
import { CgiResponseReader } from '../src/response-reader.ts';
import { joinChunks, readAll, response } from '../src/testing.ts';

it('builds what scripts print, with either line end', () => {
  expect(text(response(['Status: 204']))).toBe('Status: 204\r\n\r\n');
  expect(text(response(['A: b', 'C: d'], 'x\ny', '\n'))).toBe('A: b\nC: d\n\nx\ny');
});

it('builds responses, right ones and wrong ones', () => {
  const bytes = response(['Status: 404 Not Found', 'Content-Length: 2'], 'h\u00e9');
  expect(joinChunks(readAll(new CgiResponseReader(), [bytes]))).toMatchObject([
    { type: 'head', status: 404, headers: [['Content-Length', '2']] },
    { type: 'body' },
    { type: 'end' },
  ]);
  expect(() => readAll(new CgiResponseReader(), [response(['no header'])])).toThrow('no header');
});
