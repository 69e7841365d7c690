// AJP13 requests: CPing, and what a Forward Request becomes in environ.
import { bytesOf, type ForwardFields, integer, string, webServer } from 'ajp13-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ajpPeer } from './support/ajp.ts';
import { exchange, peerFor } from './support/peer.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');
const METHODS = [
  ...['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'PROPFIND', 'PROPPATCH', 'MKCOL'],
  ...['COPY', 'MOVE', 'LOCK', 'UNLOCK', 'ACL', 'REPORT', 'VERSION-CONTROL', 'CHECKIN', 'CHECKOUT'],
  ...[
    'UNCHECKOUT',
    'SEARCH',
    'MKWORKSPACE',
    'UPDATE',
    'LABEL',
    'MERGE',
    'BASELINE-CONTROL',
    'MKACTIVITY',
  ],
];
const HEADERS = [
  ...[
    'ACCEPT',
    'ACCEPT_CHARSET',
    'ACCEPT_ENCODING',
    'ACCEPT_LANGUAGE',
    'AUTHORIZATION',
    'CONNECTION',
  ],
  ...['', '', 'COOKIE', 'COOKIE2', 'HOST', 'PRAGMA', 'REFERER', 'USER_AGENT'],
];

describe('ajp', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(EVERY, { listen: ['ajp://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  async function environ(given: Partial<ForwardFields> = {}, peer = ajpPeer(server.url)) {
    const { status, body } = await peer.ask('environ', given);
    expect(status).toBe(200);
    return new Map<string, unknown>(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));
  }

  describe('CPing', () => {
    it('is answered with CPong, and nothing else', async () => {
      const peer = peerFor(server.url);
      await peer.send(webServer.cping());
      await until('CPong', () => peer.size === 5);
      expect(peer.text).toBe('AB\0\x01\x09');
    });

    it('before, between and behind requests, and behind an error', async () => {
      const peer = ajpPeer(server.url);
      let pongs = 0;
      for (const [name, status] of [
        ['bodies.single', 200],
        ['faults.throws', 500],
        ['bodies.generator', 200],
      ] as const) {
        await peer.send(webServer.cping());
        expect(await peer.ask(name)).toMatchObject({ status, reuse: true });
        expect(peer.heard.pongs).toBe(++pongs);
      }
      await peer.send(Buffer.concat([webServer.cping(), webServer.cping()]));
      await until('two more', () => peer.heard.pongs === pongs + 2);
    });
  });

  it('SHUTDOWN is refused, and the server serves on', async () => {
    const { answer } = await exchange(server.url, webServer.packet(7));
    expect(answer).toBe('');
    await server.program.line(/shut down/);
    expect(await ajpPeer(server.url).ask('bodies.single')).toMatchObject({ status: 200 });
  });

  describe('environ', () => {
    it('a request without anything that may be left out', async () => {
      const found = await environ({
        ...{
          uri: '/a%2541/%c3%a9',
          remoteAddr: undefined,
          serverName: undefined,
          serverPort: 8080,
        },
        ...{ protocol: 'HTTP/1.0', remoteHost: undefined },
      });
      expect(found.get('REQUEST_METHOD')).toBe('GET');
      expect(found.get('SCRIPT_NAME')).toBe('');
      expect(found.get('PATH_INFO')).toBe('/a%41/\xc3\xa9');
      expect(found.get('REQUEST_URI')).toBe('/a%2541/%c3%a9');
      expect(found.get('QUERY_STRING')).toBe('');
      expect(found.get('SERVER_PROTOCOL')).toBe('HTTP/1.0');
      expect(found.get('SERVER_PORT')).toBe('8080');
      expect(found.get('sluice.protocol')).toBe('ajp');
      for (const name of ['REMOTE_HOST', 'REMOTE_USER', 'HTTPS', 'CONTENT_LENGTH', 'CONTENT_TYPE'])
        expect(found.has(name)).toBe(false);
    });

    it('all that a web server may tell', async () => {
      const attribute = (name: string, value: string) => [10, string(name), string(value)];
      const found = await environ({
        ...{ uri: '/a', remoteAddr: '203.0.113.9', remoteHost: 'client.example', isSsl: 1 },
        ...{ serverName: 'example.org', serverPort: 443 },
        attributes: [
          ...[1, string('/context'), 2, string('/servlet')],
          ...[3, string('bob'), 4, string('Basic'), 5, string('q=%20&a'), 6, string('route1')],
          ...[7, string('-----BEGIN\n-----END\n'), 8, string('AES'), 9, string('0a0b')],
          ...attribute('AJP_REMOTE_PORT', '4711'),
          ...attribute('AJP_LOCAL_ADDR', '192.0.2.7'),
          ...attribute('AJP_SSL_PROTOCOL', 'TLSv1.3'),
        ] as never,
      });
      expect(Object.fromEntries(found)).toMatchObject({
        ...{ REMOTE_ADDR: '203.0.113.9', REMOTE_HOST: 'client.example', REMOTE_PORT: '4711' },
        ...{ SERVER_NAME: 'example.org', SERVER_PORT: '443', SERVER_ADDR: '192.0.2.7' },
        ...{ REMOTE_USER: 'bob', AUTH_TYPE: 'Basic', QUERY_STRING: 'q=%20&a', HTTPS: 'on' },
        ...{ REQUEST_URI: '/a?q=%20&a', 'wsgi.url_scheme': 'https', SSL_PROTOCOL: 'TLSv1.3' },
        ...{ SSL_CLIENT_CERT: '-----BEGIN\n-----END\n', SSL_CIPHER: 'AES', SSL_SESSION_ID: '0a0b' },
      });
    });

    it.each([
      ['an integer', integer(256)],
      ['a string, as lighttpd sends it', string('256')],
    ])('the key size is %s', async (_form, value) => {
      const found = await environ({ attributes: bytesOf(11, value) });
      expect(found.get('SSL_KEY_SIZE')).toBe('256');
      expect(found.get('SSL_CIPHER_USEKEYSIZE')).toBe('256');
    });

    it('request attributes never become variables, whatever they are called', async () => {
      const names = [
        'REMOTE_USER',
        'HTTPS',
        'SCRIPT_NAME',
        'CONTENT_LENGTH',
        'HTTP_X',
        'wsgi.input',
      ];
      const odd = [
        ...names,
        '__proto__',
        'javax.servlet.include.path_info',
        'REMOTE_ADDR',
        'anything',
      ];
      const attributes = bytesOf(...odd.flatMap((name) => [10, string(name), string('evil')]));
      const found = await environ({ attributes });
      expect([...found.values()]).not.toContain('evil');
    });

    it('every method that has a code, and one that has none', async () => {
      const peer = ajpPeer(server.url);
      for (const [at, method] of METHODS.entries()) {
        if (method === 'HEAD') continue;
        expect((await environ({ method: at + 1 }, peer)).get('REQUEST_METHOD')).toBe(method);
      }
      for (const method of ['PATCH', 'GET', 'PURGE', 'x'])
        expect((await environ({ method }, peer)).get('REQUEST_METHOD')).toBe(method);
      const unused = await environ({ method: 2, attributes: bytesOf(13, string('PATCH')) }, peer);
      expect(unused.get('REQUEST_METHOD')).toBe('GET');
    });

    it('headers by code and by name', async () => {
      const coded = HEADERS.map((_, at) => [0xa001 + at, `value ${at}`] as const);
      const headers = [
        ...coded.filter(([code]) => code !== 0xa007 && code !== 0xa008),
        ...([
          ['X-Twice', 'a'],
          ['x-twice', 'b'],
          ['cookie', 'c=1'],
          ['Content-Type', 'text/x'],
        ] as const),
        ...([
          ['Proxy', 'evil'],
          ['X_Under', 'evil'],
          ['__proto__', 'evil'],
          ['x-empty', undefined],
        ] as const),
      ];
      const found = await environ({ headers });
      for (const [at, name] of HEADERS.entries())
        if (name && name !== 'COOKIE' && name !== 'HOST')
          expect(found.get(`HTTP_${name}`)).toBe(`value ${at}`);
      expect(found.get('HTTP_X_TWICE')).toBe('a, b');
      expect(found.get('HTTP_COOKIE')).toBe('value 8; c=1');
      expect(found.get('CONTENT_TYPE')).toBe('text/x');
      expect(found.get('HTTP_X_EMPTY')).toBe('');
      expect(found.has('HTTP_CONTENT_TYPE')).toBe(false);
      expect([...found.values()]).not.toContain('evil');
    });

    it('OPTIONS *', async () => {
      const { status } = await ajpPeer(server.url).ask('bodies.single', { method: 1, uri: '*' });
      expect([200, 400]).toContain(status);
      expect(await ajpPeer(server.url).ask('bodies.single')).toMatchObject({ status: 200 });
    });
  });
});
