// Strict numbers: digits and nothing else.
import { describe, expect, it } from 'vitest';
import { parseLength } from '../src/length.ts';

describe('parseLength', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['0007', 7],
    ['65536', 65536],
    ['4294967296', 2 ** 32],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %j', (text, length) => {
    expect(parseLength(text)).toBe(length);
  });

  const wrong = ['', ' ', '5 ', ' 5', '\t5', '5\n', '5\0', '\n5', '+5', '-5', '-0', '5.', '.5'];
  const spelled = ['5.0', '5e0', '1e3', '0x5', '0b1', '0o7', '5n', '1_0', '5,5', '5;5', '5abc'];
  const named = ['NaN', 'Infinity', 'null', 'abc', '\u00b2', '\u0665', '\uff15', '\u2075'];
  const large = ['9007199254740992', '9007199254740993', '9999999999999999'];
  const larger = ['10000000000000000', '18446744073709551616', '1'.repeat(400), '0'.repeat(17)];
  it.each([...wrong, ...spelled, ...named, ...large, ...larger])('refuses %j', (text) => {
    expect(parseLength(text)).toBeUndefined();
  });
});
