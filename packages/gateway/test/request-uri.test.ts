// URIs from an environ: expectations are what Python's wsgiref.util answers.
import { describe, expect, it } from 'vitest';
import {
  applicationUri,
  decodePath,
  guessScheme,
  isHopByHop,
  quotePath,
  requestUri,
  shiftPathInfo,
} from '../src/request-uri.ts';
import { testEnviron } from '../src/testing.ts';

describe('guessScheme', () => {
  it.each(['on', '1', 'yes', 'true', 'ON', 'Yes'])('HTTPS=%s is https', (HTTPS) => {
    expect(guessScheme({ HTTPS })).toBe('https');
  });

  it.each(['off', '0', '', 'no', 'on ', 'only', undefined, true])('HTTPS=%j is http', (HTTPS) => {
    expect(guessScheme({ HTTPS })).toBe('http');
  });

  it('takes a request without HTTPS for http', () => {
    expect(guessScheme({})).toBe('http');
  });
});

describe('applicationUri', () => {
  it.each([
    [{}, 'http://127.0.0.1/'],
    [{ SCRIPT_NAME: '/spam' }, 'http://127.0.0.1/spam'],
    [{ SCRIPT_NAME: '/sp\xe4m' }, 'http://127.0.0.1/sp%E4m'],
    [{ SCRIPT_NAME: '', PATH_INFO: '/x' }, 'http://127.0.0.1/'],
    [{ HTTP_HOST: 'spam.example.com:2071' }, 'http://spam.example.com:2071/'],
    [{ HTTP_HOST: undefined, SERVER_NAME: 'spam.example.com' }, 'http://spam.example.com/'],
    [{ HTTP_HOST: '', SERVER_NAME: 'spam' }, 'http://spam/'],
    [{ HTTP_HOST: undefined, SERVER_PORT: '8000' }, 'http://127.0.0.1:8000/'],
    [{ HTTP_HOST: undefined, SERVER_PORT: '443' }, 'http://127.0.0.1:443/'],
    [{ HTTP_HOST: undefined, HTTPS: 'on' }, 'https://127.0.0.1/'],
    [{ HTTP_HOST: undefined, HTTPS: 'on', SERVER_PORT: '80' }, 'https://127.0.0.1:80/'],
  ])('%j gives %s', (overrides, uri) => {
    expect(applicationUri(testEnviron(overrides))).toBe(uri);
  });
});

describe('requestUri', () => {
  it.each([
    [{}, 'http://127.0.0.1/'],
    [{ SCRIPT_NAME: '/spammity', PATH_INFO: '/spam' }, 'http://127.0.0.1/spammity/spam'],
    [{ SCRIPT_NAME: '/spammity' }, 'http://127.0.0.1/spammity'],
    [{ PATH_INFO: '/sp\xe4m' }, 'http://127.0.0.1/sp%E4m'],
    [{ PATH_INFO: '/spam;cookie=1234,5678' }, 'http://127.0.0.1/spam;cookie=1234,5678'],
    [{ PATH_INFO: '/a b?c#d%' }, 'http://127.0.0.1/a%20b%3Fc%23d%25'],
    [{ PATH_INFO: '//x' }, 'http://127.0.0.1//x'],
    [
      { SCRIPT_NAME: '/s', PATH_INFO: '/p', QUERY_STRING: 'say=ni%20' },
      'http://127.0.0.1/s/p?say=ni%20',
    ],
  ])('%j gives %s', (overrides, uri) => {
    expect(requestUri(testEnviron(overrides))).toBe(uri);
  });

  it('leaves the query out when asked to', () => {
    const environ = testEnviron({ PATH_INFO: '/p', QUERY_STRING: 'q=1' });
    expect(requestUri(environ, false)).toBe('http://127.0.0.1/p');
  });

  it('needs no PATH_INFO', () => {
    const environ = testEnviron({ SCRIPT_NAME: '/s', PATH_INFO: undefined });
    expect(requestUri(environ)).toBe('http://127.0.0.1/s');
  });
});

