// uwsgi requests: what they become in environ, pings, bodies, and how connections end.
import { header, packet } from 'uwsgi-protocol/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HttpResponse, httpResponses } from './support/http.ts';
import { exchange, peerFor } from './support/peer.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest, startServer, type TestServer } from './support/start-server.ts';
import { uwsgiRequest, uwsgiVariables } from './support/uwsgi.ts';

const MEBIBYTE = 1_048_576;
const SCRIPT_NAME = 30; // modifier1: SCRIPT_NAME is to be cut off PATH_INFO

describe('uwsgi', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(app('every.js'), { listen: ['uwsgi://127.0.0.1:0'] });
    return async () => {
      expect((await server.stop()).code).toBe(0);
    };
  });

  async function ask(...given: Parameters<typeof uwsgiRequest>): Promise<HttpResponse> {
    const { answer, ending } = await exchange(server.url, uwsgiRequest(...given));
    expect(ending).toBe('closed');
    const [response, ...more] = httpResponses(answer);
    expect(more).toEqual([]);
    return response as HttpResponse;
  }
  async function environ(more: Record<string, string | undefined>, modifier1 = 0, modifier2 = 0) {
    const { status, body } = await ask('environ', more, '', modifier1, modifier2);
    expect(status).toBe(200);
    return new Map<string, unknown>(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));
  }

  it('the smallest request', async () => {
    const bytes = Buffer.from(
      '00230000 0e00 524551554553545f4d4554484f44 0300 474554 0900 504154485f494e464f 0100 2f'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    const { answer } = await exchange(server.url, bytes);
    expect(httpResponses(answer)).toMatchObject([{ status: 200 }]);
    const found = new Map(JSON.parse(httpResponses(answer)[0]?.body as string));
    expect(found.get('PATH_INFO')).toBe('/');
    expect(found.get('sluice.protocol')).toBe('uwsgi');
  });

  it('an answer has a status line, as Apache wants it', async () => {
    const { answer } = await exchange(server.url, uwsgiRequest('bodies.single'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n/);
  });

  it('a ping is answered, and logged by nobody', async () => {
    const before = server.log.length;
    expect(await exchange(server.url, header(100, 0))).toEqual({
      answer: 'd\0\0\x01',
      ending: 'closed',
    });
    await ask('bodies.single');
    expect(server.log).toHaveLength(before);
  });

  it('variables arrive as they are', async () => {
    const variables = {
      ...{
        REMOTE_ADDR: '203.0.113.9',
        REMOTE_PORT: '4711',
        REMOTE_USER: 'bob',
        AUTH_TYPE: 'Basic',
      },
      ...{ SERVER_NAME: 'example.org', SERVER_PORT: '8443', HTTPS: 'on', DOCUMENT_ROOT: '/srv' },
      ...{ X_CUSTOM: 'a\tb', HTTP_X_BYTES: 'caf\xe9', lower_case: 'yes', X_LINE: 'a\nb' },
      ...{ UWSGI_SCRIPT: 'os', UWSGI_FILE: 'exec://id', UWSGI_SETENV: 'A=b', UWSGI_CHDIR: '/' },
      ...{ PATH_INFO: '/%41\n', REQUEST_URI: '/%2541%0a?a=%20', QUERY_STRING: 'a=%20' },
    };
    const found = await environ(variables);
    for (const [name, value] of Object.entries(variables)) expect(found.get(name)).toBe(value);
    expect(found.get('wsgi.url_scheme')).toBe('https');
  });

  it('variables of uWSGI have no effect', async () => {
    const before = await environ({});
    await environ({ UWSGI_CHDIR: '/', UWSGI_SETENV: 'TZ=Asia/Tokyo', UWSGI_TOUCH_RELOAD: '/x' });
    expect(await environ({})).toEqual(before);
  });

  it('names twice: headers are joined, of others the last one holds', async () => {
    const twice = ['HTTP_X_A', '1', 'HTTP_X_A', '2', 'HTTP_COOKIE', 'a', 'HTTP_COOKIE', 'b'];
    const list = [...uwsgiVariables('environ'), ...twice, 'X', '1', 'X', '2'];
    const { answer } = await exchange(server.url, packet(list));
    const found = new Map(JSON.parse(httpResponses(answer)[0]?.body as string));
    expect(found.get('HTTP_X_A')).toBe('1, 2');
    expect(found.get('HTTP_COOKIE')).toBe('a; b');
    expect(found.get('X')).toBe('2');
  });

  it('names that are none are left out', async () => {
    const odd = { 'A=B': 'odd', 'wsgi.url_scheme': 'odd', 'sluice.x': 'odd', HTTP_PROXY: 'odd' };
    const found = await environ({ ...odd, '\xe9': 'odd' });
    expect([...found.values()]).not.toContain('odd');
  });

  it.each([
    [0, undefined, '/a/b', '', '/a/b'],
    [0, '/a', '/b', '/a', '/b'],
    [0, '/a/', '/b', '/a', '/b'], // Apache's ProxyPass /a/
    [0, '/', '/b', '', '/b'],
    [SCRIPT_NAME, '/a', '/a/b', '/a', '/b'],
    [SCRIPT_NAME, '/a/', '/a/b', '/a', '/b'],
    [SCRIPT_NAME, '/a', '/ab', '/a', '/ab'],
    [SCRIPT_NAME, '/a', '/b/a', '/a', '/b/a'],
    [SCRIPT_NAME, '', '/a/b', '', '/a/b'],
    [SCRIPT_NAME, undefined, '/a', '', '/a'],
  ])(
    'modifier1 %d, SCRIPT_NAME %j, PATH_INFO %j: %j and %j',
    async (modifier1, script, path, mount, rest) => {
      const uri = `${mount}${rest}`;
      const found = await environ(
        { SCRIPT_NAME: script, PATH_INFO: path, REQUEST_URI: uri },
        modifier1,
      );
      expect([found.get('SCRIPT_NAME'), found.get('PATH_INFO')]).toEqual([mount, rest]);
    },
  );

  it('modifier1 30 for the mount itself leaves no path', async () => {
    const mount = { SCRIPT_NAME: '/a', PATH_INFO: '/a', REQUEST_URI: '/a' };
    const found = await environ(mount, SCRIPT_NAME);
    expect([found.get('SCRIPT_NAME'), found.get('PATH_INFO')]).toEqual(['/a', '']);
  });

  it('modifier2 says nothing of a request', async () => {
    for (const modifier2 of [1, 128, 255]) await environ({}, 0, modifier2);
  });

  it('65535 bytes of variables are read', async () => {
    const without = packet(uwsgiVariables('bodies.single', { HTTP_X: '' })).length - 4;
    const { status } = await ask('bodies.single', { HTTP_X: 'x'.repeat(65_535 - without) });
    expect(status).toBe(200);
  });

  describe('bodies', () => {
    it.each([1, 65_535, 300_000])('%d bytes', async (size) => {
      const body = 'x'.repeat(size);
      expect((await ask('echo.whole', {}, body)).body === body).toBe(true);
    });

    it('HTTP_TRANSFER_ENCODING is not the coding of what arrives', async () => {
      const chunked = { HTTP_TRANSFER_ENCODING: 'chunked' };
      expect((await ask('echo.whole', chunked, '4\r\nbody')).body).toBe('4\r\nbody');
      expect((await environ(chunked)).has('HTTP_TRANSFER_ENCODING')).toBe(false);
    });

    it.each([undefined, '', '0'])('CONTENT_LENGTH %j is no body', async (length) => {
      expect((await ask('echo.whole', { CONTENT_LENGTH: length })).body).toBe('');
    });

    it.each([0, 1, 9])('%d of 10 bytes: the application is told', async (sent) => {
      const bytes = uwsgiRequest('echo.failure', {}, '0123456789');
      const cut = bytes.subarray(0, bytes.length - 10 + sent);
      const { answer } = await exchange(server.url, cut, { half: true });
      expect(httpResponses(answer)[0]?.body).toBe('failed with ERR_UWSGI_TRUNCATED');
      const strict = uwsgiRequest('echo.strict', {}, '0123456789').subarray(0, sent - 10);
      const refused = await exchange(server.url, strict, { half: true });
      expect(httpResponses(refused.answer)[0]?.status).toBe(400);
    });

    it('a FIN behind the request is no reason to leave', async () => {
      const journal = new Journal();
      const peer = peerFor(server.url);
      await peer.send(uwsgiRequest('lives.slow', { ...journal.variables }, 'hi'));
      await journal.note('begun');
      peer.end();
      journal.open('go');
      expect(httpResponses((await peer.finish()).answer)).toMatchObject([
        { status: 200, body: '2' },
      ]);
    });

    it.each([500, MEBIBYTE - 1])(
      '%d bytes more than announced: never seen, and the answer is whole, 30 times of 30',
      async (size) => {
        const surplus = Buffer.alloc(size, uwsgiRequest('bodies.single'));
        for (let times = 0; times < 30; times++) {
          const bytes = Buffer.concat([uwsgiRequest('echo.whole', {}, 'body'), surplus]);
          const { answer, ending } = await exchange(server.url, bytes);
          expect(httpResponses(answer)).toMatchObject([{ status: 200, body: 'body' }]);
          expect(ending).toBe('closed');
        }
      },
    );

    it('4 MiB that nobody reads leave the answer whole', async () => {
      const body = 'x'.repeat(4 * MEBIBYTE);
      for (let times = 0; times < 10; times++)
        expect((await ask('echo.ignored', {}, body)).body).toBe('not read');
    });
  });

  it('a client that leaves aborts sluice.signal', async () => {
    const journal = new Journal();
    const peer = peerFor(server.url);
    await peer.send(uwsgiRequest('lives.waits', { ...journal.variables }));
    await journal.note('begun');
    peer.drop();
    await journal.note('aborted', 1000);
    expect(await journal.note('rejected')).toBe('ERR_GATEWAY_CLIENT_LEFT');
  });

  it.each([
    ['firstByte', ''],
    ['head', '\0'],
    ['head', '\0\x40\0\0'],
    ['head', Buffer.from(uwsgiRequest('bodies.single').subarray(0, 30)).toString('latin1')],
  ])('%s: a peer that stops is not waited for', async (limit, bytes) => {
    const limits = { firstByte: 300, head: 300 } as never;
    const { url } = await serverForTest(app('every.js'), {
      listen: ['uwsgi://127.0.0.1:0'],
      limits,
    });
    const peer = peerFor(url);
    if (bytes) await peer.send(bytes);
    const { answer } = await peer.finish();
    expect(httpResponses(answer).map(({ status }) => status)).toEqual(
      limit === 'head' ? [408] : [],
    );
  });
});
