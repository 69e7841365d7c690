// Applications of a configuration file in Paste's style: sections, factories, filters, pipelines, composites.
import { join } from 'node:path';
import type { Application, Environ } from '@sluice/gateway';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { loadApplication } from '../src/loading/application.ts';
import { folderOf } from './files.ts';

/** Applications and filters that say what they are made of. */
const MODULE = `
const say = (text) => (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from([text, environ.SCRIPT_NAME, environ.PATH_INFO, environ.mark ?? ''].join(' | '))];
};
export default say('default');
export const blog = say('blog');
export class Old { constructor(environ, startResponse) { this.body = say('old')(environ, startResponse); }
  [Symbol.iterator]() { return this.body[Symbol.iterator](); } }
export const make = (globalConf, localConf) => say(JSON.stringify({ globalConf, localConf }));
export const makeLater = async (globalConf, localConf) => say(JSON.stringify(localConf));
export const fail = () => { throw new Error('no database'); };
export const nothing = () => undefined;
const mark = (name) => (application) => (environ, startResponse) => {
  environ.mark = (environ.mark ?? '') + name;
  return application(environ, startResponse);
};
export const one = mark('1');
export const two = mark('2');
export const markFactory = (globalConf, { name }) => mark(name);
export const markAppFactory = (application, globalConf, { name }) => mark(name)(application);
export const first = async (loader, globalConf, localConf) =>
  (await loader.getFilter(localConf.filter))(await loader.getApp(localConf.apps.split(' ')[0]));
`;

async function open(text: string, name = 'main', others: Record<string, string> = {}) {
  const folder = folderOf({ 'site.ini': text, 'app.mjs': MODULE, ...others });
  try {
    const application = await loadApplication(`config:${join(folder, 'site.ini')}#${name}`);
    return { folder, application: application as Application };
  } catch (error) {
    (error as Error).message = (error as Error).message.replaceAll(`${folder}/`, '');
    throw error;
  }
}

async function ask(
  application: Application,
  path = '/x',
  more: Partial<Environ> = {},
): Promise<string> {
  const { body, status } = await call(application, { SCRIPT_NAME: '', PATH_INFO: path, ...more });
  return status === '200 OK' ? body.toString() : status;
}

describe('an application', () => {
  it.each([
    ['[app:main]\nuse = ./app.mjs', 'default |  | /x | '],
    ['[app:main]\nuse = app.mjs:blog', 'blog |  | /x | '],
    ['[app:main]\nuse = ./app.mjs:Old', 'old |  | /x | '],
    ['[app:main]\nuse = other\n[app:other]\nuse = ./app.mjs:blog', 'blog |  | /x | '],
    [
      '[app:main]\npaste.app_factory = ./app.mjs:makeLater\nx = 1\nY = a b',
      '{"x":"1","Y":"a b"} |  | /x | ',
    ],
    [
      '[application:main]\nuse = ./app.mjs:blog\nfilter-with = f\n[filter:f]\nuse = ./app.mjs:one',
      'blog |  | /x | 1',
    ],
  ])('%j', async (text, expected) => {
    expect(await ask((await open(text)).application)).toBe(expected);
  });

  it('of ours: demo, and by the address of a server', async () => {
    const { application } = await open('[app:main]\nuse = egg:sluice#demo');
    expect(await ask(application)).toContain('Hello world!');
    const { application: other } = await open('[app:main]\nuse = scgi://127.0.0.1:1');
    expect(other).toBeTypeOf('function');
  });

  it('of a package that is installed, whether for require() or for import alone', async () => {
    const others = {
      'node_modules/old/package.json': '{"main":"./main.cjs"}',
      'node_modules/old/main.cjs': `exports.blog = (e, s) => { s('200 OK', []); return [Buffer.from('old')]; };`,
      'node_modules/@a/new/package.json':
        '{"exports":{".":{"types":"./x.d.ts","import":{"default":"./main.mjs"}}}}',
      'node_modules/@a/new/main.mjs': `export default (e, s) => { s('200 OK', []); return [Buffer.from('new')]; };`,
    };
    const text = '[app:main]\nuse = egg:old#blog\n[app:b]\nuse = egg:@a/new';
    expect(await ask((await open(text, 'main', others)).application)).toBe('old');
    expect(await ask((await open(text, 'b', others)).application)).toBe('new');
  });

  it('settings: [DEFAULT], set, get, here; those of who uses it go first', async () => {
    const text = `[DEFAULT]
colour = red
size = %(here)s/%(colour)s
[app:main]
use = config:deep/other.ini#made
set colour = blue
own = outer
[app:unused]
paste.app_factory = nowhere.js`;
    const other = `[DEFAULT]
colour = green
depth = 2
[app:made]
paste.app_factory = ../app.mjs:make
own = inner
mine = %(depth)s
get taken = colour`;
    const { application, folder } = await open(text, 'main', { 'deep/other.ini': other });
    const [json = ''] = (await ask(application)).split(' | ');
    expect(JSON.parse(json)).toEqual({
      globalConf: {
        colour: 'blue',
        depth: '2',
        size: `${folder}/red`,
        here: `${folder}/deep`,
        __file__: `${folder}/deep/other.ini`,
      },
      localConf: { own: 'outer', mine: '2', taken: 'blue' },
    });
  });
});

