// From an HTTP request to the variables of an environ.
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AllowList } from '../src/allow-list.ts';
import { type HttpListener, readRequest } from '../src/http-request.ts';

const LISTENER: HttpListener = {
  address: { address: '192.0.2.1', family: 'IPv4', port: 8080 },
  trust: undefined,
};

interface Given {
  method?: string;
  url?: string;
  version?: string;
  host?: string | null;
  remoteAddress?: string | undefined;
}

/** Reads a request with these fields behind its Host. */
function read(fields: string[] = [], given: Given = {}, listener = LISTENER) {
  const { method = 'GET', url = '/', version = '1.1', host = 'h' } = given;
  const remoteAddress = 'remoteAddress' in given ? given.remoteAddress : '203.0.113.9';
  const request = {
    method,
    url,
    httpVersion: version,
    rawHeaders: host === null ? fields : ['Host', host, ...fields],
    socket: { remoteAddress, remotePort: remoteAddress && 4711 },
  };
  return readRequest(request as unknown as IncomingMessage, listener);
}

const variablesOf = (...args: Parameters<typeof read>) => read(...args)?.variables ?? {};
const refused = (statusHint: number) =>
  expect.objectContaining({ code: 'ERR_HTTP_REQUEST', statusHint, blame: 'remote' });

it('a request has these variables and no other', () => {
  const variables = variablesOf(['X-A', '1'], { url: '/a%20b?q=%20' });
  const filled = Object.entries(variables).filter(([, value]) => value !== undefined); // the gateway's come later
  expect(Object.fromEntries(filled)).toEqual({
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/a%20b?q=%20',
    REQUEST_SCHEME: 'http',
    SCRIPT_NAME: '',
    PATH_INFO: '/a b',
    QUERY_STRING: 'q=%20',
    SERVER_NAME: '192.0.2.1',
    SERVER_PORT: '8080',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'Sluice',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REMOTE_ADDR: '203.0.113.9',
    REMOTE_PORT: '4711',
    HTTP_HOST: 'h',
    HTTP_X_A: '1',
  });
  expect('toString' in variables).toBe(false);
});

it('on a Unix socket nothing is known of either address', () => {
  const variables = variablesOf(
    [],
    { remoteAddress: undefined },
    { address: undefined, trust: undefined },
  );
  expect(variables).toMatchObject({ SERVER_NAME: 'localhost', SERVER_PORT: '80', REMOTE_ADDR: '' });
  expect('REMOTE_PORT' in variables).toBe(false);
});

it('forwarding fields are believed of a proxy on the list alone', () => {
  const fields = ['X-Forwarded-For', '198.51.100.1'];
  const trust = (list: string[]) => ({ ...LISTENER, trust: new AllowList(list) });
  expect(variablesOf(fields).REMOTE_ADDR).toBe('203.0.113.9');
  expect(variablesOf(fields, {}, trust(['203.0.113.9'])).REMOTE_ADDR).toBe('198.51.100.1');
  expect(variablesOf(fields, {}, trust(['192.0.2.1'])).REMOTE_ADDR).toBe('203.0.113.9');
});

describe('the target', () => {
  it.each([
    ['/', '/', '/', ''],
    ['/a?b?c', '/a?b?c', '/a', 'b?c'],
    ['/?', '/?', '/', ''],
    ['//a/../b', '//a/../b', '//a/../b', ''],
    ['/%2541', '/%2541', '/%41', ''],
    ['/%C3%A9%2Fx', '/%C3%A9%2Fx', '/\xc3\xa9/x', ''],
    ['/%zz%4', '/%zz%4', '/%zz%4', ''],
    ['/*', '/*', '/*', ''],
    ['http://other:81/a?b', '/a?b', '/a', 'b'],
    ['HTTPS://other', '/', '/', ''],
    ['http://other?b', '/?b', '/', 'b'],
  ])('%s', (url, ...expected) => {
    const { REQUEST_URI, PATH_INFO, QUERY_STRING } = variablesOf([], { url });
    expect([REQUEST_URI, PATH_INFO, QUERY_STRING]).toEqual(expected);
  });

  it('an absolute one replaces Host', () => {
    expect(variablesOf([], { url: 'http://other:81/a' }).HTTP_HOST).toBe('other:81');
  });

  it('* is for OPTIONS, and for the server itself', () => {
    expect(read([], { url: '*', method: 'OPTIONS' })).toBeUndefined();
    expect(() => read([], { url: '*' })).toThrow(refused(400));
  });

  it.each([
    ...['a', '', 'ftp://h/', 'http:///a', 'http://a b/', 'http://u@h/', 'h:443', '/a#b', '/?a#b'],
    ...['/%00', '/a%00b', 'http://h/#b', '?a'],
  ])('%j is refused', (url) => {
    expect(() => read([], { url })).toThrow(refused(400));
  });
});

