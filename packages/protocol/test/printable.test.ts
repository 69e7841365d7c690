// Text in log lines: nothing from outside can break one, or make one up.
import { describe, expect, it } from 'vitest';
import { printable } from '../src/printable.ts';

describe('printable', () => {
  it.each([
    ['plain text ~!', 'plain text ~!'],
    ['', ''],
    ['a\nerror: forged', 'a\\x0aerror: forged'],
    ['\r\t\0', '\\x0d\\x09\\x00'],
    ['\x1b[31mred\x9b', '\\x1b[31mred\\x9b'],
    ['\x7f', '\\x7f'],
    ['caf\xe9', 'caf\\xe9'],
    ['€', '\\u20ac'],
    ['\u2028\u202e', '\\u2028\\u202e'],
    ['😀', '\\ud83d\\ude00'],
    ['\ud800', '\\ud800'],
  ])('%j is %s', (text, line) => {
    expect(printable(text)).toBe(line);
  });

  it('leaves nothing but printable ASCII of any character', () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
    for (const character of all) expect(printable(character)).toMatch(/^[\x20-\x7e]+$/);
  });

  it('is bounded, and shows that something is left out', () => {
    expect(printable('x'.repeat(4096))).toBe('x'.repeat(4096));
    expect(printable('x'.repeat(4097))).toBe(`${'x'.repeat(4096)}\\u2026`);
    expect(printable('\n'.repeat(10_000_000)).length).toBeLessThan(20_000);
  });
});
