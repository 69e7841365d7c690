// The application of a Django-style project: hosts, SCRIPT_NAME, middleware, and what WSGI_APPLICATION names.

import { readdirSync, readFileSync } from 'node:fs';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it, vi } from 'vitest';
import { checkHosts, isAllowedHost } from '../src/django/allowed-hosts.ts';
import { forceScriptName } from '../src/django/force-script-name.ts';
import { getWsgiApplication } from '../src/django/wsgi.ts';
import { folderOf } from './files.ts';

describe('ALLOWED_HOSTS', () => {
  it.each([
    ['example.com', ['example.com'], true],
    ['EXAMPLE.com:8000', ['Example.COM'], true],
    ['example.com.', ['example.com'], true],
    ['www.example.com', ['example.com'], false],
    ['www.example.com', ['.example.com'], true],
    ['example.com', ['.example.com'], true],
    ['notexample.com', ['.example.com'], false],
    ['example.com.evil.org', ['.example.com'], false],
    ['anything.at.all', ['*'], true],
    ['[::1]:8000', ['[::1]'], true],
    ['127.0.0.1:80', ['127.0.0.1'], true],
    ['example.com', [], false],
    ['example.com/evil', ['*'], false],
    ['exa mple.com', ['*'], false],
    ['example.com:80:80', ['*'], false],
    ['evil.org@example.com', ['*', 'example.com'], false],
    ['', ['*'], false],
  ])('%j by %j: %s', (host, allowed, expected) => {
    expect(isAllowedHost(host, allowed)).toBe(expected);
  });

  const hello = () => ['hello'];

  const answer = async (variables: object, ALLOWED_HOSTS: string[], DEBUG = false) => {
    const application = checkHosts(
      (_environ, startResponse) => {
        startResponse('200 OK', []);
        return hello();
      },
      { ALLOWED_HOSTS, DEBUG },
    );
    return await call(application, { ...variables });
  };

  it.each([
    [
      { HTTP_HOST: 'evil.example' },
      ['example.com'],
      false,
      '400 Bad Request',
      'Bad Request (400)\n',
    ],
    [{ HTTP_HOST: 'evil.example' }, [], true, '400 Bad Request', /evil\.example.*ALLOWED_HOSTS/],
    [{ HTTP_HOST: 'example.com' }, [], false, '400 Bad Request', 'Bad Request (400)\n'],
    [{ HTTP_HOST: 'localhost:8000' }, [], true, '200 OK', 'hello'],
    [{ HTTP_HOST: 'sub.localhost' }, [], true, '200 OK', 'hello'],
    [{ HTTP_HOST: '127.0.0.1' }, [], true, '200 OK', 'hello'],
    [{ HTTP_HOST: 'localhost' }, ['example.com'], true, '400 Bad Request', /localhost/],
    [{ HTTP_HOST: '', SERVER_NAME: 'example.com' }, ['example.com'], false, '200 OK', 'hello'],
    [{ HTTP_HOST: '', SERVER_NAME: '::1' }, ['[::1]'], false, '200 OK', 'hello'],
  ])('%j with %j, DEBUG %s: %s', async (variables, allowed, debug, status, text) => {
    const given = await answer(variables, allowed, debug);
    expect(given.status).toBe(status);
    if (typeof text === 'string') expect(given.text).toBe(text);
    else expect(given.text).toMatch(text);
  });
});

