// `manage.js runfcgi`: daemons, programs that a web server starts, and what is refused.
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fixturePath } from '../support/sluice.ts';
import { backEndFor } from './support/back-end.ts';
import { isAlive } from './support/processes.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { startedOnSocket } from './support/started.ts';
import { until } from './support/until.ts';

const MANAGE = join(fixturePath('projects/shop'), 'manage.js');
const { SLUICE_SETTINGS_MODULE, ...ENV } = process.env;

function runfcgi(words: readonly string[], cwd = scratch(), env: NodeJS.ProcessEnv = ENV): Program {
  return runProgram([MANAGE, 'runfcgi', ...words], { cwd, env });
}

const GET = { REQUEST_METHOD: 'GET', HTTP_HOST: 'shop.example', REMOTE_ADDR: '127.0.0.1' };

async function ask(url: string, path: string) {
  const { status, text } = await call(await backEndFor(url), { ...GET, PATH_INFO: path });
  return { status: Number.parseInt(status, 10), text };
}

/** Starts a daemon; it is gone when the test is finished. */
async function daemon(words: readonly string[], folder: string): Promise<number> {
  const pidfile = join(folder, 'shop.pid');
  onTestFinished(() => {
    if (existsSync(pidfile)) process.kill(Number(readFileSync(pidfile, 'utf8')), 'SIGKILL');
  });
  const program = runfcgi([...words, 'pidfile=shop.pid', 'errlog=err.log'], folder);
  const exit = await program.ended(20_000);
  expect({ ...exit, stderr: program.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return Number(readFileSync(pidfile, 'utf8'));
}

async function stop(pid: number, folder: string): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await until('the daemon is gone', () => !isAlive(pid));
  expect(existsSync(join(folder, 'shop.pid'))).toBe(false);
}

describe('with an address', () => {
  it('goes to the background: threads on a port, stacks are not shown, the pidfile is removed', async () => {
    const folder = scratch();
    const words = ['method=threaded', 'host=127.0.0.1', 'port=0', 'maxchildren=2', 'debug=false'];
    const pid = await daemon(words, folder);
    const log = () => readFileSync(join(folder, 'err.log'), 'utf8');
    const url = /^ {2}(fastcgi:\S+)/m.exec(log())?.[1] as string;
    expect((await ask(url, '/shop/a')).text).toContain('"path":"/a"');
    const boom = await ask(url, '/shop/boom');
    expect(boom.status).toBe(500);
    expect(boom.text).not.toContain('a secret of the shop');
    expect(log()).toContain('a secret of the shop');
    expect(log()).toContain('thread with 2 to 2 workers');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    await stop(pid, folder);
  });

  it('debug=true shows stacks', async () => {
    const folder = scratch();
    const pid = await daemon(['method=single', 'host=127.0.0.1', 'port=0', 'debug=true'], folder);
    const url = /^ {2}(fastcgi:\S+)/m.exec(readFileSync(join(folder, 'err.log'), 'utf8'))?.[1];
    expect((await ask(url as string, '/shop/boom')).text).toContain('a secret of the shop');
    await stop(pid, folder);
  });

  it('umask is octal, and of the socket; the working directory is what workdir says', async () => {
    const folder = scratch();
    const words = ['protocol=scgi', 'socket=shop.sock', 'umask=007', 'method=prefork'];
    const pid = await daemon([...words, 'maxchildren=2', `workdir=${folder}`], folder);
    const socket = join(folder, 'shop.sock');
    expect(statSync(socket).mode & 0o777).toBe(0o770);
    expect((await ask(`scgi+unix:${socket}`, '/shop/b')).text).toContain('"path":"/b"');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder);
    await stop(pid, folder);
  });

  it('daemonize=false stays; what is for a daemon alone is told', async () => {
    const folder = scratch();
    const words = ['host=127.0.0.1', 'port=0', 'method=single', 'daemonize=f', 'outlog=out.log'];
    const program = runfcgi(words, folder);
    await program.line(/try:/, 15_000);
    expect(program.stderr).toContain('warn: outlog has no effect without daemonize');
    expect(existsSync(join(folder, 'out.log'))).toBe(false);
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['scriptName=/shop', '/shop/a', 200],
    ['scriptName=/shop', '/other', 404],
    ['allowedServers=192.0.2.1', '/shop/a', 0],
  ])('%s: %s is answered with %i', async (word, path, status) => {
    const words = ['protocol=scgi', 'host=127.0.0.1', 'port=0', 'method=single', 'daemonize=no'];
    const program = runfcgi([...words, word]);
    const line = await program.line(/try:/, 15_000);
    const url = line.trim().split(' ')[0] as string;
    const answer = await ask(url, path).catch(() => ({ status: 0 }));
    expect(answer.status === 502 ? 0 : answer.status).toBe(status);
  });
});

