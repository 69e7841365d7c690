// Response parts as CGI answers: how many writes, and which bytes.
import type { ResponsePart } from '@sluice/gateway';
import { describe, expect, it } from 'vitest';
import { cgiAnswer } from '../src/cgi-answer.ts';

const HEAD = { status: '200 OK', headers: [['X-A', 'caf\xe9']] as [string, string][] };
const BLOCK = Buffer.from('Status: 200 OK\r\nX-A: caf\xe9\r\n\r\n', 'latin1');

function piecesOf(head: ResponsePart['head'], chunk: Uint8Array | undefined, last = false) {
  return cgiAnswer({ head, chunk, last });
}

describe('cgiAnswer', () => {
  it('writes Status first, one byte for each character, and the blank line', () => {
    expect(piecesOf(HEAD, undefined)).toEqual([BLOCK]);
  });

  it('keeps headers that repeat', () => {
    const headers: [string, string][] = [
      ['Set-Cookie', 'a'],
      ['Set-Cookie', 'b'],
    ];
    const [block] = piecesOf({ status: '204 No Content', headers }, undefined);
    expect(String(block)).toBe('Status: 204 No Content\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n');
  });

  it.each([1, 16384])('%d bytes go with the head in one write', (size) => {
    const chunk = Buffer.alloc(size, 'x');
    const pieces = piecesOf(HEAD, chunk);
    expect(pieces).toHaveLength(1);
    expect(Buffer.compare(pieces[0] as Uint8Array, Buffer.concat([BLOCK, chunk]))).toBe(0);
  });

  it('one byte more is not copied', () => {
    const chunk = new Uint8Array(16385);
    const pieces = piecesOf(HEAD, chunk);
    expect(pieces).toHaveLength(2);
    expect(pieces[0]).toEqual(BLOCK);
    expect(pieces[1]).toBe(chunk);
  });

  it('what it joins is a copy: the application may use its block again', () => {
    const chunk = Buffer.from('abc');
    const [whole] = piecesOf(HEAD, chunk);
    chunk.fill('x');
    expect(String(whole?.subarray(-3))).toBe('abc');
  });

  it('a block without a head is sent as it is', () => {
    const chunk = new Uint8Array([1]);
    const pieces = piecesOf(undefined, chunk, true);
    expect(pieces).toHaveLength(1);
    expect(pieces[0]).toBe(chunk);
  });

  it('neither is nothing', () => {
    expect(piecesOf(undefined, undefined, true)).toEqual([]);
  });
});
