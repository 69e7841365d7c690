// SCGI on raw sockets: requests as web servers send them, cut, closed and continued in every way.
import { beforeAll, describe, expect, it } from 'vitest';
import { exchange, Peer, peerFor } from './support/peer.ts';
import { netstring, scgiRequest } from './support/scgi.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { until } from './support/until.ts';

const QUESTION = 'What is the answer to life?';
const EXAMPLE = `70:CONTENT_LENGTH\x0027\0SCGI\x001\0REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0,${QUESTION}`;

/** What environ.js answered. */
function variablesOf(answer: string): Map<string, string | boolean> {
  const body = answer.slice(answer.indexOf('\r\n\r\n'));
  return new Map(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));
}

describe('scgi: requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['scgi://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const environ = async (
    variables: Record<string, string>,
  ): Promise<Map<string, string | boolean>> => {
    const { answer } = await exchange(server.url, scgiRequest(variables));
    expect(answer).toMatch(/^Status: 200 OK\r\n/);
    return variablesOf(answer);
  };
  const echo = (name: string) =>
    EXAMPLE.replace(/^70:/, `${70 + 12 + name.length}:`).replace(',', `HTTP_X_APP\0${name}\0,`);

  it.each(['echo.stream', 'echo.whole', 'echo.lines'])(
    'the example, in one write: %s',
    async (name) => {
      const { answer, ending } = await exchange(server.url, echo(name));
      expect(answer).toMatch(/^Status: 200 OK\r\n/);
      expect(answer.endsWith(`\r\n\r\n${QUESTION}`)).toBe(true);
      expect(ending).toBe('closed');
    },
  );

  it('the example, byte by byte', async () => {
    const peer = peerFor(server.url);
    peer.socket.setNoDelay(true);
    for (const byte of echo('echo.whole')) await peer.send(byte);
    const { answer } = await peer.finish();
    expect(answer.endsWith(`\r\n\r\n${QUESTION}`)).toBe(true);
  });

  it('the example, cut in two at every offset', async () => {
    const bytes = echo('echo.whole');
    const cuts = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1);
    const answers = await Promise.all(
      cuts.map(async (at) => {
        const peer = new Peer(server.url);
        peer.socket.setNoDelay(true);
        await peer.send(bytes.slice(0, at));
        await new Promise(setImmediate);
        await peer.send(bytes.slice(at));
        return (await peer.finish()).answer;
      }),
    );
    for (const answer of answers) expect(answer.endsWith(`\r\n\r\n${QUESTION}`)).toBe(true);
  });

  it('the smallest good request needs neither SCGI nor order', async () => {
    const { answer } = await exchange(
      server.url,
      netstring([
        ['REQUEST_METHOD', 'GET'],
        ['REQUEST_URI', '/'],
        ['CONTENT_LENGTH', '0'],
      ]),
    );
    expect(answer).toMatch(/^Status: 200 OK\r\n/);
  });

  it('names twice: the same CONTENT_LENGTH and any other name are accepted, the last one wins', async () => {
    const { answer } = await exchange(
      server.url,
      `${netstring([
        ['CONTENT_LENGTH', '2'],
        ['SCGI', '1'],
        ['REQUEST_METHOD', 'POST'],
        ['REQUEST_URI', '/'],
        ['CONTENT_LENGTH', '2'],
        ['QUERY_STRING', 'first'],
        ['QUERY_STRING', 'last'],
        ['HTTP_X_APP', 'echo.whole'],
      ])}hi`,
    );
    expect(answer.endsWith('\r\n\r\nhi')).toBe(true);
  });

  it('what is missing is made up, with one line each, and never an error', async () => {
    const before = server.log.length;
    const { answer } = await exchange(
      server.url,
      netstring([
        ['CONTENT_LENGTH', '0'],
        ['REQUEST_URI', '/a%20b?c'],
      ]),
    );
    const made = variablesOf(answer);
    expect(made.get('REQUEST_METHOD')).toBe('GET');
    expect(made.get('SERVER_NAME')).toBe('localhost');
    expect(made.get('SERVER_PORT')).toBe('80');
    expect(made.get('SERVER_PROTOCOL')).toBe('HTTP/1.0');
    expect(made.get('PATH_INFO')).toBe('/a b');
    await until('four lines', () => server.log.length === before + 4);
  });

  describe('paths as web servers send them', () => {
    it.each([
      [{ REQUEST_URI: '/blog/a%2541?q=1', SCRIPT_NAME: '/blog' }, '/blog', '/a%41', 'q=1'],
      [{ REQUEST_URI: '/x/y?z' }, '', '/x/y', 'z'], // nginx
      [{ REQUEST_URI: '/', SCRIPT_NAME: '/' }, '', '/', ''],
      [{ REQUEST_URI: '/', SCRIPT_NAME: '', PATH_INFO: '' }, '', '/', ''],
      [{ REQUEST_URI: '/zz/a', SCRIPT_NAME: '/blog' }, '', '/zz/a', ''],
      [{ REQUEST_URI: '/blog2', SCRIPT_NAME: '/blog' }, '', '/blog2', ''],
      [{ REQUEST_URI: '/a/b', SCRIPT_NAME: '/a/b' }, '', '/a/b', ''], // Apache
      [{ SCRIPT_NAME: '/app', PATH_INFO: '/p' }, '/app', '/p', ''],
      [{ DOCUMENT_URI: '/d', REQUEST_URI: '' }, '', '/d', ''],
      [{ REQUEST_URI: '/q?a=1', QUERY_STRING: 'b=2' }, '', '/q', 'b=2'],
      [{ REQUEST_URI: 'http://e.org/abs?x' }, '', '/abs', 'x'],
      [{ REQUEST_URI: '/%zz%4%' }, '', '/%zz%4%', ''],
    ])('%j', async (variables, script, path, query) => {
      const found = await environ(variables);
      expect([found.get('SCRIPT_NAME'), found.get('PATH_INFO'), found.get('QUERY_STRING')]).toEqual(
        [script, path, query],
      );
    });

    it('a SCRIPT_NAME that does not fit is served, with one warning', async () => {
      const before = server.log.length;
      await environ({ REQUEST_URI: '/zz/a', SCRIPT_NAME: '/blog' });
      await until('a warning', () => server.log.length > before);
      expect(server.log.slice(before)).toHaveLength(1);
      expect(server.log.at(-1)).toContain('/blog');
    });
  });

  describe('what nobody may set from the wire', () => {
    it('gateway keys, HTTP_PROXY and the twins of Content-*', async () => {
      const found = await environ({
        'wsgi.input': 'x',
        'wsgi.errors': 'x',
        'wsgi.multithread': 'x',
        'wsgi.url_scheme': 'gopher',
        'sluice.signal': 'x',
        'sluice.evil': 'x',
        HTTP_PROXY: 'x',
        http_proxy: 'x',
        Http_Proxy: 'x',
        HTTP_CONTENT_LENGTH: '0', // a longer one is refused: see scgi-malformed.test.ts
        HTTP_CONTENT_TYPE: 'x',
        CONTENT_TYPE: '',
        'A B': 'x',
        'A=B': 'x',
      });
      const names = [...found.keys()];
      expect(
        names.filter((name) => /proxy|evil|HTTP_CONTENT|^CONTENT_TYPE|[ =]/i.test(name)),
      ).toEqual([]);
      expect(found.get('wsgi.multithread')).toBe(false);
      expect(found.get('wsgi.url_scheme')).toBe('http');
    });

    it('names of Object.prototype are plain names', async () => {
      const found = await environ({ constructor: 'a', toString: 'b', HTTP_X_A: 'c' });
      expect(found.get('HTTP_X_A')).toBe('c');
      const { answer } = await exchange(
        server.url,
        netstring([
          ['CONTENT_LENGTH', '0'],
          ['REQUEST_URI', '/'],
          ['__proto__', 'evil'],
          ['__proto__', 'twice'],
        ]),
      );
      expect(answer).toMatch(/^Status: 200 OK/);
      expect((await environ({})).has('__proto__')).toBe(false);
    });

    it('all bytes of a value survive', async () => {
      const all = Array.from({ length: 255 }, (_, at) => String.fromCharCode(at + 1)).join('');
      expect((await environ({ HTTP_X_ALL: all })).get('HTTP_X_ALL')).toBe(all);
    });
  });

  describe('responses', () => {
    it('begin with Status, whatever the application answers', async () => {
      for (const name of ['bodies.single', 'heads.headers', 'faults.throws', 'bodies.empty']) {
        const { answer, ending } = await exchange(server.url, scgiRequest({ HTTP_X_APP: name }));
        expect(answer).toMatch(/^Status: \d{3} [^\r\n]+\r\n/);
        expect(answer.match(/^status:/gim)).toHaveLength(1);
        expect(ending).toBe('closed');
      }
    });

    it('HEAD, 204 and 304 have no byte of body', async () => {
      for (const variables of [
        { REQUEST_METHOD: 'HEAD', HTTP_X_APP: 'bodies.single' },
        { REQUEST_METHOD: 'HEAD', HTTP_X_APP: 'bodies.generator' },
        { HTTP_X_APP: 'heads.asked', QUERY_STRING: '204%20No%20Content&3' },
        { HTTP_X_APP: 'heads.streamed', QUERY_STRING: '304%20Not%20Modified' },
        { REQUEST_METHOD: 'HEAD', HTTP_X_APP: 'faults.throws' },
      ]) {
        const { answer } = await exchange(server.url, scgiRequest(variables));
        expect(answer).toMatch(/^Status: \d{3} [\s\S]*\r\n\r\n$/);
        expect(answer.split('\r\n\r\n')).toHaveLength(2);
      }
    });
  });
});