describe('filters and pipelines', () => {
  const SECTIONS = `
[app:blog]
use = ./app.mjs:blog
[filter:one]
use = ./app.mjs:one
[filter:made]
paste.filter_factory = ./app.mjs:markFactory
name = m
[filter:again]
use = made
name = a
[filter:app]
paste.filter_app_factory = ./app.mjs:markAppFactory
name = p
[filter:wrapped]
use = ./app.mjs:two
filter-with = one
`;
  it.each([
    ['[pipeline:main]\npipeline = one blog', '1'],
    ['[pipeline:main]\npipeline =\n  one\n  made\n\n  again app\n  blog', '1map'],
    ['[pipeline:main]\npipeline = wrapped blog', '12'],
    [
      '[pipeline:main]\npipeline = ./app.mjs:two egg:sluice#validator ./app.mjs:one ./app.mjs:blog',
      '21',
    ],
    ['[pipeline:main]\npipeline = blog\nfilter-with = made', 'm'],
    ['[filter-app:main]\nuse = made\nname = x\nnext = blog', 'x'],
    ['[filter-app:main]\npaste.filter_factory = ./app.mjs:markFactory\nname = y\nnext = blog', 'y'],
    ['[app:main]\npaste.composite_factory = ./app.mjs:first\napps = blog x\nfilter = made', 'm'],
  ])('%j is passed in that order', async (text, marks) => {
    expect(await ask((await open(text + SECTIONS)).application)).toBe(`blog |  | /x | ${marks}`);
  });
});

describe('a composite', () => {
  const TEXT = `[composite:main]
use = egg:Paste#urlmap
/ = home
/blog = blog
/blog/archive/ = archive
/ü = blog
[app:home]
paste.app_factory = ./app.mjs:makeLater
is = home
[app:blog]
use = ./app.mjs:blog
[pipeline:archive]
pipeline = ./app.mjs:one ./app.mjs:blog
`;
  it.each([
    ['/', '{"is":"home"} |  | / | '],
    ['', '{"is":"home"} |  |  | '],
    ['*', '{"is":"home"} |  | * | '],
    ['/blog', 'blog | /blog |  | '],
    ['/blog/', 'blog | /blog | / | '],
    ['/blog/2024', 'blog | /blog | /2024 | '],
    ['/blog/archive', 'blog | /blog/archive |  | 1'],
    ['/blog/archive/x', 'blog | /blog/archive | /x | 1'],
    ['/blog/archived', 'blog | /blog | /archived | '],
    ['/blogs', '{"is":"home"} |  | /blogs | '],
    [
      Buffer.from('/ü/x').toString('latin1'),
      `blog | ${Buffer.from('/ü').toString('latin1')} | /x | `,
    ],
  ])('%s goes to the longest path', async (path, expected) => {
    expect(await ask((await open(TEXT)).application, path)).toBe(expected);
  });

  it('adds to SCRIPT_NAME', async () => {
    const { application } = await open(TEXT);
    expect(await ask(application, '/blog/x', { SCRIPT_NAME: '/site' })).toBe(
      'blog | /site/blog | /x | ',
    );
  });

  it('answers the rest with 404, or as it is told', async () => {
    const { application } = await open(TEXT.replace('/ = home\n', ''));
    expect(await ask(application, '/other')).toBe('404 Not Found');
    const { application: other } = await open(TEXT.replace('/ = home\n', 'not_found_app = home\n'));
    expect(await ask(other, '/other')).toBe('{"is":"home"} |  | /other | ');
  });
});

