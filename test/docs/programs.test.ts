// Programs of the documents that others start: inetd, a web server, a shell.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { inTime, until } from '../support/until.ts';
import { ask, bodyOf, scgiRequest, talk } from './ask.ts';
import { expectToServeOn } from './commands.ts';
import { blocksOf, section, wordsOf } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('inetd', () => {
  it('starts the program of its line on the connection, and only the answer is on it', async () => {
    const { folder, local, write } = await openWorkshop(cleanup, 'docs/inetd.md');
    write('app.mjs', LOGGING);
    const [line] = blocksOf('docs/inetd.md').filter(({ language }) => language === 'inetd');
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
    expect(readFileSync(join(folder, 'app.log'), 'utf8')).toBe('error: for the log\nprinted\n');
  });
});

const LOGGING = `
export default (environ, startResponse) => {
  environ['wsgi.errors'].write('for the log\\n');
  console.log('printed');
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [environ.REQUEST_METHOD + ' ' + environ.PATH_INFO + '\\n'];
};
`;

describe('scripts', () => {
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

  it.each(['hello.mjs', 'site.fcgi', 'site.mjs'])('%s answers as a CGI program', async (file) => {
    const { folder } = await openWorkshop(cleanup, 'docs/web-servers.md');
    const env = { ...process.env, REQUEST_METHOD: 'GET', SCRIPT_NAME: '/hello', PATH_INFO: '/a' };
    const child = startChild(cleanup, join(folder, file), [], { cwd: folder, env });
    expect(await inTime(`${file} ends`, child.ended)).toEqual({ code: 0, signal: null });
    expect(bodyOf(child.stdout)).toBe('GET /a\n');
  });

  it.each(['site.fcgi', 'site.mjs'])('%s answers as a FastCGI program', async (file) => {
    const workshop = await openWorkshop(cleanup, 'docs/web-servers.md');
    const socket = { descriptor: 0, scheme: 'fastcgi' };
    await expectToServeOn(cleanup, socket, [join(workshop.folder, file)], workshop);
  });
});