describe('Host', () => {
  it.each(['h', 'h:80', '[::1]:80', '192.0.2.1', '', 'a_b.c'])('%j', (host) => {
    expect(variablesOf([], { host }).HTTP_HOST).toBe(host);
  });

  it.each(['a b', 'a/b', 'a@b', 'a:b', '[::1', 'a,b', 'a\\b', 'h#'])('%j is none', (host) => {
    expect(() => read([], { host })).toThrow(refused(400));
    expect(() => read([], { host, version: '1.0' })).toThrow(refused(400));
  });

  it('may be missing in HTTP/1.0 alone', () => {
    expect(() => read([], { host: null })).toThrow(refused(400));
    expect(variablesOf([], { host: null, version: '1.0' }).SERVER_PROTOCOL).toBe('HTTP/1.0');
  });
});

it.each(['0.9', '2.0', '1.2', ''])('HTTP version %j is refused', (version) => {
  expect(() => read([], { version })).toThrow(refused(400));
});

describe('fields', () => {
  it('that repeat are joined, Cookie with a semicolon', () => {
    const fields = ['Accept', 'a', 'cookie', 'a=1', 'ACCEPT', 'b', 'Cookie', 'b=2'];
    expect(variablesOf(fields)).toMatchObject({ HTTP_ACCEPT: 'a, b', HTTP_COOKIE: 'a=1; b=2' });
  });

  it.each(['Host', 'Content-Type', 'Content-Length', 'Authorization'])(
    '%s is there once',
    (name) => {
      const fields = name === 'Host' ? [name, 'h'] : [name, '1', name.toLowerCase(), '1'];
      expect(() => read(fields)).toThrow(refused(400));
    },
  );

  it.each([
    ...[
      'Proxy',
      'X_A',
      'X.A',
      'Expect',
      'HTTP2-Settings',
      'Keep-Alive',
      'TE',
      'Trailer',
      'Upgrade',
    ],
    ...['Connection', 'Transfer-Encoding', 'Proxy-Authorization', 'Proxy-Connection', 'Caf\xe9'],
  ])('%s does not reach the application', (name) => {
    const before = Object.keys(variablesOf());
    expect(Object.keys(variablesOf([name, 'chunked']))).toEqual(before);
  });

  it('Content-Type and Content-Length have names of their own', () => {
    const variables = variablesOf(['Content-Type', 'a/b', 'Content-Length', '3']);
    expect(variables).toMatchObject({ CONTENT_TYPE: 'a/b', CONTENT_LENGTH: '3' });
    expect(Object.keys(variables).filter((name) => /HTTP_CONTENT/.test(name))).toEqual([]);
  });

  it('an empty one is kept, and joined', () => {
    expect(variablesOf(['X-A', '', 'X-A', 'b']).HTTP_X_A).toBe(', b');
  });

  it('that Connection names are dropped, but none that somebody may rely on', () => {
    const kept = ['Cookie', 'Authorization', 'X-Forwarded-For', 'Content-Type', 'X-Real-IP'];
    const connection = [
      'Connection',
      `close, X-A, ${kept.join(',')}`,
      'connection',
      ' x-b , Host,',
    ];
    const fields = ['X-A', 'x', 'X-B', 'x', 'X-C', 'x', ...kept.flatMap((name) => [name, 'x'])];
    const variables = variablesOf([...connection, ...fields]);
    expect([variables.HTTP_X_A, variables.HTTP_X_B, variables.HTTP_X_C]).toEqual([
      undefined,
      undefined,
      'x',
    ]);
    expect(variables).toMatchObject({
      HTTP_HOST: 'h',
      HTTP_COOKIE: 'x',
      HTTP_AUTHORIZATION: 'x',
      HTTP_X_FORWARDED_FOR: 'x',
      CONTENT_TYPE: 'x',
      HTTP_X_REAL_IP: 'x',
    });
  });

  it('more names than are remembered are read like the first', () => {
    for (let at = 0; at < 1100; at++) read([`X-Many-${at}`, '']);
    expect(variablesOf(['X-Late', '1', 'X_Late', '2']).HTTP_X_LATE).toBe('1');
    expect(() => read(['Content-Length', '1', 'CONTENT-length', '1'])).toThrow(refused(400));
  });
});

describe('the body', () => {
  it.each([
    [[], false],
    [['Content-Length', '0'], false],
    [['Content-Length', '1'], true],
    [['Transfer-Encoding', 'chunked'], true],
    [['Transfer-Encoding', 'Chunked'], true],
  ])('%j: %s', (fields, hasBody) => {
    expect(read(fields)?.hasBody).toBe(hasBody);
  });

  it.each(['gzip', 'gzip, chunked', 'chunked, chunked', 'identity', 'chunked;q=1'])(
    'in Transfer-Encoding %j is refused: nobody would undo it',
    (coding) => {
      expect(() => read(['Transfer-Encoding', coding])).toThrow(refused(501));
    },
  );

  it('Transfer-Encoding twice is one list', () => {
    expect(() => read(['Transfer-Encoding', 'gzip', 'Transfer-Encoding', 'chunked'])).toThrow(
      refused(501),
    );
  });

  it('HTTP/1.0 has no Transfer-Encoding', () => {
    expect(() => read(['Transfer-Encoding', 'chunked'], { version: '1.0' })).toThrow(refused(400));
  });
});
