// The path of a request as HTTP writes it.
import { testEnviron } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { targetOf } from '../src/request-target.ts';

function target(variables: Record<string, string | undefined>): string {
  return targetOf(testEnviron(variables as Record<string, string>));
}

describe('with REQUEST_URI', () => {
  it.each(['/', '/a/b?c=d', '/a%20b/%C3%A9?x=%zz', '/a;b=1/c', '/a?'])(
    '%s stays as it is',
    (uri) => {
      expect(target({ ...partsOf(uri), REQUEST_URI: uri })).toBe(uri);
    },
  );
});

describe('made of the decoded path', () => {
  it.each([
    ['', '/', '', '/'],
    ['', '/a b', '', '/a%20b'],
    ['/blog', '/a', 'c=d', '/blog/a?c=d'],
    ['/blog', '', '', '/blog'],
    ['', '', '', '/'],
    ['', '/caf\xc3\xa9', '', '/caf%C3%A9'],
    ['', '/\xe9', '', '/%E9'],
    ['', '/a?b#c%d', '', '/a%3Fb%23c%25d'],
    ['', '/a\r\nX-Injected: 1', '', '/a%0D%0AX-Injected%3A%201'],
    ['', '/', 'a b', '/?a%20b'],
    ['', '/', 'a\r\nX-Injected: 1', '/?a%0D%0AX-Injected:%201'],
  ])('%j, %j, %j gives %s', (script, path, query, expected) => {
    const parts = { SCRIPT_NAME: script, PATH_INFO: path, QUERY_STRING: query };
    expect(target(parts)).toBe(expected);
    // None of these is what a client can have sent.
    for (const uri of ['*', 'http://127.0.0.1/x', '', '/a b', '/\xe9', '/a\r\nX-Injected: 1'])
      expect(target({ ...parts, REQUEST_URI: uri })).toBe(expected);
  });
});

describe('a path that could lead out of its mount', () => {
  const paths = ['/..', '/../a', '/a/../../b', '/.', '/./a', '/a/..'];

  it.each(paths)('%s is refused below one', (path) => {
    const error = expect.objectContaining({ code: 'ERR_BACK_END_PATH', statusHint: 400 });
    expect(() => target({ SCRIPT_NAME: '/blog', PATH_INFO: path })).toThrow(error);
  });

  it.each(paths)('%s is passed on at the root', (path) => {
    expect(target({ SCRIPT_NAME: '', PATH_INFO: path })).toBe(path);
  });

  it.each(['/..a', '/a..', '/...', '/a.b/c'])('%s is none', (path) => {
    expect(target({ SCRIPT_NAME: '/blog', PATH_INFO: path })).toBe(`/blog${path}`);
  });
});

function partsOf(uri: string) {
  const question = uri.indexOf('?');
  const path = question < 0 ? uri : uri.slice(0, question);
  const decoded = Buffer.from(decodeURIComponent(path)).toString('latin1');
  const query = question < 0 ? '' : uri.slice(question + 1);
  return { SCRIPT_NAME: '', PATH_INFO: decoded, QUERY_STRING: query };
}