describe('without an address', () => {
  it.each(['prefork', 'threaded'])('accepts on descriptor 0: %s', async (method) => {
    const words = [MANAGE, 'runfcgi', `method=${method}`, 'maxchildren=1'];
    const { program, url } = await startedOnSocket('tcp', words);
    expect((await ask(url, '/shop/a')).text).toContain('"path":"/a"');
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });

  it('answers one CGI request, where it is started for one', async () => {
    const env = {
      ...{ ...ENV, REQUEST_METHOD: 'GET', PATH_INFO: '/shop/a', SERVER_PROTOCOL: 'HTTP/1.1' },
      ...{ HTTP_HOST: 'shop.example', SERVER_NAME: 'shop.example', SERVER_PORT: '80' },
    };
    const program = runfcgi([], scratch(), env);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/^Status: 200[\s\S]*"path":"\/a"/);
  });
});

describe('refuses, with status 2 and a reason', () => {
  it.each<[words: string[], why: RegExp]>([
    [[], /host=127\.0\.0\.1 port=3033/],
    [['host=127.0.0.1'], /host needs a port/],
    [['port=3033'], /port needs a host/],
    [['host=127.0.0.1', 'port=3033', 'socket=/run/x.sock'], /either host and port, or socket/],
    [['hots=127.0.0.1', 'port=3033'], /hots; did you mean host/],
    [['--host=127.0.0.1'], /name=value/],
    [['host=127.0.0.1', 'port=0', 'method=forked'], /method.*prefork, fork, threaded/],
    [['host=127.0.0.1', 'port=0', 'protocol=fgci'], /protocol.*fcgi, http, scgi/],
    [['host=127.0.0.1', 'port=0', 'daemonize=perhaps'], /daemonize.*true, yes/],
    [['host=127.0.0.1', 'port=0', 'debug=2'], /debug.*false, no/],
    [['host=127.0.0.1', 'port=0', 'umask=9'], /umask.*octal/],
    [['host=127.0.0.1', 'port=0', 'minspare=9', 'maxspare=3'], /minSpare \(9\) is above maxSpare/],
    [['host=127.0.0.1', 'port=0', 'port=1'], /port/],
    [['daemonize=true'], /daemonize needs an address/],
    [
      ['protocol=scgi', 'host=127.0.0.1', 'port=0', 'daemonize=f', 'multiplexed=yes'],
      /multiplexed/,
    ],
    [['listen=scgi://127.0.0.1:0', 'port=1'], /leave port out/],
    [['concurrency=fork', 'host=127.0.0.1', 'port=0'], /concurrency; did you mean method/],
    [['host=127.0.0.1', 'port=0', 'debug=true', 'host=0.0.0.0'], /option host is given twice/],
  ])('%j', async (words, why) => {
    const program = runfcgi(words);
    const { code } = await program.ended();
    expect({ code, stderr: program.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(why),
    });
    expect(program.stderr).toMatch(/^manage\.js runfcgi: /);
  });

  it('help is no mistake', async () => {
    const program = runfcgi(['help']);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toContain('maxchildren=N');
  });
});
