// Configuration files with the real command: one word of a file changes protocol and model, and nothing else.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Application } from '@sluice/gateway';
import { call } from '@sluice/gateway/testing';
import { loadApplication, PROTOCOLS } from 'sluice';
import { describe, expect, it } from 'vitest';
import { BIN, sluice } from './support/command.ts';
import type { Program } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until } from './support/until.ts';

/** A folder with these files, and an application that tells what it was asked for. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = scratch();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs `sluice serve` in a folder; settles when it serves. */
async function serveIn(folder: string, words: readonly string[], env = {}): Promise<Program> {
  const program = sluice(['serve', ...words], { cwd: folder, env: { ...process.env, ...env } });
  await program.line(/try:/, 15_000);
  return program;
}

/** Asks a server by its own protocol. */
async function ask(url: string, path = '/'): Promise<string> {
  const application = (await loadApplication(url)) as Application;
  return (await call(application, { PATH_INFO: path, SCRIPT_NAME: '' })).text;
}

const protocols = Object.keys(PROTOCOLS).filter(
  (name) => !PROTOCOLS[name as keyof typeof PROTOCOLS].startsPrograms,
);

describe('use = egg:sluice#NAME', () => {
  const names = protocols.flatMap((protocol) => [
    [`sluice#${protocol}`, protocol, 'thread'],
    ...['single', 'fork', 'thread'].map((model) => [
      `sluice#${protocol}_${model}`,
      protocol,
      model,
    ]),
  ]) as [string, string, string][];
  const flup: [string, string, string][] = [
    ['flup#scgi_fork', 'scgi', 'fork'],
    ['flup#fcgi_fork', 'fastcgi', 'fork'],
    ['flup#ajp_thread', 'ajp', 'thread'],
    ['PasteScript#flup_scgi_thread', 'scgi', 'thread'],
  ];

  it.each([...names, ...flup])(
    '%s: the same file, by %s under %s',
    async (name, protocol, model) => {
      const folder = folderOf({
        'site.ini': `[DEFAULT]
debug = true
[server:main]
use = egg:${name}
socket = %(here)s/s
umask = 0022
workers = 1
allowedServers = 127.0.0.1,
    192.0.2.0/24
[app:main]
use = ${app('environ.js')}
`,
      });
      const socket = join(folder, 's');
      const program = await serveIn(folder, ['--config', 'site.ini']);
      const environ = Object.fromEntries(JSON.parse(await ask(`${protocol}+unix:${socket}`, '/a')));
      expect(environ).toMatchObject({
        PATH_INFO: '/a',
        'sluice.protocol': protocol,
        'wsgi.multithread': model === 'thread',
        'wsgi.multiprocess': model === 'fork',
      });
      expect(statSync(socket).mode & 0o777).toBe(0o755); // octal: 22 would be 0o26, and the mode 751
      expect(program.stderr).toContain('debug shows stacks');
      program.signal('SIGTERM');
      expect(await program.ended()).toEqual({ code: 0, signal: null });
    },
  );
});

const SITE = `[server:main]
use = egg:sluice#scgi_fork
socket = main.sock
workers = 1
[server:admin]
use = egg:sluice#http_single
socket = admin.sock
application = admin
[composite:main]
/ = ./app.mjs
/blog = blog
[pipeline:blog]
pipeline = shout ./app.mjs:blog
[app:admin]
paste.app_factory = ./app.mjs:make
word = admin
[filter:shout]
paste.filter_factory = ./app.mjs:shout
mark = !
`;
const APP = `
const say = (text) => (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from([text, environ.SCRIPT_NAME, environ.PATH_INFO, environ.mark].join(' '))];
};
export default say('home');
export const blog = say('blog');
export const make = (globalConf, { word }) => say(word);
export const shout = (globalConf, { mark }) => (application) => (environ, startResponse) => {
  environ.mark = mark;
  return application(environ, startResponse);
};
`;
const files = { 'site.ini': SITE, 'app.mjs': APP };

