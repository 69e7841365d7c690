// Every command of the documents is run: what it starts answers, and ends when it is told to.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { bind } from '@sluice/concurrency';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { type RunningSluice, SLUICE, startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { ask, bodyOf, scgiRequest, talk } from './ask.ts';
import {
  blocksOf,
  commandBehind,
  commandsOf,
  DOCUMENTS,
  ROOT,
  read,
  rowsOf,
  section,
  wordsOf,
} from './markdown.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const commands = DOCUMENTS.flatMap((document) => [
  ...commandsOf(document),
  ...blocksOf(document).map(commandBehind),
]).filter((command, at, all) => command !== '' && all.indexOf(command) === at);

/** What each of the applications of the documents answers, wherever it is mounted. */
const PATHS: Readonly<Record<string, string>> = { 'cgi:': '/hello.mjs/a', 'http:': '/a' };

/** Runs `sluice …` with words, as a shell does, and settles with what it printed. */
async function run(words: readonly string[], { folder }: Workshop, input: string | null, env = {}) {
  const child = spawn(process.execPath, [SLUICE, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('latin1').on('data', (text: string) => {
    stderr += text;
  });
  const code = await inTime(
    `sluice ${words.join(' ')} ends`,
    new Promise((resolve) => child.on('close', resolve)),
  );
  return { code, stdout, stderr };
}

async function expectToServe(command: string, workshop: Workshop): Promise<void> {
  const words = wordsOf(workshop.local(command)).slice(3);
  if (words.some((word) => word.endsWith('+stdio:'))) {
    const { code, stdout } = await run(['serve', ...words], workshop, scgiRequest('/a'));
    expect([code, bodyOf(stdout)]).toEqual([0, 'GET /a\n']);
    return;
  }
  const server = await startSluice(cleanup, words, { cwd: workshop.folder });
  const at = words.indexOf('--script-name');
  const mount = at < 0 ? '' : (words[at + 1] as string);
  const path = PATHS[/^\w+:/.exec(words[0] as string)?.[0] ?? ''] ?? '/a';
  for (const address of server.addresses)
    expect(await ask(address, `${mount}${path}`)).toBe('GET /a\n');
  await expectToEnd(server);
}

async function expectToEnd({ child }: RunningSluice): Promise<void> {
  expect(await child.stop()).toEqual({ code: 0, signal: null });
}

/** `REQUEST_METHOD=GET … npx sluice cgi NAME`: the name is an application, or a server that runs. */
async function expectToAnswer(command: string, workshop: Workshop): Promise<void> {
  const words = wordsOf(workshop.local(command));
  const start = words.indexOf('npx');
  const pairs = words.slice(0, start).map((word) => word.split('=') as [string, string]);
  let [name] = words.slice(start + 3);
  if (/^scgi(?::\/\/|\+unix:)/.test(name ?? '')) {
    const server = await startSluice(cleanup, ['app.mjs', '--listen', name as string], {
      cwd: workshop.folder,
    });
    [name] = server.addresses;
  }
  const env = Object.fromEntries(pairs);
  const { code, stdout } = await run(['cgi', name as string], workshop, null, env);
  expect([code, bodyOf(stdout)]).toEqual([0, `GET ${env.PATH_INFO}\n`]);
}

/** `npm install && npm start`: the scripts exist, and so does what is installed. */
function expectScripts(command: string): void {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  for (const part of command.split(' && ')) {
    const [npm, verb = '', ...more] = wordsOf(part);
    expect(npm).toBe('npm');
    if (verb === 'run') expect(scripts).toHaveProperty([more[0] as string]);
    else if (verb !== 'install') expect(scripts).toHaveProperty([verb]);
    else
      for (const path of more)
        expect(existsSync(path.replace('/path/to/sluice/', ROOT))).toBe(true);
  }
}

describe('commands', () => {
  it.each(commands)('%s', async (command) => {
    if (command.startsWith('npm ')) return expectScripts(command);
    const workshop = await openWorkshop(cleanup);
    if (/^npx sluice serve /.test(command)) await expectToServe(command, workshop);
    else if (/^(?:[A-Z_]+=\S+ )+npx sluice cgi /.test(command))
      await expectToAnswer(command, workshop);
    else throw new Error('a command that this test does not know how to try');
  });
});

describe('addresses of the README', () => {
  const addresses = rowsOf(section('README.md', 'Addresses'), 'Address').map(
    ([address]) => address,
  );

  it.each(addresses as string[])('%s', async (address) => {
    const workshop = await openWorkshop(cleanup);
    const { folder } = workshop;
    const local = workshop.local(address);
    if (address.startsWith('cgi:')) {
      await expectToServe(`npx sluice serve ${address} --listen http://127.0.0.1:0`, workshop);
    } else if (address.includes('+fd:')) {
      await expectToServeOn(address, folder);
    } else if (address.includes('[::1]') && !(await hasIpv6())) {
      return;
    } else {
      await expectToServe(`npx sluice serve app.mjs --listen ${local}`, workshop);
    }
  });

  it('a Unix socket has the mode that follows it, and 660 otherwise', async () => {
    const { folder } = await openWorkshop(cleanup);
    const address = `scgi+unix:${folder}/a.sock`;
    const words = [
      'app.mjs',
      '--listen',
      address,
      '--listen',
      `http+unix:${folder}/b.sock?mode=600`,
    ];
    const server = await startSluice(cleanup, words, { cwd: folder });
    const modes = ['a', 'b'].map((name) => statSync(`${folder}/${name}.sock`).mode & 0o777);
    expect(modes).toEqual([0o660, 0o600]);
    await expectToEnd(server);
    expect([existsSync(`${folder}/a.sock`), existsSync(`${folder}/b.sock`)]).toEqual([
      false,
      false,
    ]);
  });
});

/** Starts `sluice serve` with a bound socket on the descriptor that an address names. */
async function expectToServeOn(address: string, folder: string): Promise<void> {
  const descriptor = Number(/\d+$/.exec(address)?.[0]);
  const bound = await bind({ type: 'tcp', host: '127.0.0.1', port: 0 });
  cleanup.add(() => bound.close());
  const inherited = Array.from({ length: descriptor - 3 }, () => 'ignore' as const);
  const child = spawn(process.execPath, [SLUICE, 'serve', 'app.mjs', '--listen', address], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', ...inherited, bound.fd],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  cleanup.add(() => child.kill('SIGKILL') && ended);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await until('sluice serve says where it listens', () => said.includes(`  ${address} `));
  const { port } = bound.address as { port: number };
  expect(await ask(`${address.split('+')[0]}://127.0.0.1:${port}`, '/a')).toBe('GET /a\n');
  child.kill();
  expect(await inTime('sluice serve ends', ended)).toBe(0);
}

async function hasIpv6(): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.listen(0, '::1', () => server.close(() => resolve(true)));
  });
}

