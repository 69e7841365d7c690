// What a module exports is guessed, one word says otherwise, and what is nothing is told with what would be.
import { describe, expect, it } from 'vitest';
import { textAt, writeModule } from './support/applications.ts';
import { sluice, sluiceServe } from './support/command.ts';
import { run } from './support/configuration.ts';

const HTTP = ['--listen', 'http://127.0.0.1:0'];

/** Handlers whose parameters tell something else, or nothing. */
const MISLEADING: readonly [kind: string, text: string][] = [
  ['wsgi', "export default (req, res) => { res('200 OK', []); return ['served']; };"],
  ['fetch', "export default (a, b) => new Response('served');"],
  ['fetch', "export default () => new Response('served');"],
  ['node', "export default (a, b) => b.end('served');"],
  ['node', "export const app = (a, b, c) => b.end('served'); export default () => {};"],
];

describe('--as', () => {
  it.each(MISLEADING)('%s, for %s', async (kind, text) => {
    const name = text.includes('app =') ? ':app' : '';
    const file = `${writeModule(text)}${name}`;
    const { url } = await sluiceServe(file, [...HTTP, '--as', kind]);
    expect(await textAt(url, '/')).toBe('served');
  });

  it('server: what is exported is not meant', async () => {
    const file = writeModule(`import { createServer } from 'node:http';
      export default (request, response) => response.end('exported');
      createServer((request, response) => response.end('served')).listen(3000);`);
    const guessed = await sluiceServe(file, HTTP);
    expect(await textAt(guessed.url, '/')).toBe('exported');
    const said = await sluiceServe(file, [...HTTP, '--as', 'server']);
    expect(await textAt(said.url, '/')).toBe('served');
  });

  const MINIFIED = "export default (a, b) => b.end('served');";

  it('in the environment of sluice serve and sluice cgi, and as a flag of the latter', async () => {
    const file = writeModule(MINIFIED);
    const env = { ...process.env, SLUICE_AS: 'node' };
    const { url } = await sluiceServe(file, HTTP, { env });
    expect(await textAt(url, '/')).toBe('served');
    const request = { ...process.env, REQUEST_METHOD: 'GET', PATH_INFO: '/' };
    const cgi = [
      sluice(['cgi', file], { env: { ...request, SLUICE_AS: 'node' } }),
      sluice(['cgi', '--as', 'node', file], { env: request }),
      sluice(['cgi', file, '--as=node'], { env: request }),
    ];
    for (const program of cgi) {
      program.child.stdin?.end();
      expect(await program.ended()).toEqual({ code: 0, signal: null });
      expect(program.stdout).toMatch(/\r\n\r\nserved$/);
    }
  });

  it.each([
    [
      'sluice.config.json',
      JSON.stringify({ application: './app.mjs', as: 'node', listen: HTTP.slice(1) }),
    ],
    [
      'sluice.config.mjs',
      `${MINIFIED.replace('export default', 'const app =')}
      export default { application: app, as: 'node', listen: ['http://127.0.0.1:0'] };`,
    ],
    [
      'site.ini',
      '[server:main]\nuse = egg:sluice#http\nport = 0\n[app:main]\nuse = ./app.mjs\nas = node\n',
    ],
  ])('in %s', async (name, text) => {
    const { code, stderr, folder } = await run(['check', '--config', name], {
      [name]: text,
      'app.mjs': MINIFIED,
    });
    expect([code, stderr]).toEqual([0, '']);
    const program = sluice(['serve', '--config', name], { cwd: folder });
    const line = await program.line(/try:/, 15_000);
    expect(await textAt(line.trim().split(' ')[0] as string, '/')).toBe('served');
  });

  it.each([
    [['serve', 'app.mjs', '--as', 'nod'], /option as \(flag --as\) cannot be "nod".*node/],
    [['cgi', 'app.mjs', '--as', 'nod'], /option as cannot be "nod": .*wsgi, fetch, node, server/],
    [['serve', 'demo', '--as', 'node'], /option as says what a module exports, and demo is none/],
    [
      ['check', 'app.mjs', '--as', 'server'],
      /app\.mjs: default: a function is not an http\.Server/,
    ],
    [['serve', '--config', 'a.ini', '--as', 'node'], /write as = node below the use = of a module/],
    [['check', '--config', 'b.ini'], /b\.ini:5: as cannot be "nod": .* wsgi, fetch, node, server/],
  ])('%j is told', async (words, message) => {
    const section = (...lines: string[]) =>
      ['[server:main]', 'use = egg:sluice#http', '[app:main]', ...lines, ''].join('\n');
    const env = { REQUEST_METHOD: 'GET' };
    const { code, stderr } = await run(
      words,
      {
        'app.mjs': MINIFIED,
        'a.ini': section('use = ./app.mjs'),
        'b.ini': section('use = ./app.mjs', 'as = nod'),
      },
      env,
    );
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('an export that is none', () => {
  const SHAPES =
    /is an object \(Object\), and none of these:\n.*environ, startResponse.*wsgi[\s\S]*fetch[\s\S]*node[\s\S]*createServer/;

  it.each([
    ['check', []],
    ['serve', []],
    ['serve', ['--concurrency', 'fork', '--workers', '1']],
    ['serve', ['--concurrency', 'thread', '--workers', '1']],
  ])('sluice %s %j shows what would be one', async (command, more) => {
    const files = { 'app.mjs': 'export default { port: 3000 };' };
    const words = command === 'serve' ? [...HTTP, ...more] : more;
    const { code, stderr } = await run([command, 'app.mjs', ...words], files);
    expect(stderr).toMatch(/app\.mjs: default is an object/);
    expect(stderr).toMatch(SHAPES);
    expect(stderr.match(/none of these/g)).toHaveLength(1);
    expect(stderr).not.toContain('replaced'); // another try would not help
    expect(code).toBe(2);
  });

  it('sluice cgi tells it in the log of the web server', async () => {
    const files = { 'app.mjs': 'export default { port: 3000 };' };
    const program = await run(['cgi', 'app.mjs'], files, { REQUEST_METHOD: 'GET' });
    expect(program.stderr).toMatch(SHAPES);
    expect(program.stdout).toMatch(/^Status: 500 /);
    expect(program.code).toBe(1);
  });
});
