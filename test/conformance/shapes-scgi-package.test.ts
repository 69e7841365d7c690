// The shape of the scgi package: SCGIServer keeps processes of a handler, which writes pages as CGI programs do.
import { type AddressInfo, createServer } from 'node:net';
import { call } from '@sluice/gateway/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { begin } from './support/calls.ts';
import { listeningPort } from './support/listening.ts';
import { MODELS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { catches, childrenOf, isAlive } from './support/processes.ts';
import { Program, runProgram } from './support/program.ts';
import { scgiRequest } from './support/scgi.ts';
import { Journal } from './support/scratch.ts';
import { answering, type RunningShape, shape } from './support/shapes.ts';
import { descriptorOf } from './support/started.ts';
import { until } from './support/until.ts';

/** Starts a server of a handler on a free port. */
async function start(
  handler: string,
  options: Record<string, unknown> = {},
): Promise<RunningShape> {
  const words = [shape('scgi-package'), handler, JSON.stringify({ port: 0, ...options })];
  const program = runProgram(words);
  return await answering(program, `scgi://127.0.0.1:${await portOf(program)}`);
}

function portOf(program: Program): Promise<number> {
  return until(`it listens\n${program.stderr}`, () => listeningPort(program.pid), 15_000);
}

describe('SCGIHandler', () => {
  it('shows all variables as it is', async () => {
    const { backEnd } = await start('SCGIHandler');
    const { status, headers, text } = await call(backEnd, { SCRIPT_NAME: '/a', MARK: "it's" });
    expect(status).toBe('200 OK');
    expect(Object.fromEntries(headers)['Content-Type']).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/^SCRIPT_NAME: '\/a'$/m);
    expect(text).toMatch(/^MARK: "it's"$/m);
    expect(text).toMatch(/^SCGI: '1'$/m);
    expect(text).not.toMatch(/wsgi|sluice/);
  });

  it.each(MODELS)(
    '%s: produce() gets variables, size, body, and writes the page',
    async (concurrency) => {
      const { backEnd, program } = await start('Produces', { concurrency });
      const variables = { REQUEST_METHOD: 'POST', SCRIPT_NAME: '/whole/uri', PATH_INFO: '' };
      const { status, headers, text } = await call(backEnd, variables, 'hello');
      expect(status).toBe('201 Made');
      const pid = Number(Object.fromEntries(headers)['X-Pid']);
      expect(pid === program.pid).toBe(concurrency === 'single');
      expect(text).toMatch(/^\d+ POST \/whole\/uri\| 5\nhello$/); // no path is taken apart
    },
  );

  it('produceCgilike() has the standard streams of a CGI program, and its environment', async () => {
    const { backEnd } = await start('CgiLike');
    const { text } = await call(backEnd, { REQUEST_METHOD: 'POST' }, 'hello');
    expect(text).toBe('true true hello 5');
  });

  it('one object of it answers all requests of a process', async () => {
    const { backEnd } = await start('Produces', { concurrency: 'single' });
    const counts = [];
    for (let at = 0; at < 2; at++) counts.push(Number.parseInt((await call(backEnd)).text, 10));
    expect(counts[1]).toBe((counts[0] as number) + 1);
  });

  it.each([
    ['before it has written anything', '/early'],
    ['behind its header block', '/late'],
  ])(
    'that throws %s: 500, or an answer that breaks off, and the reason in the log',
    async (_when, path) => {
      const { program, url } = await startUnasked('Throws');
      const { answer } = await exchange(url, scgiRequest({ REQUEST_URI: path }));
      expect(answer).toMatch(/^(?:Status: 500 |Status: 200 OK\r\n[\s\S]*begun$|$)/);
      if (path === '/early') expect(answer).toMatch(/^Status: 500 /);
      await program.line(/the reason of it all/);
      const page = await exchange(url, scgiRequest({ REQUEST_URI: '/page' }));
      expect(page.answer).toMatch(/^Status: 200 OK\r\n[\s\S]*begunno more$/);
    },
  );

  it('that writes no header block: 500 or 502, and the log says what is wrong', async () => {
    const { program, url } = await start('NoHead');
    const { answer } = await exchange(url, scgiRequest());
    expect(answer).toMatch(/^Status: 50[02] /);
    await program.line(/ended before its header block did/);
  });

  it('whose client leaves is told when it writes', async () => {
    const { url } = await startUnasked('Endless');
    const backEnd = await backEndFor(url);
    const journal = new Journal();
    const { blocks, leave, close } = await begin(backEnd, '', journal.variables);
    await blocks.next();
    leave();
    await blocks.next().catch(() => {});
    expect(await journal.note('told')).not.toBe('undefined');
    await close().catch(() => {});
  });
});