describe('a mistake is told with its line', () => {
  it.each([
    [
      '[app:main]',
      'site.ini:1: [app:main] needs paste.app_factory = ./app.js:name, or use = ./app.js:name',
    ],
    [
      '[app:main]\nuse = blgo\n[app:blog]',
      'site.ini:2: there is no section [app:blgo]; did you mean blog?',
    ],
    ['[app:main]\nuse = main', 'site.ini:1: [app:main] uses itself'],
    ['[app:main]\nuse = b\n[pipeline:b]\npipeline = main', 'site.ini:1: [app:main] uses itself'],
    ['[app:main]\nuse = ./missing.js', 'site.ini:2: there is no file missing.js'],
    [
      '[app:main]\nuse = ./app.mjs:blgo',
      'site.ini:2: ./app.mjs exports no application: looked for an export named blgo',
    ],
    [
      '[app:main]\nuse = ./app.mjs\nx = 1',
      'site.ini:3: x is not known here: ./app.mjs is an application as it is',
    ],
    ['[app:main]\nuse = egg:nowhere#x', 'site.ini:2: there is no package nowhere'],
    [
      '[app:main]\nuse = egg:sluice#dmeo',
      'site.ini:2: there is no application egg:sluice#dmeo; did you mean demo?',
    ],
    ['[app:main]\nuse = sgci://127.0.0.1:1', 'site.ini:2: "sgci://127.0.0.1:1" is not an address'],
    [
      '[app:main]\npaste.app_factory = ./app.mjs:fail',
      'site.ini:2: ./app.mjs:fail failed: Error: no database',
    ],
    [
      '[app:main]\npaste.app_factory = ./app.mjs:nothing',
      'site.ini:2: ./app.mjs:nothing has made undefined. An app factory is',
    ],
    ['[pipeline:main]', 'site.ini:1: [pipeline:main] needs pipeline ='],
    ['[pipeline:main]\npipeline =', 'site.ini:2: [pipeline:main] needs pipeline ='],
    [
      '[pipeline:main]\npipeline = ./app.mjs\nx = 1',
      'site.ini:3: x is not known here: a pipeline has names',
    ],
    [
      '[pipeline:main]\npipeline = lod ./app.mjs\n[filter:loud]',
      'site.ini:2: there is no section [filter:lod]; did you mean loud?',
    ],
    ['[composite:main]', 'site.ini:1: [composite:main] needs a path: /blog = blog'],
    [
      '[composite:main]\n/ = ./app.mjs\nblog = ./app.mjs',
      'site.ini:3: blog is not known here: a composite has paths',
    ],
    ['[filter-app:main]\nuse = ./app.mjs:one', 'site.ini:1: [filter-app:main] needs next ='],
    [
      '[app:main]\n[pipeline:main]',
      'site.ini:2: [pipeline:main] and [app:main] (line 1) are two sections of the same name',
    ],
    ['[app:main]\nget x = y', 'site.ini:2: there is no y in [DEFAULT]'],
  ])('%j', async (text, message) => {
    await expect(open(text)).rejects.toThrow(
      expect.objectContaining({ name: 'OptionError', message: expect.stringContaining(message) }),
    );
  });

  it('all of them, where they are collected', async () => {
    const folder = folderOf({
      'site.ini':
        '[composite:main]\n/a = nowhere\n/b = p\nc = x\n[pipeline:p]\npipeline = f g ./x.mjs',
    });
    const messages: string[] = [];
    await loadApplication(`config:${folder}/site.ini`, ({ message }) => messages.push(message));
    expect(messages.map((message) => /site\.ini:(\d+)/.exec(message)?.[1])).toEqual([
      '2',
      '6',
      '6',
      '6',
      '4',
    ]);
  });
});
