// The settings module: where it is found, what it may say, and how mistakes are told.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings, requireSettings } from '../src/django/load-settings.ts';
import { folderOf } from './files.ts';

const DEFAULTS = {
  DEBUG: false,
  ALLOWED_HOSTS: [],
  WSGI_APPLICATION: undefined,
  MIDDLEWARE: [],
  FORCE_SCRIPT_NAME: null,
  SERVERS: {},
};

/** A project with these settings. */
const site = (text: string, file = 'mysite/settings.js') => folderOf({ [file]: text });

describe('a settings module', () => {
  it('has defaults for what it does not say', async () => {
    const { values, name, warnings } = await loadSettings(site(''), 'mysite.settings');
    expect({ ...values }).toEqual(DEFAULTS);
    expect([name, warnings]).toEqual(['mysite', []]);
  });

  it.each([
    ['mysite/settings.js', 'mysite.settings', 'mysite'],
    ['mysite/settings.js', './mysite/settings.js', 'mysite'],
    ['mysite/settings.js', 'mysite/settings.js', 'mysite'],
    ['mysite/settings/index.js', 'mysite.settings', 'mysite'],
    ['mysite/settings/production.mjs', 'mysite.settings.production', 'mysite'],
  ])('%s by the name %s', async (file, module, name) => {
    const root = site(
      'export const DEBUG = true; export const MINE = 1; export const other = 2;',
      file,
    );
    const settings = await loadSettings(root, module);
    expect(settings).toMatchObject({ name, module, root, file: join(root, file) });
    expect({ ...settings.values }).toEqual({ ...DEFAULTS, DEBUG: true, MINE: 1 });
  });

  it('may be CommonJS, and may be loaded at once', async () => {
    const root = site('module.exports = { DEBUG: true, ...{ MINE: [1] } };', 'mysite/settings.cjs');
    const settings = await loadSettings(root, 'mysite.settings');
    expect({ ...settings.values }).toEqual({ ...DEFAULTS, DEBUG: true, MINE: [1] });
    expect({ ...requireSettings(root, 'mysite.settings').values }).toEqual({ ...settings.values });
  });

  it('may name hosts of every kind', async () => {
    const hosts = [
      '*',
      '.b.de',
      'a_b.c',
      '[::1]',
      'b.de.',
      '127.0.0.1',
      'localhost',
      'xn--bcher-kva.de',
    ];
    const root = site(`export const ALLOWED_HOSTS = ${JSON.stringify(hosts)};`);
    expect((await loadSettings(root, 'mysite.settings')).values.ALLOWED_HOSTS).toEqual(hosts);
  });

  it.each([
    ['/blog', '/blog'],
    ['/blog/', '/blog'],
    ['', ''],
    ['/', ''],
  ])('FORCE_SCRIPT_NAME %j is %j', async (given, value) => {
    const root = site(`export const FORCE_SCRIPT_NAME = '${given}';`);
    const { values } = await loadSettings(root, 'mysite.settings');
    expect(values.FORCE_SCRIPT_NAME).toBe(value);
  });
});

describe('mistakes', () => {
  it.each([
    ['// first\nexport const DEBUG = "yes";', /settings\.js:2: option DEBUG.*true or false/],
    ['export const ALLOWED_HOSTS = [1];', /settings\.js:1: option ALLOWED_HOSTS.*list of texts/],
    ['export const MIDDLEWARE = {};', /settings\.js:1: option MIDDLEWARE.*list/],
    ['\n\nexport const SERVERS = [];', /settings\.js:3: SERVERS has to be an object/],
    ['export const SERVERS = { main: 1 };', /settings\.js:1: SERVERS has to be an object/],
    ["export const FORCE_SCRIPT_NAME = 'blog';", /settings\.js:1: FORCE_SCRIPT_NAME.*slash/],
    [
      "// first\nexport const ALLOWED_HOSTS = ['a.de', 'https://b.de/x'];",
      /settings\.js:2: ALLOWED_HOSTS cannot have "https:\/\/b\.de\/x".*as in "b\.de"/,
    ],
    ["export const ALLOWED_HOSTS = ['b.de:80'];", /cannot have "b\.de:80".*as in "b\.de"/],
    ["export const ALLOWED_HOSTS = [''];", /ALLOWED_HOSTS cannot have ""/],
    ['export const WSGI_APPLICATION = () => {};', /settings\.js:1: option WSGI_APPLICATION.*text/],
  ])('%j', async (text, why) => {
    const root = site(text);
    const loading = loadSettings(root, 'mysite.settings');
    await expect(loading).rejects.toMatchObject({ code: 'ERR_OPTION_VALUE' });
    await expect(loading).rejects.toThrow(why);
    expect(() => requireSettings(root, 'mysite.settings')).toThrow(why);
  });

  it.each([
    ['mysite.setings', /no settings mysite\.setings: looked for mysite\/setings\.js/],
    ['mysite.broken', /mysite\.broken .*cannot be imported.*out of order/s],
  ])('%s', async (module, why) => {
    const root = folderOf({ 'mysite/broken.js': 'throw new Error("out of order");' });
    const loading = loadSettings(root, module);
    await expect(loading).rejects.toMatchObject({ code: 'ERR_PROJECT_SETTINGS' });
    await expect(loading).rejects.toThrow(why);
  });

  it("what looks misspelt is told with its line, what does not is the project's own", async () => {
    const root = site(
      'export const DEBUGG = true;\nexport const ALOWED_HOSTS = [];\nexport const MIDDLEWARE_CLASSES = [];\nexport const DATABASES = {};\n',
    );
    const { warnings } = await loadSettings(root, 'mysite.settings');
    expect(warnings.map((line) => line.replace(/^.*\//, ''))).toEqual([
      'settings.js:1: DEBUGG means nothing here; did you mean DEBUG?',
      'settings.js:2: ALOWED_HOSTS means nothing here; did you mean ALLOWED_HOSTS?',
      'settings.js:3: MIDDLEWARE_CLASSES means nothing here; it is MIDDLEWARE',
    ]);
  });
});
