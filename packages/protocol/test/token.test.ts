// HTTP tokens.
import { describe, expect, it } from 'vitest';
import { isToken } from '../src/token.ts';

// RFC 9110, section 5.6.2
const TCHAR = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe('isToken', () => {
  it('takes the characters of a token and no other', () => {
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const expected = TCHAR.includes(character);
      expect([code, isToken(character)]).toEqual([code, expected]);
      expect([code, isToken(`X${character}`)]).toEqual([code, expected]);
      expect([code, isToken(`${character}X`)]).toEqual([code, expected]);
    }
  });

  it('refuses nothing at all', () => {
    expect(isToken('')).toBe(false);
  });

  it('takes names that objects have by birth: they are only text here', () => {
    expect(['__proto__', 'constructor', 'toString'].every(isToken)).toBe(true);
  });
});
