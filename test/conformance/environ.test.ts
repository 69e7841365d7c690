// What applications are told of a request, through every protocol, under every model.
import type { Application, ServeOptions } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { ask, environOf } from './support/calls.ts';
import { cell, LISTENERS, MATRIX } from './support/matrix.ts';
import { app, serverForTest, startServer } from './support/start-server.ts';

const PROXY = { trust: ['127.0.0.1'] }; // our back-end is a proxy that may say who its client is

describe.each(MATRIX)('$protocol, $model: environ', (given) => {
  let backEnd: Application;
  let carriesVariables: boolean; // or is it header fields and a target, as in HTTP?
  beforeAll(async () => {
    const server = await startServer(app('every.js'), { ...cell(given), ...PROXY });
    backEnd = await backEndFor(server.url);
    carriesVariables = (await environOf(backEnd, { SLUICE_PROBE: 'yes' })).has('SLUICE_PROBE');
    return async () => {
      await server.stop();
    };
  });

  it('tells the concurrency model and the protocol', async () => {
    const environ = await environOf(backEnd);
    expect(environ.get('wsgi.multithread')).toBe(given.model === 'thread');
    expect(environ.get('wsgi.multiprocess')).toBe(given.model === 'fork');
    expect(environ.get('wsgi.run_once')).toBe(false);
    expect(environ.get('wsgi.input_terminated')).toBe(true);
    expect(environ.get('sluice.protocol')).toBe(given.protocol);
  });

  it('holds every required variable', async () => {
    const environ = await environOf(backEnd, { REQUEST_METHOD: 'PATCH', REMOTE_ADDR: '192.0.2.7' });
    expect(environ.get('REQUEST_METHOD')).toBe('PATCH');
    expect(environ.get('SERVER_NAME')).toBe('127.0.0.1');
    expect(environ.get('SERVER_PORT')).toMatch(/^\d+$/);
    expect(environ.get('SERVER_PROTOCOL')).toMatch(/^HTTP\/1\.[01]$/);
    expect(environ.get('REMOTE_ADDR')).toBe('192.0.2.7');
    expect(environ.get('QUERY_STRING')).toBe('');
  });

  it('paths are decoded once, queries never', async () => {
    const environ = await environOf(backEnd, {
      SCRIPT_NAME: '/blog',
      PATH_INFO: undefined,
      REQUEST_URI: '/blog/a%2541?q=1%20',
    });
    expect(`${environ.get('SCRIPT_NAME')}${environ.get('PATH_INFO')}`).toBe('/blog/a%41');
    expect(environ.get('QUERY_STRING')).toBe('q=1%20');
    if (carriesVariables) expect(environ.get('SCRIPT_NAME')).toBe('/blog');
  });

  it.each([
    ['/', '/'],
    ['/a b/\xc3\xa9', '/a%20b/%C3%A9'],
    ['/a/../b//c/./', '/a/../b//c/./'],
    ['/%', '/%25'],
    ['/a?b', '/a%3Fb'],
    ['/\xff;x=1', '/%FF;x=1'],
  ])('path %j arrives byte by byte', async (path, uri) => {
    const environ = await environOf(backEnd, { PATH_INFO: path, REQUEST_URI: uri });
    expect(environ.get('PATH_INFO')).toBe(path);
    expect(environ.get('SCRIPT_NAME')).toBe('');
    const without = await environOf(backEnd, { PATH_INFO: path });
    expect(without.get('PATH_INFO')).toBe(path);
  });

  it.each(['on', '1', 'ON', 'yes'])('HTTPS=%s is https', async (HTTPS) => {
    expect((await environOf(backEnd, { HTTPS })).get('wsgi.url_scheme')).toBe('https');
  });

  it.each(['off', '', undefined])('HTTPS=%s is http', async (HTTPS) => {
    expect((await environOf(backEnd, { HTTPS })).get('wsgi.url_scheme')).toBe('http');
  });

  it('header fields arrive as variables, bytes above ASCII too', async () => {
    const environ = await environOf(backEnd, {
      HTTP_USER_AGENT: 'caf\xe9/1',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_HOST: 'example.org:8080',
      HTTP_X_EMPTY: '',
      CONTENT_TYPE: 'text/x-a',
    });
    expect(environ.get('HTTP_USER_AGENT')).toBe('caf\xe9/1');
    expect(environ.get('HTTP_COOKIE')).toBe('a=1; b=2');
    expect(environ.get('HTTP_HOST')).toBe('example.org:8080');
    expect(environ.get('HTTP_X_EMPTY')).toBe('');
    expect(environ.get('CONTENT_TYPE')).toBe('text/x-a');
  });

  it('no header becomes HTTP_PROXY, HTTP_CONTENT_TYPE or HTTP_CONTENT_LENGTH', async () => {
    const environ = await environOf(backEnd, {
      HTTP_PROXY: 'http://evil.example/',
      HTTP_CONTENT_TYPE: 'text/evil',
      HTTP_CONTENT_LENGTH: '77',
    });
    for (const name of ['HTTP_PROXY', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH'])
      expect(environ.has(name)).toBe(false);
  });

  it('names of Object.prototype are names like others', async () => {
    const environ = await environOf(backEnd, { HTTP___PROTO__: 'a', HTTP_CONSTRUCTOR: 'b' });
    expect(environ.get('HTTP_CONSTRUCTOR')).toBe('b');
    expect((await environOf(backEnd)).has('HTTP_CONSTRUCTOR')).toBe(false);
  });

  it('an empty body has no length that an application could trip over', async () => {
    const { text } = await ask(backEnd, 'environ', { REQUEST_METHOD: 'POST' }, '');
    const environ = new Map<string, string>(JSON.parse(text));
    expect(environ.get('CONTENT_LENGTH') ?? '0').toBe('0');
  });
});

describe.each(LISTENERS)('%s: where the application is mounted', (protocol) => {
  const mounted = async (options: Partial<ServeOptions>, env?: NodeJS.ProcessEnv) => {
    const listen = [`${protocol}://127.0.0.1:0`];
    return await backEndFor(
      (await serverForTest(app('every.js'), { listen, ...options }, env)).url,
    );
  };
  const paths = async (backEnd: Application, path: string) => {
    const answer = await ask(backEnd, 'environ', { PATH_INFO: path, REQUEST_URI: path });
    if (answer.status !== '200 OK') return answer.status;
    const environ = new Map<string, string>(JSON.parse(answer.text));
    return [environ.get('SCRIPT_NAME'), environ.get('PATH_INFO')];
  };

  it.each(['/blog', '/blog/'])('scriptName %s is cut off by whole segments', async (scriptName) => {
    const backEnd = await mounted({ scriptName });
    expect(await paths(backEnd, '/blog')).toEqual(['/blog', '']);
    expect(await paths(backEnd, '/blog/')).toEqual(['/blog', '/']);
    expect(await paths(backEnd, '/blog/x')).toEqual(['/blog', '/x']);
    expect(await paths(backEnd, '/blog2')).toBe('404 Not Found');
    expect(await paths(backEnd, '/')).toBe('404 Not Found');
  });

  it('scriptName "" is the root', async () => {
    const backEnd = await mounted({ scriptName: '' });
    expect(await paths(backEnd, '/blog/x')).toEqual(['', '/blog/x']);
    expect(await paths(backEnd, '/')).toEqual(['', '/']);
  });

  it('scriptName null, and WSGI_SCRIPT_NAME=none, leave paths as they come', async () => {
    const byOption = await mounted({ scriptName: null });
    const byEnvironment = await mounted({}, { ...process.env, WSGI_SCRIPT_NAME: 'none' });
    for (const backEnd of [byOption, byEnvironment]) {
      expect(await paths(backEnd, '/blog/x')).toEqual(['', '/blog/x']);
      const wire = { SCRIPT_NAME: '/a', PATH_INFO: '/b', REQUEST_URI: '/zz' };
      const { text } = await ask(backEnd, 'environ', wire);
      const environ = new Map<string, string>(JSON.parse(text));
      const whole = `${environ.get('SCRIPT_NAME')}${environ.get('PATH_INFO')}`;
      expect(whole).toBe('/a/b');
    }
  });

  it('WSGI_SCRIPT_NAME gives a mount, and the option goes before it', async () => {
    const env = { ...process.env, WSGI_SCRIPT_NAME: '/env' };
    expect(await paths(await mounted({}, env), '/env/x')).toEqual(['/env', '/x']);
    expect(await paths(await mounted({ scriptName: '/o' }, env), '/o/x')).toEqual(['/o', '/x']);
  });
});
