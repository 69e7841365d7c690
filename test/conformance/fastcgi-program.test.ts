// Programs that a web server starts, `sluice fastcgi FILE` and runFastcgi(): what descriptor 0 makes of them, and how they end.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN } from './support/command.ts';
import { environIn, fastcgiPeer, fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { MODELS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { descendantsOf, isAlive } from './support/processes.ts';
import { Program } from './support/program.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { descriptorOf, startedOnSocket, startedWith } from './support/started.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');
const SCRIPT = app('scripts/run-fastcgi.js');
const LAUNCHER = fileURLToPath(
  new URL('../../packages/sluice/bin/sluice-fastcgi.js', import.meta.url),
);
const REQUEST = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  HTTP_X_APP: 'bodies.single',
};
const CGI = /^Status: 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 7\r\n\r\none two$/;
const DONE = { code: 0, signal: null };

/** Asks an application of every.js. */
async function ask(url: string, application: string, variables = {}) {
  const request = fastcgiRequest(application, { variables });
  const { answer } = await exchange(url, request, { deadline: 15_000 });
  const [found] = heardIn(answer).answers;
  if (!found) throw new Error(`no answer: ${JSON.stringify(answer)}`);
  return found;
}

describe.each(['tcp', 'unix'] as const)('a listening %s socket', (kind) => {
  describe.each(MODELS)('%s', (model) => {
    const words = ['--concurrency', model, '--workers', '2', '--shutdown-timeout', '20'];

    it('sluice fastcgi answers, and TERM ends it when all is answered', async () => {
      const argv = [BIN, 'fastcgi', EVERY, ...words];
      const { program, url } = await startedOnSocket(kind, argv);
      const environ = environIn(await ask(url, 'environ'));
      expect(environ.get('sluice.protocol')).toBe('fastcgi');
      expect(environ.get('wsgi.run_once')).toBe(false);
      expect(environ.get('wsgi.multithread')).toBe(model === 'thread');
      const journal = new Journal();
      const peer = fastcgiPeer(url);
      const { variables } = journal;
      await peer.send(fastcgiRequest('lives.slow', { flags: 1, variables, stdin: 'hello' }));
      await journal.note('begun');
      const workers = descendantsOf(program.pid);
      program.signal('SIGTERM');
      await until('nobody accepts', () => connects(url).then((accepted) => !accepted));
      journal.open('go');
      expect(await peer.answers(1, 15_000)).toMatchObject([{ status: 200, body: '5' }]);
      expect((await peer.finish()).ending).toBe('closed');
      expect(await program.ended()).toEqual(DONE);
      expect(workers.filter(isAlive)).toEqual([]);
      expect(program.stdout).toBe('');
    });

    it('runFastcgi() does the same, and what is printed goes to the error stream', async () => {
      const { program, url } = await startedOnSocket(kind, [SCRIPT, model]);
      const { body } = await ask(url, 'any');
      const [, pid, thread, isOne] = /^script (\d+):(\d+) (true|false)$/.exec(body) ?? [];
      expect(pid === String(program.pid)).toBe(model === 'single');
      expect(thread === '0').toBe(model !== 'thread');
      if (model !== 'thread') expect(isOne).toBe('true');
      program.signal('SIGTERM');
      expect(await program.ended()).toEqual(DONE);
      expect(program.stdout).not.toContain('printed when called');
      expect(program.stderr).toContain('printed when called');
    });
  });

  it('a configuration file says what flags do not, and its address does not count', async () => {
    const folder = scratch();
    const config = join(folder, 'site.ini');
    const lines = ['[server:main]', 'use = egg:sluice#fastcgi_single', 'roles = authorizer'];
    const other = ['[server:other]', 'listen = scgi://127.0.0.1:1', 'scriptName = /file'];
    const app = ['[app:main]', `use = ${EVERY}`];
    writeFileSync(config, `${[...lines, ...other, 'workers = 1', ...app].join('\n')}\n`);
    const environOf = async (...words: string[]) => {
      const argv = [BIN, 'fastcgi', '--config', config, ...words];
      const { url } = await startedOnSocket(kind, argv, { cwd: folder });
      return await ask(url, 'environ', { REQUEST_URI: '/file/a' });
    };
    const named = environIn(await environOf('--server', 'other'));
    expect([named.get('SCRIPT_NAME'), named.get('PATH_INFO')]).toEqual(['/file', '/a']);
    const flagged = environIn(await environOf('--server', 'other', '--script-name', ''));
    expect(flagged.get('PATH_INFO')).toBe('/file/a');
    expect((await environOf('--server', 'main')).protocolStatus).toBe(3); // UNKNOWN_ROLE: authorizers alone
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('%s ends it', async (signal) => {
    const { program, url } = await startedOnSocket(kind, [BIN, 'fastcgi', EVERY]);
    await ask(url, 'bodies.single');
    program.signal(signal);
    expect(await program.ended()).toEqual(DONE);
  });

  it('FCGI_FORCE_CGI makes it a CGI program in any case', async () => {
    for (const FCGI_FORCE_CGI of ['Y', 'yes', 'Yes']) {
      const env = { ...REQUEST, FCGI_FORCE_CGI };
      const { program } = await startedOnSocket(kind, [BIN, 'fastcgi', EVERY], { env });
      expect(await program.ended()).toEqual(DONE);
      expect(program.stdout).toMatch(CGI);
    }
    const env = { ...REQUEST, FCGI_FORCE_CGI: 'no' };
    const { url } = await startedOnSocket(kind, [BIN, 'fastcgi', EVERY], { env });
    expect((await ask(url, 'bodies.single')).body).toBe('one two');
  });

  it('FCGI_WEB_SERVER_ADDRS says who may connect; without it, this machine', async () => {
    const env = { FCGI_WEB_SERVER_ADDRS: '192.0.2.1' };
    const { url } = await startedOnSocket(kind, [BIN, 'fastcgi', EVERY], { env });
    const { answer } = await exchange(url, fastcgiRequest('bodies.single'));
    expect(heardIn(answer).answers).toHaveLength(kind === 'unix' ? 1 : 0);
  });

  it('an exception outside of any request ends it when all is answered: another is started', async () => {
    const argv = [BIN, 'fastcgi', app('worker.js')];
    const { program, url } = await startedOnSocket(kind, argv);
    const journal = new Journal();
    const peer = fastcgiPeer(url);
    const of = (path: string, more = {}) => ({ variables: { REQUEST_URI: path, ...more } });
    await peer.send(fastcgiRequest('', of('/wait', journal.variables)));
    await journal.note('begun');
    await exchange(url, fastcgiRequest('', of('/throw')));
    await program.line(/uncaught exception/);
    journal.open('go');
    expect((await peer.answers(1, 20_000))[0]?.body).toMatch(/^waited /);
    expect(await program.ended()).toEqual({ code: 1, signal: null });
  });
});

describe('a request in the environment', () => {
  it.each([
    ['a pipe', '/bin/sh', ['-c', 'printf body | "$0" "$@"', process.execPath]],
    ['/dev/null', '/bin/sh', ['-c', '"$0" "$@" < /dev/null', process.execPath]],
    ['a file', '/bin/sh', ['-c', 'd=$1; shift; "$0" "$d" "$@" < "$d"', process.execPath]],
    ['a connection, as Node makes pipes', process.execPath, []],
  ])('%s: answered once by CGI', async (_what, file, front) => {
    const options = { env: { PATH: process.env.PATH, ...REQUEST } };
    const program = new Program([...front, BIN, 'fastcgi', EVERY], options, file);
    onTestFinished(() => program.kill());
    program.child.stdin?.end();
    expect(await program.ended()).toEqual(DONE);
    expect(program.stdout).toMatch(CGI);
    expect(program.stderr).toBe('');
  });

  it('with a body', async () => {
    const env = {
      ...REQUEST,
      HTTP_X_APP: 'echo.whole',
      CONTENT_LENGTH: '4',
      REQUEST_METHOD: 'POST',
    };
    const program = startedWith('pipe', [BIN, 'fastcgi', EVERY], { env });
    program.child.stdin?.end('body');
    expect(await program.ended()).toEqual(DONE);
    expect(program.stdout).toMatch(/\r\n\r\nbody$/);
  });

  it('by runFastcgi()', async () => {
    const program = startedWith('ignore', [SCRIPT], { env: REQUEST });
    expect(await program.ended()).toEqual(DONE);
    expect(program.stdout).toMatch(/Status: 200 OK\r\n[\s\S]*\r\n\r\nscript \d+:0 true$/);
    expect(program.stderr).toContain('printed when called');
  });
});

describe('nothing that could be answered', () => {
  it.each([
    ['/dev/null', 'ignore', {}],
    ['a connection, as Node makes pipes, and FCGI_FORCE_CGI', 'pipe', { FCGI_FORCE_CGI: 'Y' }],
    ['FCGI_FORCE_CGI without a request', 'ignore', { FCGI_FORCE_CGI: 'Y' }],
  ] as const)('%s: says what to do instead', async (_what, input, env) => {
    for (const [argv, code] of [
      [[BIN, 'fastcgi', EVERY], 2],
      [[SCRIPT], 1],
    ] as const) {
      const program = startedWith(input, argv, { env });
      expect(await program.ended()).toEqual({ code, signal: null });
      expect(program.stderr).toMatch(/no web server started this process/);
      expect(program.stderr).toMatch(/sluice serve APP --listen fastcgi:\/\/|sluice cgi APP/);
      if (code === 2) expect(program.log).toHaveLength(1);
    }
  });

  it.each(['tcp', 'unix'])('a connected %s socket: says that this is inetd', async (kind) => {
    const listener = createServer({ pauseOnConnect: true });
    const path = join(scratch(), 's');
    await new Promise<void>((resolve) => {
      if (kind === 'unix') listener.listen(path, resolve);
      else listener.listen(0, '127.0.0.1', resolve);
    });
    const address = listener.address();
    const port = typeof address === 'object' && address ? address.port : undefined;
    const peer = port === undefined ? connect(path) : connect(port);
    onTestFinished(() => void peer.destroy());
    const accepted = await new Promise<object>((resolve) => listener.once('connection', resolve));
    const program = startedWith(descriptorOf(accepted), [BIN, 'fastcgi', EVERY]);
    listener.close();
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/descriptor 0 is a connection.*inetd.*fastcgi\+stdio:/);
    expect(program.log).toHaveLength(1);
  });

  it.each([
    [[], /application is missing/],
    [[EVERY, '--listen', 'fastcgi://127.0.0.1:0'], /descriptor 0; leave --listen out/],
    [[EVERY, '--lisen'], /--lisen/],
    [['missing.fcgi'], /missing\.fcgi/],
  ])('a mistake: %j', async (words, message) => {
    const { program } = await startedOnSocket('tcp', [BIN, 'fastcgi', ...words]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/^sluice fastcgi: /);
    expect(program.stderr).toMatch(message);
  });
});

describe('a .fcgi file', () => {
  const GOOD = `#!/usr/bin/env sluice-fastcgi
import { readFile } from 'node:fs/promises';
import { greeting } from './greeting.mjs';

const own = await readFile(new URL(import.meta.url), 'utf8');
export default function site(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(\`\${greeting} \${own.length}\`)];
}
`;

  /** Writes the file and what it imports; gives its path. */
  function written(text: string): string {
    const folder = scratch();
    writeFileSync(join(folder, 'greeting.mjs'), "export const greeting = 'good day';\n");
    writeFileSync(join(folder, 'broken.mjs'), 'export const greeting = 1;\nexport const b = [;\n');
    const path = join(folder, 'site.fcgi');
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  }

  it.each(MODELS)('with imports and top-level await, %s', async (model) => {
    const words = ['--concurrency', model, '--workers', '2'];
    const { url } = await startedOnSocket('tcp', [LAUNCHER, written(GOOD), ...words]);
    expect((await ask(url, 'any')).body).toBe(`good day ${GOOD.length}`);
  });

  it('by its first line', async () => {
    const bin = join(scratch(), 'bin');
    mkdirSync(bin);
    symlinkSync(LAUNCHER, join(bin, 'sluice-fastcgi'));
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { PATH: `${bin}:${process.env.PATH}`, ...REQUEST };
    const program = new Program([], { env, stdio: ['ignore', 'pipe', 'pipe'] }, written(GOOD));
    expect(await program.ended()).toEqual(DONE);
    expect(program.stdout).toMatch(/\r\n\r\ngood day \d+$/);
  });

  it.each([
    ['a mistake of syntax', 'export default function () {\n  return [;\n}\n', 2, /site\.fcgi:2/],
    [
      'a mistake in what it imports',
      "import { greeting } from './broken.mjs';\nexport default () => [greeting];\n",
      2,
      /broken\.mjs:2/,
    ],
    ['an exception', '\n\nthrow new Error("on purpose");\n', 2, /on purpose[\s\S]*site\.fcgi:3:/],
    [
      'no application',
      'export const answer = 42;\n',
      2,
      /site\.fcgi exports no application.*answer/,
    ],
    ['a missing import', "import './nowhere.mjs';\n", 2, /nowhere\.mjs/],
  ])('%s is told with file and place', async (_what, text, code, message) => {
    const path = written(text);
    const { program } = await startedOnSocket('tcp', [LAUNCHER, path]);
    expect(await program.ended()).toEqual({ code, signal: null });
    expect(program.stderr).toMatch(/^sluice fastcgi: /);
    expect(program.stderr).toMatch(message);
    // By CGI the client is answered all the same.
    const cgi = startedWith('ignore', [LAUNCHER, path], { env: REQUEST });
    expect((await cgi.ended()).code).toBe(1);
    expect(cgi.stdout).toMatch(/^Status: 500 [\s\S]*\r\n\r\n500 Internal Server Error\n$/);
    expect(cgi.stderr).toMatch(message);
  });
});

/** Whether somebody accepts connections. */
async function connects(url: string): Promise<boolean> {
  return await exchange(url, '', { half: true, deadline: 1000 }).then(
    ({ ending }) => ending === 'closed',
    () => false,
  );
}
