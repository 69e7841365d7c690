// Which script a FastCGI server is told to run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { testEnviron } from '@sluice/gateway/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { placeScript } from '../src/fastcgi-script.ts';

const folder = mkdtempSync(`${tmpdir()}/sluice-`);
afterAll(() => rmSync(folder, { recursive: true }));

function place(settings: Record<string, string>, path: string, mount = '') {
  const placed = placeScript(settings)(testEnviron({ PATH_INFO: path, SCRIPT_NAME: mount }));
  const { SCRIPT_FILENAME, SCRIPT_NAME, PATH_INFO, DOCUMENT_ROOT } = placed;
  return { SCRIPT_FILENAME, SCRIPT_NAME, PATH_INFO, DOCUMENT_ROOT };
}

describe('settings', () => {
  it.each<[Record<string, string>, string]>([
    [{ root: 'www' }, 'root is the whole path'],
    [{ script: './a.php' }, 'script is the whole path'],
    [{ root: '' }, 'root is the whole path'],
    [{ root: '/a', script: '/a/b.php' }, 'either root or script'],
    [{ root: '/a', index: 'index' }, 'index is a file name'],
    [{ root: '/a', index: '.php' }, 'index is a file name'],
    [{ root: '/a', index: 'b/index.php' }, 'index is a file name'],
  ])('%j: %s', (settings, why) => {
    const message = expect.stringContaining(why);
    const error = expect.objectContaining({ code: 'ERR_BACK_END_OPTION', message });
    expect(() => placeScript(settings)).toThrow(error);
  });

  it('none: the environ stays as it is', () => {
    const environ = testEnviron({ SCRIPT_FILENAME: '/said/by/the/web/server.php' });
    expect(placeScript({})(environ)).toBe(environ);
  });
});

describe('script', () => {
  it('answers everything, and the path stays with the request', () => {
    expect(place({ script: '/srv/app/front.php' }, '/other.php/a', '/blog')).toEqual({
      SCRIPT_FILENAME: '/srv/app/front.php',
      SCRIPT_NAME: '/blog',
      PATH_INFO: '/other.php/a',
      DOCUMENT_ROOT: '/srv/app',
    });
  });

  it('leaves the rest of the environ alone', () => {
    const environ = testEnviron({ QUERY_STRING: 'a=1' });
    const placed = placeScript({ script: '/a.php' })(environ);
    expect(placed).toMatchObject({ QUERY_STRING: 'a=1', 'wsgi.input': environ['wsgi.input'] });
    expect(environ).not.toHaveProperty('SCRIPT_FILENAME');
  });
});

describe('root', () => {
  it.each([
    ['/a.php', '/a.php', ''],
    ['/a.php/', '/a.php', '/'],
    ['/a.php/b', '/a.php', '/b'],
    ['/a.php/b.php/c', '/a.php', '/b.php/c'],
    ['/a/b.php/c', '/a/b.php', '/c'],
    ['/a.php.txt/b.php', '/a.php.txt/b.php', ''],
    ['/a.phpx/b', '/index.php', '/a.phpx/b'],
    ['/a.PHP', '/index.php', '/a.PHP'],
    ['/a.ph\u0130p', '/index.php', '/a.ph\u0130p'],
    ['/.php', '/.php', ''],
    ['/', '/index.php', '/'],
    ['', '/index.php', ''],
    ['/a/b', '/index.php', '/a/b'],
    ['/a/b/', '/index.php', '/a/b/'],
    ['/a\n.php/b', '/a\n.php', '/b'],
    ['/..a/...', '/index.php', '/..a/...'],
  ])('%j is the script %j with %j', (path, script, info) => {
    expect(place({ root: '/srv/www' }, path, '/mount')).toEqual({
      SCRIPT_FILENAME: `/srv/www${script}`,
      SCRIPT_NAME: `/mount${script}`,
      PATH_INFO: info,
      DOCUMENT_ROOT: '/srv/www',
    });
  });

  it.each(['/..', '/../a.php', '/a/../b.php', '/a.php/..', '/./a.php', '/.', '/a\0.php'])(
    '%j is refused',
    (path) => {
      expect(() => place({ root: '/srv/www' }, path)).toThrow(
        expect.objectContaining({ code: 'ERR_BACK_END_SCRIPT', statusHint: 403 }),
      );
    },
  );

  it.each(['/srv/www', '/srv/www/', '/srv/www//'])(
    '%s: slashes at its end do not count',
    (root) => {
      expect(place({ root }, '/a.php')).toMatchObject({
        SCRIPT_FILENAME: '/srv/www/a.php',
        DOCUMENT_ROOT: '/srv/www',
      });
    },
  );

  it('/: the whole file system', () => {
    expect(place({ root: '/' }, '/a.php').SCRIPT_FILENAME).toBe('/a.php');
  });

  it('index names the front controller, and which names are scripts', () => {
    const settings = { root: '/srv', index: 'app.cgi' };
    expect(place(settings, '/a.php').SCRIPT_FILENAME).toBe('/srv/app.cgi');
    expect(place(settings, '/b.cgi/c').SCRIPT_FILENAME).toBe('/srv/b.cgi');
  });

  it('a folder with an index of its own is answered by that', () => {
    const root = `${folder}/été`;
    const name = Buffer.from('/w\u00eb').toString('latin1');
    mkdirSync(`${root}/w\u00eb`, { recursive: true });
    writeFileSync(`${root}/w\u00eb/index.php`, '');
    const bytes = Buffer.from(root).toString('latin1');
    expect(place({ root }, `${name}/`)).toEqual({
      SCRIPT_FILENAME: `${bytes}${name}/index.php`,
      SCRIPT_NAME: `${name}/index.php`,
      PATH_INFO: '',
      DOCUMENT_ROOT: bytes,
    });
    expect(place({ root }, name).SCRIPT_FILENAME).toBe(`${bytes}/index.php`);
    expect(place({ root }, '/nowhere/').SCRIPT_FILENAME).toBe(`${bytes}/index.php`);
  });

  it('is sent as bytes', () => {
    const { SCRIPT_FILENAME } = place({ root: '/srv/日本' }, '/a.php');
    expect(Buffer.from(SCRIPT_FILENAME as string, 'latin1').toString()).toBe('/srv/日本/a.php');
  });
});