describe('FORCE_SCRIPT_NAME', () => {
  it.each([
    // forced, SCRIPT_NAME, PATH_INFO, REQUEST_URI; then what the application gets
    ['/blog', '', '/blog/a', undefined, '/blog|/a'],
    ['/blog', '', '/blog', undefined, '/blog|'],
    ['/blog', '', '/blogger', undefined, '/blog|/blogger'],
    ['/blog', '/blog', '/a', undefined, '/blog|/a'],
    ['/blog', '/index.fcgi', '/a', '/blog/a', '/blog|/a'],
    ['/blog', '/blog/index.fcgi', '/a', '/blog/a', '/blog|/a'],
    ['/blog', '', '/blog/a', '/blog/blog/a?x', '/blog|/blog/a'],
    ['/blog', '', '/blog/a b', '/blog/blog/a%20b', '/blog|/blog/a b'],
    ['/blog', '', '/blog/a', 'http://example.com/blog/a', '/blog|/a'],
    ['/blog', '/index.fcgi', '/blog/a', undefined, '/blog|/blog/a'],
    ['', '/index.fcgi', '/a', '/a', '|/a'],
    ['', '', '/a', undefined, '|/a'],
  ])('%j over %j, %j (%s): %s', async (forced, SCRIPT_NAME, PATH_INFO, REQUEST_URI, expected) => {
    const application = forceScriptName((environ, startResponse) => {
      startResponse('200 OK', []);
      return [`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`];
    }, forced);
    const asked = { SCRIPT_NAME, PATH_INFO, ...(REQUEST_URI && { REQUEST_URI }) };
    expect((await call(application, asked)).text).toBe(expected);
  });
});

const WSGI = `export const application = (environ, startResponse) => {
  startResponse('200 OK', []);
  return ['app'];
};`;
const LAYERS = `const layer = (name) => (application) => async (environ, startResponse) =>
  [name, ...(await application(environ, startResponse))];
export const one = layer('1');
export default layer('2');
export const nothing = () => undefined;`;

async function site(settings: string, files: Record<string, string> = {}) {
  const root = folderOf({
    'manage.js': '',
    'mysite/settings.js': `export const ALLOWED_HOSTS = ['*'];\n${settings}`,
    'mysite/wsgi.js': WSGI,
    'mysite/layers.js': LAYERS,
    ...files,
  });
  return await getWsgiApplication({ root, settings: 'mysite.settings' });
}

const text = async (settings: string, files?: Record<string, string>) =>
  (await call(await site(settings, files), {})).text;

describe('which project', () => {
  it.each([
    [{ root: 'nowhere' }, 'ERR_PROJECT_SETTINGS', /option root: there is no folder .*nowhere/],
    [{ rot: '.' }, 'ERR_OPTION_UNKNOWN', /no option rot; did you mean root\?/],
    ['.', 'ERR_OPTION_VALUE', /chosen by \{ root, settings \}, not by "\."/],
    [null, 'ERR_OPTION_VALUE', /not by null/],
  ])('is not said by %j', async (choice, code, why) => {
    const failing = getWsgiApplication(choice as object);
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringMatching(why) });
  });
});

describe('WSGI_APPLICATION and MIDDLEWARE', () => {
  it.each([
    ['', 'app'],
    ["export const WSGI_APPLICATION = 'mysite.wsgi.application';", 'app'],
    ["export const WSGI_APPLICATION = 'mysite.wsgi';", 'app'],
    ["export const WSGI_APPLICATION = './mysite/wsgi.js:application';", 'app'],
    ["export const WSGI_APPLICATION = 'mysite/wsgi.js';", 'app'],
    ["export const MIDDLEWARE = ['mysite.layers.one', './mysite/layers.js'];", '12app'],
    ["export const MIDDLEWARE = ['mysite.layers', 'mysite.layers.one'];", '21app'],
    ["export const MIDDLEWARE = ['a-package', '@scope/other:three'];", '23app'],
  ])('%s', async (settings, expected) => {
    const packages = {
      'node_modules/a-package/package.json': '{"type":"module","exports":"./main.js"}',
      'node_modules/a-package/main.js': LAYERS,
      'node_modules/@scope/other/package.json': '{"type":"module"}',
      'node_modules/@scope/other/index.js': LAYERS.replace(
        "const one = layer('1')",
        "const three = layer('3')",
      ),
    };
    expect(await text(settings, packages)).toBe(expected);
  });

  it.each([
    [
      "export const WSGI_APPLICATION = 'mysite.wsgy.application';",
      /WSGI_APPLICATION of mysite\.settings: there is no module mysite\.wsgy\.application: looked for mysite\/wsgy\/application\.js or mysite\/wsgy\.js/,
    ],
    [
      "export const WSGI_APPLICATION = 'mysite.wsgi.app';",
      /mysite\/wsgi\.js exports no application.*named app, found application/,
    ],
    ["export const WSGI_APPLICATION = './missing.js';", /there is no file .*missing\.js/],
    [
      "export const MIDDLEWARE = ['mysite.layers.two'];",
      /MIDDLEWARE of mysite\.settings: mysite\/layers\.js exports no middleware.*named two/,
    ],
    [
      "export const MIDDLEWARE = ['mysite.layers.nothing'];",
      /mysite\.layers\.nothing has returned undefined.*\(application\) => application/,
    ],
    [
      "export const MIDDLEWARE = ['not-installed'];",
      /no module not-installed.*npm package not-installed/,
    ],
  ])('%s', async (settings, why) => {
    const building = site(settings);
    await expect(building).rejects.toMatchObject({ code: 'ERR_APPLICATION_LOAD' });
    await expect(building).rejects.toThrow(why);
  });
});

