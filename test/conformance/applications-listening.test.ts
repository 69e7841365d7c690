// Modules that call listen() themselves: their server is served, and does not listen.
import { describe, expect, it } from 'vitest';
import { upgrade } from '../support/upgrade-client.ts';
import { takenPort, textAt, writeModule } from './support/applications.ts';
import { sluice, sluiceServe } from './support/command.ts';
import { run } from './support/configuration.ts';
import { until } from './support/until.ts';

const HTTP = ['--listen', 'http://127.0.0.1:0'];
const handler = (text: string) => `(req, res) => res.end('${text}')`;
const IMPORT = "import { createServer } from 'node:http';";

/** The module, with the port that it would listen on, and what is said of it. */
const MODULES: readonly [string, (port: number) => string, about: RegExp, name?: string][] = [
  [
    'after something that it waits for',
    (port) =>
      `${IMPORT} setTimeout(() => createServer(${handler('served')}).listen(${port}), 400);`,
    /the http\.Server that it starts, instead of port \d+/,
  ],
  [
    'and waits for its end',
    (port) => `${IMPORT} import { once } from 'node:events';
      await once(createServer(${handler('served')}).listen(${port}), 'close');`,
    /the http\.Server that it starts/,
  ],
  [
    'and is a CommonJS module',
    (port) => `require('node:http').createServer(${handler('served')}).listen(${port});`,
    /the http\.Server that it starts/,
    'app.cjs',
  ],
  [
    'and exports the handler of its server',
    (port) =>
      `${IMPORT} export default ${handler('served')};
      import * as self from './app.mjs'; createServer(self.default).listen(${port});`,
    /a Node handler in the http\.Server that it starts/,
  ],
  [
    'and exports something else',
    (port) => `${IMPORT} createServer(${handler('statistics')}).listen(${port});
      export default { fetch: (request) => new Response('served') };`,
    /a Fetch handler/,
  ],
  [
    'later than it exports something',
    (port) => `${IMPORT} setTimeout(() => createServer(${handler('')}).listen(${port}), 100);
      export default (req, res) => setTimeout(() => res.end('served'), 150);`,
    /a Node handler/,
  ],
];

describe('a module that listens', () => {
  it.each(MODULES)('%s', async (_, text, about, name) => {
    const file = writeModule(text(await takenPort()), name);
    const { program, url } = await sluiceServe(file, HTTP);
    expect(program.log.find((line) => line.startsWith('serving '))).toMatch(about);
    expect(await textAt(url, '/')).toBe('served');
    program.signal('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stderr).not.toMatch(/EADDRINUSE/);
  });
});

it('its connections are taken over where the front-end can do that', async () => {
  const file = writeModule(`${IMPORT}
    createServer().on('request', ${handler('plain')}).on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n');
      socket.pipe(socket);
    }).listen(3000);`);
  const { url } = await sluiceServe(file, HTTP);
  const connection = await upgrade(url, '/');
  connection.socket.write('there and back');
  expect(String(await connection.read(14))).toBe('there and back');
  connection.socket.destroy();
  expect(await textAt(url, '/')).toBe('plain');
});

it.each(['fork', 'thread'])(
  'HUP replaces the workers under %s, which start anew',
  async (model) => {
    const file = writeModule(`${IMPORT}
    const started = process.hrtime.bigint();
    createServer((req, res) => res.end(String(started))).listen(${await takenPort()});`);
    const options = [...HTTP, '--concurrency', model, '--workers', '1'];
    const { program, url } = await sluiceServe(file, options);
    const before = await textAt(url, '/');
    program.signal('SIGHUP');
    await until('a worker that has started later', async () => (await textAt(url, '/')) !== before);
  },
);

it('sluice cgi answers by its server, and leaves', async () => {
  const file = writeModule(`${IMPORT} createServer(${handler('served')}).listen(3000);`);
  const env = { ...process.env, REQUEST_METHOD: 'GET', PATH_INFO: '/' };
  const program = sluice(['cgi', file], { env });
  program.child.stdin?.end();
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\nserved$/);
});

it('sluice check imports it, and nothing listens', async () => {
  const text = `${IMPORT} createServer(${handler('')}).listen(${await takenPort()});`;
  const { code, stdout, stderr } = await run(['check', 'app.mjs'], { 'app.mjs': text });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^nothing is wrong/);
});