describe('SCGIServer', () => {
  it('starts processes as they are needed, maxChildren at most, and ends them again', async () => {
    const { program, url } = await startUnasked('Waits', { maxChildren: 3 });
    expect(childrenOf(program.pid)).toHaveLength(1);
    const journal = new Journal();
    const requests = Array.from({ length: 6 }, () =>
      exchange(url, scgiRequest(journal.variables), { deadline: 20_000 }),
    );
    await until('three processes', () => childrenOf(program.pid).length === 3, 15_000);
    journal.open('go');
    for (const { answer } of await Promise.all(requests)) expect(answer).toMatch(/^Status: 200 /);
    await until('one process', () => childrenOf(program.pid).length === 1, 15_000);
  });

  it('HUP replaces the processes, which finish their requests; TERM ends it', async () => {
    const { program, url } = await startUnasked('Waits', { maxChildren: 2 });
    const [first] = childrenOf(program.pid) as [number];
    const journal = new Journal();
    const waiting = exchange(url, scgiRequest(journal.variables), { deadline: 20_000 });
    await journal.note('begun');
    await until('it says what it does at signals', () => catches(program.pid, 'SIGHUP'));
    program.signal('SIGHUP');
    await until(
      'another process',
      () => childrenOf(program.pid).some((pid) => pid > first),
      15_000,
    );
    journal.open('go');
    expect((await waiting).answer).toMatch(new RegExp(`${first}$`));
    await until('the first has left', () => !isAlive(first), 15_000);
    expect(program.child.exitCode).toBe(null);
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('ended\n');
  });

  it.each([
    [{ handlerclass: 'x' }, /no option handlerclass with scgi; did you mean handlerClass\?/],
    [{ port: '4000' }, /option port cannot be "4000": it has to be a number/],
    [{ port: 65_536 }, /option port cannot be 65536/],
    [{ host: 5 }, /option host cannot be 5: it has to be a text/],
    [{ maxChildren: 0 }, /maxChildren cannot be 0/],
    [{ concurrency: 'single', maxChildren: 3 }, /maxChildren needs concurrency fork or thread/],
  ])('%j is refused', async (options, message) => {
    const words = [shape('scgi-package'), 'Produces', JSON.stringify({ port: 0, ...options })];
    const program = runProgram(words);
    expect(await program.ended()).toEqual({ code: 1, signal: null });
    expect(program.stderr).toMatch(message);
  });

  it('takes the socket that systemd has opened, instead of host and port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const started = 'export LISTEN_PID=$$; exec "$0" "$@"';
    const words = ['-c', started, process.execPath, shape('scgi-package'), 'Produces'];
    const stdio = ['ignore', 'pipe', 'pipe', descriptorOf(server)] as const;
    const env = { ...process.env, LISTEN_FDS: '1' };
    const program = new Program(words, { env, stdio: [...stdio] }, '/bin/sh');
    onTestFinished(() => program.kill());
    await new Promise((resolve) => server.close(resolve));
    const { backEnd } = await answering(program, `scgi://127.0.0.1:${port}`);
    expect((await call(backEnd)).status).toBe('201 Made');
  });

  it('refuses an object where a class is meant', async () => {
    const { SCGIHandler, SCGIServer } = await import('sluice/scgi');
    const handlerClass = new SCGIHandler() as unknown as typeof SCGIHandler;
    await expect(new SCGIServer({ handlerClass }).serve()).rejects.toMatchObject({
      code: 'ERR_OPTION_VALUE',
      message: expect.stringContaining('has to be a class that extends SCGIHandler'),
    });
  });
});

/** A server that nobody has asked yet whether it answers: for handlers that would not. */
async function startUnasked(
  handler: string,
  options: Record<string, unknown> = {},
): Promise<{ program: Program; url: string }> {
  const words = [shape('scgi-package'), handler, JSON.stringify({ port: 0, ...options })];
  const program = runProgram(words);
  const url = `scgi://127.0.0.1:${await portOf(program)}`;
  return { program, url };
}
