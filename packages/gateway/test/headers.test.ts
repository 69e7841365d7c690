// Headers: a multi-map over the list that startResponse takes.
import { describe, expect, it } from 'vitest';
import type { ResponseHeaders } from '../src/application.ts';
import { Headers } from '../src/headers.ts';

const refused = expect.objectContaining({ code: 'ERR_GATEWAY_HEADERS' });

function cookies(): Headers {
  return new Headers([
    ['Set-Cookie', 'a=1'],
    ['Content-Type', 'text/plain'],
    ['set-cookie', 'b=2'],
  ]);
}

describe('Headers', () => {
  it('is empty at first', () => {
    const headers = new Headers();
    expect(headers.length).toBe(0);
    expect(headers.get('Any')).toBeUndefined();
    expect(headers.getAll('Any')).toEqual([]);
    expect(headers.toString()).toBe('\r\n');
  });

  it('finds names in any case', () => {
    const headers = cookies();
    expect(headers.get('SET-COOKIE')).toBe('a=1');
    expect(headers.getAll('Set-Cookie')).toEqual(['a=1', 'b=2']);
    expect(headers.has('content-type')).toBe(true);
    expect(headers.has('Content')).toBe(false);
    expect(headers.get('Missing', 'fallback')).toBe('fallback');
  });

  it('keeps order and repetitions', () => {
    const headers = cookies();
    expect(headers.length).toBe(3);
    expect(headers.keys()).toEqual(['Set-Cookie', 'Content-Type', 'set-cookie']);
    expect(headers.values()).toEqual(['a=1', 'text/plain', 'b=2']);
    expect([...headers]).toEqual(headers.items());
  });

  it('replaces all of a name by one at the end', () => {
    const headers = cookies();
    headers.set('SET-COOKIE', 'c=3');
    expect(headers.items()).toEqual([
      ['Content-Type', 'text/plain'],
      ['SET-COOKIE', 'c=3'],
    ]);
  });

  it('deletes all of a name, and does not mind one that is missing', () => {
    const headers = cookies();
    headers.delete('Set-Cookie');
    headers.delete('Missing');
    expect(headers.keys()).toEqual(['Content-Type']);
  });

  it('adds beside what is there', () => {
    const headers = cookies();
    headers.add('Set-Cookie', 'c=3');
    expect(headers.getAll('set-cookie')).toEqual(['a=1', 'b=2', 'c=3']);
  });

  it('sets a default only where there is nothing', () => {
    const headers = new Headers([['X-Empty', '']]);
    expect(headers.setDefault('x-empty', 'new')).toBe('');
    expect(headers.setDefault('X-New', 'new')).toBe('new');
    expect(headers.items()).toEqual([
      ['X-Empty', ''],
      ['X-New', 'new'],
    ]);
  });

  it('changes the list that it was given, and copies it only for items()', () => {
    const list: ResponseHeaders = [['A', '1']];
    const headers = new Headers(list);
    headers.set('B', '2');
    headers.items().pop();
    headers.delete('a');
    expect(list).toEqual([['B', '2']]);
  });

  it('survives many headers', () => {
    const list = Array.from({ length: 200_000 }, (): [string, string] => ['A', '1']);
    const headers = new Headers(list);
    headers.delete('B');
    expect(headers.length).toBe(200_000);
  });

  it('makes the header block, as text and as bytes', () => {
    const headers = new Headers([['A', '1']]);
    headers.add('B', 'caf\xe9');
    expect(headers.toString()).toBe('A: 1\r\nB: caf\xe9\r\n\r\n');
    expect(`${headers}`).toBe(headers.toString());
    expect(headers.toBytes()).toEqual(Buffer.from('A: 1\r\nB: caf\xe9\r\n\r\n', 'latin1'));
  });
});

describe('addHeader', () => {
  it.each([
    ['attachment', { filename: 'bud.gif' }, 'attachment; filename="bud.gif"'],
    ['attachment', { filename: 'a"b\\c' }, 'attachment; filename="a\\"b\\\\c"'],
    ['x', { max_age: '1', flag: null, empty: '' }, 'x; max-age="1"; flag; empty'],
    [null, { no_cache: null }, 'no-cache'],
    ['plain', undefined, 'plain'],
    ['', { a: '1' }, '; a="1"'],
  ])('%j with %j is %s', (value, params, result) => {
    const headers = new Headers();
    headers.addHeader('Name', value, params);
    expect(headers.items()).toEqual([['Name', result]]);
  });
});

describe('what would break the header block', () => {
  it.each(['', 'A B', 'A:', 'A\r\n', 'é', 1, null])('the name %j is refused', (name) => {
    expect(() => new Headers().add(name as string, '')).toThrow(refused);
    expect(() => new Headers([[name as string, '']])).toThrow(refused);
  });

  it.each(['a\r\nB: 2', 'a\n', '\0', '\x7f', '€', 1, undefined])(
    'the value %j is refused',
    (value) => {
      const headers = new Headers([['A', '1']]);
      expect(() => headers.add('A', value as string)).toThrow(refused);
      expect(() => headers.set('A', value as string)).toThrow(refused);
      expect(() => headers.setDefault('B', value as string)).toThrow(refused);
      expect(headers.items()).toEqual([['A', '1']]);
    },
  );

  it('a line break in a parameter is refused', () => {
    expect(() => new Headers().addHeader('A', 'x', { filename: 'a\r\nB: 2' })).toThrow(refused);
    expect(() => new Headers().addHeader('A', 'x', { 'a\n': 'b' })).toThrow(refused);
  });

  it.each([
    { list: 'A: 1' },
    { list: { A: '1' } },
    { list: [['A']] },
    { list: [null] },
    { list: ['A1'] },
    { list: [['A', '1', '2']] },
  ])('%j is not a list of name and value', ({ list }) => {
    expect(() => new Headers(list as unknown as ResponseHeaders)).toThrow(refused);
  });

  it('a tabulator is allowed', () => {
    expect(new Headers([['A', 'x\ty']]).get('A')).toBe('x\ty');
  });
});