describe('shiftPathInfo', () => {
  it.each([
    ['', '/', '', '/', ''],
    ['', '/x', 'x', '/x', ''],
    ['/', '', undefined, '/', ''],
    ['/a', '/x/y', 'x', '/a/x', '/y'],
    ['/a', '/x/', 'x', '/a/x', '/'],
    ['/a/b', '/../y', '..', '/a', '/y'],
    ['', '/../y', '..', '', '/y'],
    ['/a/b', '//y', 'y', '/a/b/y', ''],
    ['/a/b', '//y/', 'y', '/a/b/y', '/'],
    ['/a/b', '/./y', 'y', '/a/b/y', ''],
    ['/a/b', '/./y/', 'y', '/a/b/y', '/'],
    ['/a/b', '///./..//y/.//', '..', '/a', '/y/'],
    ['/a/b', '///', '', '/a/b/', ''],
    ['/a/b', '/.//', '', '/a/b/', ''],
    ['/a/b', '/x//', 'x', '/a/b/x', '/'],
    ['/a/b', '/.', undefined, '/a/b', ''],
    ['/a/', '/x', 'x', '/a/x', ''],
    ['//', '/x', 'x', '/x', ''],
    ['/', '/x', 'x', '//x', ''],
    ['a', '/../../x', '..', '.', '/../x'],
  ])('%j %j gives %j and leaves %j %j', (script, path, name, scriptAfter, pathAfter) => {
    const environ = testEnviron({ SCRIPT_NAME: script, PATH_INFO: path });
    expect(shiftPathInfo(environ)).toBe(name);
    expect([environ.SCRIPT_NAME, environ.PATH_INFO]).toEqual([scriptAfter, pathAfter]);
  });

  it('walks a path to its end', () => {
    const environ = testEnviron({ PATH_INFO: '/a//./b/' });
    const names = [shiftPathInfo(environ), shiftPathInfo(environ), shiftPathInfo(environ)];
    expect(names).toEqual(['a', 'b', '']);
    expect(shiftPathInfo(environ)).toBeUndefined();
    expect(environ.SCRIPT_NAME).toBe('/a/b/');
  });

  it('has nothing to do without PATH_INFO', () => {
    expect(shiftPathInfo(testEnviron({ PATH_INFO: undefined }))).toBeUndefined();
  });

  it.each(['x', 'x/y', '*'])('refuses the path %s, which has no slash first', (path) => {
    const environ = testEnviron({ PATH_INFO: path });
    expect(() => shiftPathInfo(environ)).toThrow(
      expect.objectContaining({ code: 'ERR_GATEWAY_REQUEST' }),
    );
  });
});

describe('isHopByHop', () => {
  it.each([
    'Connection',
    'keep-alive',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Trailers',
    'Transfer-Encoding',
    'UPGRADE',
  ])('%s is', (name) => {
    expect(isHopByHop(name)).toBe(true);
  });

  it.each(['Content-Length', 'Date', 'Server', '', 'constructor'])('%s is not', (name) => {
    expect(isHopByHop(name)).toBe(false);
  });
});

describe('quotePath', () => {
  it('leaves unreserved characters and /;=, alone', () => {
    const safe = 'abcXYZ019-._~/;=,';
    expect(quotePath(safe)).toBe(safe);
  });

  it('encodes every other byte with two capital digits', () => {
    expect(quotePath('\0\n +%:\xff')).toBe('%00%0A%20%2B%25%3A%FF');
  });

  it('refuses what is no byte', () => {
    expect(() => quotePath('/€')).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL_LATIN1' }));
  });

  it('is undone by decodePath', () => {
    const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    expect(decodePath(quotePath(all))).toBe(all);
  });
});

describe('decodePath', () => {
  it.each([
    ['', ''],
    ['/plain+text', '/plain+text'],
    ['/%C3%a9%2Fx', '/\xc3\xa9/x'],
    ['/%2525', '/%25'],
    ['/%zz%4', '/%zz%4'],
    ['/%', '/%'],
    ['/%%41', '/%A'],
    ['/%4%31', '/%41'],
    ['/\xe9%00', '/\xe9\0'],
  ])('%j is %j', (raw, path) => {
    expect(decodePath(raw)).toBe(path);
  });
});
