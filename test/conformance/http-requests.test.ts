// HTTP on raw sockets: framing, kept connections, and what of a request becomes an environ.
import { beforeAll, describe, expect, it } from 'vitest';
import { httpRequest, httpResponses } from './support/http.ts';
import { exchange, peerFor } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, startServer, type TestServer } from './support/start-server.ts';
import { holds } from './support/until.ts';

const CLOSE = 'Connection: close';
const QUIET = 200; // milliseconds in which nothing comes

describe('http: requests', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['http://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  const ask = async (bytes: string, bodiless: number[] = []) => {
    const { answer } = await exchange(server.url, bytes);
    return httpResponses(answer, bodiless);
  };
  const environ = async (target: string, headers: string[] = [], method = 'GET') => {
    const [response] = await ask(httpRequest(target, { method, headers: [...headers, CLOSE] }));
    expect(response?.status).toBe(200);
    const text = Buffer.from(response?.body as string, 'latin1').toString('utf8');
    return new Map<string, string | boolean>(JSON.parse(text));
  };

  describe('the environ', () => {
    it('path, query and host', async () => {
      const found = await environ('/a%20b?x=1');
      expect(found.get('PATH_INFO')).toBe('/a b');
      expect(found.get('QUERY_STRING')).toBe('x=1');
      expect(found.get('REQUEST_URI')).toBe('/a%20b?x=1');
      expect(found.get('HTTP_HOST')).toBe('h');
      expect(found.get('SCRIPT_NAME')).toBe('');
      expect(found.get('SERVER_PROTOCOL')).toBe('HTTP/1.1');
      expect(found.get('REMOTE_ADDR')).toBe('127.0.0.1');
      expect(found.get('REMOTE_PORT')).toMatch(/^\d+$/);
      expect(found.get('wsgi.url_scheme')).toBe('http');
    });

    it('an absolute target replaces Host', async () => {
      const found = await environ('http://e.org:8080/p?q', ['X-A: b']);
      expect(found.get('PATH_INFO')).toBe('/p');
      expect(found.get('QUERY_STRING')).toBe('q');
      expect(found.get('HTTP_HOST')).toBe('e.org:8080');
      expect((await environ('http://e.org')).get('PATH_INFO')).toBe('/');
      expect((await environ('http://e.org?q')).get('QUERY_STRING')).toBe('q');
      expect((await environ('https://e.org/')).get('wsgi.url_scheme')).toBe('http');
    });

    it.each([
      ['//x//y', '//x//y'],
      ['/a/../b/./c', '/a/../b/./c'],
      ['/%2e%2e/%2F', '/..//'],
      ['/%zz%4', '/%zz%4'],
      ['/%C3%A9', '/\xc3\xa9'],
      ['/a;b=c,d', '/a;b=c,d'],
      ["/!$&'()*+,;=:@-._~", "/!$&'()*+,;=:@-._~"],
    ])('path %s is %s', async (target, path) => {
      expect((await environ(target)).get('PATH_INFO')).toBe(path);
    });

    it('fields: joined when they repeat, and Cookie with a semicolon', async () => {
      const found = await environ('/', ['X-A: b', 'x-a: c', 'Cookie: d=1', 'Cookie: e=2', 'X-B:']);
      expect(found.get('HTTP_X_A')).toBe('b, c');
      expect(found.get('HTTP_COOKIE')).toBe('d=1; e=2');
      expect(found.get('HTTP_X_B')).toBe('');
    });

    it('all bytes of a value arrive', async () => {
      const bytes = Array.from({ length: 0x80 }, (_, at) => String.fromCharCode(at + 0x80)).join(
        '',
      );
      expect((await environ('/', [`X-A: a\t${bytes}~`])).get('HTTP_X_A')).toBe(`a\t${bytes}~`);
    });

    it('names with an underscore, Proxy, and twins of Content-* are dropped', async () => {
      const found = await environ('/', [
        'X-A: good',
        'X_A: bad',
        'x_b: bad',
        'X.C: bad',
        'X~D: bad',
        'Proxy: bad',
        'PROXY: bad',
        'Content_Length: 7',
        'Transfer_Encoding: chunked',
        'Content-Length: 0',
        '__proto__: bad',
        'constructor: fine',
      ]);
      expect(found.get('HTTP_X_A')).toBe('good');
      expect(found.get('HTTP_CONSTRUCTOR')).toBe('fine');
      const text = JSON.stringify([...found]);
      expect(text).not.toContain('bad');
      expect(text).not.toMatch(/HTTP_CONTENT|HTTP_TRANSFER|PROXY/);
    });

    it('fields of the connection end here, and so do those that Connection names', async () => {
      const found = await environ('/', [
        'Connection: X-Secret, Cookie, X-Forwarded-For, Content-Type',
        'X-Secret: 1',
        'Cookie: kept',
        'X-Forwarded-For: kept',
        'Content-Type: kept/kept',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'Trailer: X-T',
        'Upgrade: h2c',
        'HTTP2-Settings: x',
        'Proxy-Authorization: Basic x',
        'Proxy-Connection: keep-alive',
      ]);
      expect(found.has('HTTP_X_SECRET')).toBe(false);
      expect(found.get('HTTP_COOKIE')).toBe('kept');
      expect(found.get('HTTP_X_FORWARDED_FOR')).toBe('kept');
      expect(found.get('CONTENT_TYPE')).toBe('kept/kept');
      for (const name of ['CONNECTION', 'KEEP_ALIVE', 'TE', 'TRAILER', 'UPGRADE', 'HTTP2_SETTINGS'])
        expect(found.has(`HTTP_${name}`), name).toBe(false);
      for (const name of ['PROXY_AUTHORIZATION', 'PROXY_CONNECTION'])
        expect(found.has(`HTTP_${name}`), name).toBe(false);
    });

    it('forwarding fields are data, and nothing is believed', async () => {
      const found = await environ('/', [
        'X-Forwarded-For: 203.0.113.9',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: evil.example',
        'X-Real-IP: 203.0.113.9',
        'Forwarded: for=203.0.113.9;proto=https;host=evil.example',
        'Front-End-Https: on',
      ]);
      expect(found.get('REMOTE_ADDR')).toBe('127.0.0.1');
      expect(found.get('wsgi.url_scheme')).toBe('http');
      expect(found.get('HTTP_HOST')).toBe('h');
      expect(found.get('SERVER_NAME')).toBe('127.0.0.1');
    });

    it('OPTIONS * is answered without the application', async () => {
      const [response] = await ask(
        httpRequest('*', { method: 'OPTIONS', headers: ['X-App: faults.throws', CLOSE] }),
      );
      expect(response?.status).toBeOneOf([200, 204]);
      expect(response?.headers.get('allow')?.[0]).toContain('GET');
    });
  });

  describe('kept connections', () => {
    it('carry one request after the other', async () => {
      const peer = peerFor(server.url);
      for (let times = 1; times <= 5; times++) {
        const body = `body ${times}`;
        await peer.send(
          httpRequest('/', {
            method: 'POST',
            headers: ['X-App: echo.stream', `Content-Length: ${body.length}`],
            body,
          }),
        );
        await peer.sees(new RegExp(`body ${times}\r\n0\r\n\r\n$`));
      }
      await peer.send(httpRequest('/', { headers: ['X-App: bodies.single', CLOSE] }));
      const { answer, ending } = await peer.finish();
      expect(ending).toBe('closed');
      expect(httpResponses(answer).map(({ body }) => body)).toEqual([
        ...[1, 2, 3, 4, 5].map((times) => `body ${times}`),
        'one two',
      ]);
    });

    it('requests that come at once are answered in order, one at a time', async () => {
      const names = ['bodies.promised', 'bodies.single', 'bodies.generator', 'faults.throws'];
      const requests = names.map((name) => httpRequest('/', { headers: [`X-App: ${name}`] }));
      const last = httpRequest('/', { headers: ['X-App: heads.headers', CLOSE] });
      const responses = await ask(requests.join('') + last);
      expect(responses.map(({ status, body }) => [status, body.slice(0, 7)])).toEqual([
        [200, 'one two'],
        [200, 'one two'],
        [200, 'one two'],
        [500, '500 Int'],
        [299, 'x'],
      ]);
    });

    it.each(['bodies.single', 'bodies.promised', 'bodies.asyncGenerator'])(
      'what follows a request with Connection: close is ignored: %s',
      async (name) => {
        const request = httpRequest('/', { headers: [`X-App: ${name}`, CLOSE] });
        for (const more of [request, 'nonsense', '\r\n']) {
          expect(await ask(request + more)).toMatchObject([{ status: 200, body: 'one two' }]);
        }
      },
    );

    it('a request in progress is answered, whatever nonsense follows it', async () => {
      const request = httpRequest('/', { headers: ['X-App: bodies.promised'] });
      const [first] = await ask(`${request}nonsense\r\n\r\n`);
      expect(first).toMatchObject({ status: 200, body: 'one two' });
    });

    it('a body that nobody read is not the next request', async () => {
      const body = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';
      for (const framing of [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']) {
        const sent = framing.startsWith('T')
          ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
          : body;
        const headers = ['X-App: echo.ignored', framing];
        const first = httpRequest('/', { method: 'POST', headers, body: sent });
        const second = httpRequest('/', { headers: ['X-App: bodies.single', CLOSE] });
        const responses = await ask(first + second);
        expect(responses.map(({ body: text }) => text)).toEqual(['not read', 'one two']);
      }
    });

    it('HTTP/1.0 closes, unless asked to keep', async () => {
      const headers = ['X-App: bodies.single'];
      const [response] = await ask(httpRequest('/', { version: '1.0', headers }));
      expect(response?.body).toBe('one two');
      const [streamed] = await ask(
        httpRequest('/', { version: '1.0', headers: ['X-App: bodies.generator'] }),
      );
      expect(streamed?.headers.has('transfer-encoding')).toBe(false);
      expect(streamed?.body).toBe('one two');
      const keep = httpRequest('/', {
        version: '1.0',
        headers: [...headers, 'Connection: keep-alive'],
      });
      const [first, second] = await ask(keep + httpRequest('/', { version: '1.0', headers }));
      expect([first?.body, second?.body]).toEqual(['one two', 'one two']);
      expect(first?.headers.get('connection')?.[0]?.toLowerCase()).toBe('keep-alive');
    });

    it('a client that sends no more is answered', async () => {
      for (const name of ['bodies.single', 'bodies.asyncGenerator', 'bodies.promised']) {
        const request = httpRequest('/', { headers: [`X-App: ${name}`] });
        const { answer } = await exchange(server.url, request, { half: true });
        expect(httpResponses(answer)).toMatchObject([{ status: 200, body: 'one two' }]);
      }
    });
  });

  describe('Expect: 100-continue', () => {
    const request = (application: string, more: string[] = [], version = '1.1') =>
      httpRequest('/', {
        method: 'PUT',
        version,
        headers: [`X-App: ${application}`, 'Expect: 100-continue', 'Content-Length: 4', ...more],
      });

    it('is answered when the application reads, and only then', async () => {
      const journal = new Journal();
      const peer = peerFor(server.url);
      await peer.send(request('lives.slow', [`X-Journal: ${journal.path}`, CLOSE]));
      await journal.note('begun');
      await holds('nothing is said', () => peer.text === '', QUIET);
      journal.open('go');
      await peer.sees(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
      await peer.send('four');
      const { answer } = await peer.finish();
      expect(httpResponses(answer)).toMatchObject([{ status: 100 }, { status: 200, body: '4' }]);
    });

    it('an answer without reading is final, and closes', async () => {
      const [response, ...more] = await ask(request('echo.ignored'));
      expect(response).toMatchObject({ status: 200, body: 'not read' });
      expect(response?.headers.get('connection')).toEqual(['close']);
      expect(more).toEqual([]);
    });

    it('a body that comes without waiting is read', async () => {
      const responses = await ask(`${request('echo.whole', [CLOSE])}four`);
      expect(responses.at(-1)).toMatchObject({ status: 200, body: 'four' });
    });

    it('is ignored in HTTP/1.0', async () => {
      const responses = await ask(`${request('echo.whole', [], '1.0')}four`);
      expect(responses).toMatchObject([{ status: 200, body: 'four' }]);
    });

    it('is not a variable', async () => {
      expect((await environ('/', ['Expect: 100-continue'])).has('HTTP_EXPECT')).toBe(false);
    });
  });
});
