// Heads of responses, written; and their reasons.
import { describe, expect, it } from 'vitest';
import { reasonPhrase } from '../src/reason-phrases.ts';
import { encodeResponseHead } from '../src/response-head.ts';

describe('encodeResponseHead', () => {
  it('writes Status first, then the headers in order, then the blank line', () => {
    const headers = [
      ['Set-Cookie', 'a=1'],
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'b=2'],
    ] as const;
    expect(encodeResponseHead('404 Not Found', headers)).toBe(
      'Status: 404 Not Found\r\nSet-Cookie: a=1\r\nContent-Type: text/plain\r\nSet-Cookie: b=2\r\n\r\n',
    );
  });

  it('needs no headers', () => {
    expect(encodeResponseHead('204 No Content', [])).toBe('Status: 204 No Content\r\n\r\n');
  });

  it('keeps one character for each byte', () => {
    expect(encodeResponseHead('200 \u00fc', [['X', '\u00c3\u00a9']])).toBe(
      'Status: 200 \u00fc\r\nX: \u00c3\u00a9\r\n\r\n',
    );
  });
});

describe('reasonPhrase', () => {
  it.each([
    [200, 'OK'],
    [302, 'Found'],
    [404, 'Not Found'],
    [413, 'Content Too Large'],
    [431, 'Request Header Fields Too Large'],
    [502, 'Bad Gateway'],
    [599, 'Unknown'],
    [0, 'Unknown'],
  ])('of %i is %s', (status, reason) => {
    expect(reasonPhrase(status)).toBe(reason);
  });

  it('has a phrase of its own for every status of RFC 9110, section 15', () => {
    const ranges = { 200: 206, 300: 305, 307: 308, 400: 417, 421: 422, 426: 426, 500: 505 };
    const phrases = Object.entries(ranges).flatMap(([first, last]) =>
      Array.from({ length: last - Number(first) + 1 }, (_, at) => reasonPhrase(Number(first) + at)),
    );
    expect(phrases).not.toContain('Unknown');
    expect(new Set(phrases).size).toBe(phrases.length);
  });
});
