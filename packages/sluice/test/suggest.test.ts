// What a person may have meant.
import { describe, expect, it } from 'vitest';
import { nearest, suggest } from '../src/suggest.ts';

describe('suggest', () => {
  it.each([
    ['lisen', ['listen', 'workers'], 'listen'],
    ['LISTEN', ['listen', 'workers'], 'listen'],
    ['listne', ['workers', 'listen'], 'listen'],
    ['listens', ['workers', 'listen'], 'listen'],
    ['isten', ['listen'], 'listen'],
    ['htp', ['http', 'scgi', 'cgi'], 'http'],
    ['fcgi', ['http', 'scgi', 'cgi'], 'scgi'],
    ['script-nam', ['scriptName', 'serve'], 'scriptName'],
    ['shutdwnTimot', ['shutdownTimeout', 'umask'], 'shutdownTimeout'],
    ['same', ['same'], 'same'],
  ])('%j of %j', (word, known, meant) => {
    expect(suggest(word, known)).toBe(`; did you mean ${meant}?`);
  });

  it.each([
    ['xyzzy', ['http', 'scgi', 'cgi'], '; there are http, scgi, cgi'],
    ['gopher', ['http'], '; there are http'],
    ['', ['listen'], '; there are listen'],
    ['x', ['as', 'listen'], '; there are as, listen'],
    ['shutdown', ['shutdownTimeout', 'umask'], '; there are shutdownTimeout, umask'],
  ])('%j has nothing near in %j: all are named', (word, known, text) => {
    expect(suggest(word, known)).toBe(text);
  });

  it('of two that are as near, the first', () => {
    expect(suggest('cat', ['bat', 'hat'])).toBe('; did you mean bat?');
  });

  it('nothing near may also be nothing to say', () => {
    expect(nearest('xyzzy', ['http', 'scgi'])).toBe('');
    expect(nearest('htp', ['http', 'scgi'])).toBe('; did you mean http?');
  });

  it('names that are there twice are listed once', () => {
    expect(suggest('xyzzy', ['http', 'scgi', 'http'])).toBe('; there are http, scgi');
  });
});