describe('inetd', () => {
  it('starts the program of its line on the connection, and only the answer is on it', async () => {
    const { local } = await openWorkshop(cleanup, 'docs/web-servers.md');
    const [line] = blocksOf('docs/web-servers.md').filter(({ language }) => language === 'inetd');
    const [path = '', type, family, wait, , program = '', name, ...words] = wordsOf(
      local(line?.text ?? ''),
    );
    expect([type, family, wait, existsSync(program)]).toEqual(['stream', 'unix', 'nowait', true]);
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      // inetd: the connection is the standard input, the standard output and the standard error stream.
      const child = spawn(program, words, {
        argv0: name as string,
        stdio: [socket, socket, socket],
      });
      child.on('exit', () => socket.destroy());
      server.close();
    });
    await new Promise<void>((resolve) => {
      server.listen(path, resolve);
    });
    cleanup.add(() => server.close());
    const answer = await inTime('an answer', talk(connect(path), scgiRequest('/a')));
    expect(bodyOf(answer)).toBe('GET /a\n');
  });
});

describe('scripts of the README', () => {
  it('server.mjs serves in workers, and TERM ends it', async () => {
    const { folder } = await openWorkshop(cleanup);
    const child = startChild(cleanup, process.execPath, ['server.mjs'], { cwd: folder });
    await until('server.mjs says where it listens', () => child.stdout.endsWith(']\n'));
    expect(await ask(`scgi+unix:${folder}/app.sock`, '/a')).toBe('GET /a\n');
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  it('blog.mjs ends with 42 after HUP, and with 0 after TERM', async () => {
    const { folder } = await openWorkshop(cleanup);
    for (const [signal, code] of [['SIGHUP', 42] as const, ['SIGTERM', 0] as const]) {
      const child = startChild(cleanup, process.execPath, ['blog.mjs'], { cwd: folder });
      const answer = () =>
        ask(`scgi+unix:${folder}/blog.sock`, '/blog/a').catch(() => false as const);
      expect(await until('blog.mjs answers', answer)).toBe('GET /a\n');
      expect(await child.stop(signal)).toEqual({ code, signal: null });
    }
  });

  it('the loop starts it anew while it ends with 42', async () => {
    const workshop = await openWorkshop(cleanup);
    const { folder } = workshop;
    const loop = /`(while node blog\.mjs;[^`]*)`/.exec(section('README.md', 'As a library'))?.[1];
    workshop.write(
      'blog.mjs',
      "import { appendFileSync, statSync } from 'node:fs';\nappendFileSync('runs', 'x');\nprocess.exit(statSync('runs').size < 3 ? 42 : 0);\n",
    );
    const node = (loop as string).replace('node', process.execPath);
    const child = startChild(cleanup, '/bin/sh', ['-c', node], { cwd: folder });
    await inTime('the loop ends', child.ended);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('xxx');
  });

  it('hello.mjs answers as a CGI program', async () => {
    const { folder } = await openWorkshop(cleanup);
    const env = { ...process.env, REQUEST_METHOD: 'GET', SCRIPT_NAME: '/hello', PATH_INFO: '/a' };
    const child = startChild(cleanup, join(folder, 'hello.mjs'), [], { cwd: folder, env });
    expect(await inTime('hello.mjs ends', child.ended)).toEqual({ code: 0, signal: null });
    expect(bodyOf(child.stdout)).toBe('GET /a\n');
  });
});

describe('docs/options.md', () => {
  const request = { REQUEST_METHOD: 'GET', PATH_INFO: '/' };

  it('arguments of a script are given to it, in order', async () => {
    const workshop = await openWorkshop(cleanup);
    const [address = ''] = /cgi:\S+\?arg=[^\s`]+/.exec(read('docs/options.md')) ?? [];
    workshop.write('cgi-bin/hello.sh', '#!/bin/sh\necho "Content-Type: text/plain\n\n$@"\n');
    const { stdout } = await run(['cgi', workshop.local(address)], workshop, null, request);
    expect(bodyOf(stdout)).toBe('one two\n');
  });

  it.each([
    ['http://127.0.0.1:0', '/blog/a'],
    ['scgi+stdio:', '/blog/a'],
  ])('WSGI_SCRIPT_NAME is the mount of %s', async (address, path) => {
    const workshop = await openWorkshop(cleanup);
    const env = { WSGI_SCRIPT_NAME: '/blog' };
    const words = ['app.mjs', '--listen', address];
    if (address.endsWith('+stdio:')) {
      const { stdout } = await run(['serve', ...words], workshop, scgiRequest(path), env);
      expect(bodyOf(stdout)).toBe('GET /a\n');
      return;
    }
    const { addresses } = await startSluice(cleanup, words, {
      cwd: workshop.folder,
      env: { ...process.env, ...env },
    });
    expect(await ask(addresses[0] as string, path)).toBe('GET /a\n');
  });

  it.each<Record<string, string | undefined>>([
    { SCRIPT_NAME: '/blog', PATH_INFO: '/a/' },
    { SCRIPT_NAME: '', PATH_INFO: '/blog/a/' },
    { SCRIPT_NAME: undefined, PATH_INFO: undefined }, // nginx
    { SCRIPT_NAME: '/blog', PATH_INFO: undefined }, // nginx with scgi_param SCRIPT_NAME /blog
    { SCRIPT_NAME: '/blog/a/', PATH_INFO: undefined }, // Apache
  ])('the whole path is cut at the mount, whatever was sent: %j', async (sent) => {
    const workshop = await openWorkshop(cleanup);
    const request = scgiRequest('/blog/a/', {}, sent);
    const words = ['serve', 'app.mjs', '--listen', 'scgi+stdio:', '--script-name', '/blog'];
    const { stdout } = await run(words, workshop, request);
    expect(bodyOf(stdout)).toBe('GET /a/\n');
  });

  it('debug is refused where others can connect', async () => {
    const workshop = await openWorkshop(cleanup);
    const words = ['serve', 'app.mjs', '--listen', 'http://0.0.0.0:0', '--debug'];
    expect((await run(words, workshop, null)).code).toBe(2);
  });
});