describe('several servers in one file', () => {
  it('main, where none is named; its application is built in the worker', async () => {
    const folder = folderOf(files);
    await serveIn(folder, ['--config', 'site.ini']);
    expect(await ask(`scgi+unix:${folder}/main.sock`, '/x')).toBe('home  /x ');
    expect(await ask(`scgi+unix:${folder}/main.sock`, '/blog/x')).toBe('blog /blog /x !');
  });

  it.each([
    [['--server', 'admin'], {}],
    [[], { SLUICE_SERVER: 'admin' }],
  ])('%j %j', async (words, env) => {
    const folder = folderOf(files);
    await serveIn(folder, ['--config', 'site.ini', ...words], env);
    expect(await ask(`http+unix:${folder}/admin.sock`, '/x')).toBe('admin  /x ');
  });

  it('an application that is named goes before that of the file, a flag before its options', async () => {
    const folder = folderOf(files);
    const words = ['./app.mjs:blog', '--config', 'site.ini', '--listen', 'scgi+unix:other.sock'];
    await serveIn(folder, words, { SLUICE_LISTEN: 'http://127.0.0.1:1' });
    expect(await ask(`scgi+unix:${folder}/other.sock`, '/x')).toBe('blog  /x ');
    expect(existsSync(join(folder, 'main.sock'))).toBe(false);
  });

  it('HUP builds the application anew', async () => {
    const folder = folderOf(files);
    const program = await serveIn(folder, ['--config', 'site.ini']);
    writeFileSync(join(folder, 'site.ini'), SITE.replace('mark = !', 'mark = ?'));
    program.signal('SIGHUP');
    const url = `scgi+unix:${folder}/main.sock`;
    await until('the new mark', async () => (await ask(url, '/blog')) === 'blog /blog  ?');
  });
});

describe('sluice.config', () => {
  const MODULE = `${APP}
const application = say('inline');
const config = () => ({ application, servers: { main: { listen: 'http+unix:s', concurrency: 'fork', workers: 1 } } });`;

  it.each([
    [
      'sluice.config.mjs',
      `${MODULE.replace('export default say', 'export const other = say')}\nexport default config;`,
      'inline  /x ',
    ],
    [
      'sluice.config.cjs',
      `module.exports = { application: './app.mjs', listen: 'http+unix:s', concurrency: 'thread', workers: 1 };`,
      'home  /x ',
    ],
    [
      'sluice.config.json',
      '{ "application": "./app.mjs:blog", "listen": ["http+unix:s"], "umask": "022" }',
      'blog  /x ',
    ],
  ])('%s is found in the working directory', async (name, text, expected) => {
    const folder = folderOf({ ...files, [name]: text });
    await serveIn(folder, []);
    expect(await ask(`http+unix:${folder}/s`, '/x')).toBe(expected);
  });

  it('holds under inetd as well', async () => {
    const folder = folderOf({ ...files, 'sluice.config.json': '{ "scriptName": "/blog" }' });
    const program = sluice(['serve', './app.mjs', '--listen', 'scgi+stdio:'], { cwd: folder });
    const head =
      'CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00PATH_INFO\x00/blog/x\x00';
    program.child.stdin?.end(`${head.length}:${head},`);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/\r\n\r\nhome \/blog \/x $/);
  });
});

it('sluice cgi answers by an application of a file', async () => {
  const folder = folderOf(files);
  const env = { ...process.env, REQUEST_METHOD: 'GET', SCRIPT_NAME: '', PATH_INFO: '/blog/x' };
  const program = sluice(['cgi', 'config:site.ini#main'], { cwd: folder, env });
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).toMatch(/\r\n\r\nblog \/blog \/x !$/);
});

it.each(['cgi-command', 'inetd-command'])(
  '%s, which starts for every request, has none of this in it',
  (name) => {
    const bundle = readFileSync(join(dirname(BIN), 'bundle', `${name}.js`), 'utf8');
    expect(bundle).toContain('configured-application.js'); // left where it is
    expect(bundle).not.toMatch(/reflect-metadata|PasteBuilder|parseIni|optionsOf/);
  },
);