it.each([
  ['', '/sent'],
  ['export const FORCE_SCRIPT_NAME = null;', '/sent'],
  ["export const FORCE_SCRIPT_NAME = '';", ''],
  ["export const FORCE_SCRIPT_NAME = '/blog';", '/blog'],
])('SCRIPT_NAME with %j is %j', async (settings, expected) => {
  const wsgi = WSGI.replace("'app'", 'environ.SCRIPT_NAME');
  const application = await site(settings, { 'mysite/wsgi.js': wsgi });
  expect((await call(application, { SCRIPT_NAME: '/sent' })).text).toBe(expected);
});

describe('the module that WSGI_APPLICATION names', () => {
  const django = JSON.stringify(new URL('../src/django/wsgi.ts', import.meta.url).href);

  it('may not ask for what it is a part of: nothing would ever come of it', async () => {
    const circle = `import { getWsgiApplication } from ${django};
export const application = await getWsgiApplication();`;
    await expect(site('', { 'mysite/wsgi.js': circle })).rejects.toThrow(
      /mysite\/wsgi\.js is what WSGI_APPLICATION names, and calls getWsgiApplication\(\)/,
    );
  });
});

describe('settings', () => {
  it('are those of the project that was loaded, and stay as they are', async () => {
    vi.resetModules();
    const { openSettings, settings } = await import('../src/django/settings.ts');
    const root = folderOf({ 'manage.js': '', 'mysite/settings.js': "export const MINE = 'a';" });
    await openSettings({ root });
    expect([settings.MINE, settings.DEBUG, 'MINE' in settings]).toEqual(['a', false, true]);
    expect(Object.keys(settings)).toContain('MINE');
    expect({ ...settings }).toMatchObject({ MINE: 'a', FORCE_SCRIPT_NAME: null });
    expect(() => {
      (settings as { DEBUG: boolean }).DEBUG = true;
    }).toThrow(/cannot be changed/);
    const other = folderOf({ 'manage.js': '', 'shop/settings.js': '' });
    await openSettings({ root: other });
    expect(() => settings.MINE).toThrow(/two projects.*mysite\.settings and shop\.settings/);
  });

  it('are loaded when they are first read', async () => {
    vi.resetModules();
    const { settings } = await import('../src/django/settings.ts');
    const root = folderOf({ 'manage.js': '', 'mysite/settings.js': "export const MINE = 'b';" });
    vi.spyOn(process, 'cwd').mockReturnValue(root);
    expect(settings.MINE).toBe('b');
    vi.restoreAllMocks();
  });
});

describe('what nobody uses', () => {
  it('is not loaded: only projects and the commands for them import it', () => {
    const src = new URL('../src/', import.meta.url);
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
    const outside = files.filter((file) => file.endsWith('.ts') && !file.startsWith('django/'));
    const loading = outside.filter((file) =>
      /^(?:import|export)\s(?!type)[^;]*from '[^']*\/django\//m.test(
        readFileSync(new URL(file, src), 'utf8'),
      ),
    );
    expect(loading).toEqual(['commands/startproject.ts']);
  });
});
