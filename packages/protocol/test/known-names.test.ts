// Names that nearly every request brings, found in its bytes.
import { describe, expect, it } from 'vitest';
import { KNOWN_NAMES, knownName } from '../src/known-names.ts';
import { toLatin1 as latin1 } from '../src/latin1.ts';

describe('a known name', () => {
  it.each(KNOWN_NAMES)('%s is found at its place, and nothing else is taken for it', (name) => {
    const found = (text: string) => knownName(latin1(`-${text}-`), 1, text.length);
    expect(found(name)).toBe(name);
    for (let at = 0; at < name.length; at++) {
      const other = `${name.slice(0, at)}~${name.slice(at + 1)}`;
      expect(found(other)).toBeUndefined();
    }
    expect(found(name.slice(1))).not.toBe(name);
    expect(found(`${name}X`)).not.toBe(name);
  });

  it('is a whole one, and has at least five bytes', () => {
    // The last three are starts of known names, and have the places of those.
    for (const text of ['', 'A', 'AB', 'ABC', 'HTTP', 'QUERY_', 'REQUEST_', 'HTTP_SE'])
      expect(knownName(latin1(text), 0, text.length)).toBeUndefined();
  });
});
