// Shapes of programs that others start: by a web server for FastCGI or CGI, by inetd for one SCGI request.
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { MODELS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { Program } from './support/program.ts';
import { scgiRequest } from './support/scgi.ts';
import { scratch } from './support/scratch.ts';
import { shape } from './support/shapes.ts';
import { startedOnSocket, startedWith } from './support/started.ts';
import { within } from './support/until.ts';

const REQUEST = {
  REQUEST_METHOD: 'POST',
  CONTENT_LENGTH: '4',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};
const DONE = { code: 0, signal: null };

/** What flup's script answers to a FastCGI request. */
async function ask(url: string) {
  const { answer } = await exchange(url, fastcgiRequest(''), { deadline: 15_000 });
  const body = heardIn(answer).answers[0]?.body;
  if (body === undefined) throw new Error(`no answer: ${JSON.stringify(answer)}`);
  return JSON.parse(body) as { pid: number; threadId: number; environ: Record<string, unknown> };
}

describe.each(['tcp', 'unix'] as const)('sluice/fastcgi on a listening %s socket', (kind) => {
  it.each(MODELS)('%s: answers, and what is printed is no part of that; HUP: 42', async (model) => {
    const options = JSON.stringify({ concurrency: model, environ: { MARK: 'ours' } });
    const words = [shape('flup'), 'fastcgi', options];
    const { program, url } = await startedOnSocket(kind, words);
    const { pid, threadId, environ } = await ask(url);
    expect(environ).toMatchObject({ MARK: 'ours', 'wsgi.run_once': false });
    expect(pid === program.pid).toBe(model === 'single');
    expect(threadId === 0).toBe(model !== 'thread');
    program.signal('SIGHUP');
    expect(await program.ended()).toEqual({ code: 42, signal: null });
    expect(program.stdout).toBe('');
    expect(program.stderr).toContain('printed when called');
  });

  it('forceCGI, and FCGI_FORCE_CGI: one CGI request', async () => {
    for (const [options, env] of [
      ['{"forceCGI":true,"environ":{"MARK":"ours"}}', {}],
      ['{"environ":{"MARK":"ours"}}', { FCGI_FORCE_CGI: 'Y' }],
    ] as const) {
      const words = [shape('flup'), 'fastcgi', options];
      const more = { ...REQUEST, CONTENT_LENGTH: '', ...env };
      const { program } = await startedOnSocket(kind, words, { env: more });
      expect(await program.ended()).toEqual(DONE);
      const [head = '', body = ''] = program.stdout.split('\r\n\r\n');
      expect(head).toMatch(/^Status: 200 OK\r\n/);
      const { environ } = JSON.parse(body);
      expect(environ).toMatchObject({ MARK: 'ours', 'wsgi.run_once': true });
    }
  });
});

it('multiplexed and roles of sluice/fastcgi: what the web server is told, and who is let in', async () => {
  const options = JSON.stringify({ multiplexed: false, roles: ['authorizer'] });
  const { url } = await startedOnSocket('unix', [shape('flup'), 'fastcgi', options]);
  const { answer } = await exchange(url, fastcgiRequest(''), { deadline: 15_000 });
  expect(heardIn(answer).answers).toMatchObject([{ protocolStatus: 3 }]); // UNKNOWN_ROLE
});

it.each(['fastcgi', 'cgi'])(
  'sluice/%s: a request in the environment is answered by CGI',
  async (name) => {
    const program = startedWith('pipe', [shape('flup'), name], { env: REQUEST });
    program.child.stdin?.end('body');
    expect(await program.ended()).toEqual(DONE);
    const { body, environ } = JSON.parse(program.stdout.split('\r\n\r\n')[1] ?? '');
    expect([body, environ['wsgi.run_once'], environ['wsgi.multiprocess']]).toEqual([
      'body',
      true,
      true,
    ]);
    expect(program.stderr).toContain('printed when called');
  },
);

it('sluice/fastcgi without a web server says what to do', async () => {
  const program = startedWith('ignore', [shape('flup'), 'fastcgi']);
  expect(await program.ended()).toEqual({ code: 1, signal: null });
  expect(program.stderr).toMatch(/no web server started this process[\s\S]*give bindAddress/);
});

describe('sluice/cgi', () => {
  it.each([
    ['runCgi', 'undefined', 'undefined'],
    ['WSGIServer', 'x', 'false'],
    ['CGIHandler', 'undefined', 'undefined'],
  ])('%s answers the request, and is done', async (name, mark, result) => {
    const program = startedWith('pipe', [shape('cgi'), name], { env: REQUEST });
    program.child.stdin?.end('body');
    expect(await program.ended()).toEqual(DONE);
    expect(program.stdout).toMatch(
      new RegExp(`^Status: 200 OK\\r\\n[\\s\\S]*\\r\\n\\r\\ntrue ${mark} body$`),
    );
    expect(program.log).toEqual(['printed', `run ${result}`]);
  });

  it('a WSGIServer has no address', async () => {
    const { WSGIServer } = await import('sluice/cgi');
    const options = { bindAddress: '/run/s' } as object;
    expect(() => new WSGIServer(() => [], options)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_UNKNOWN',
        message: expect.stringContaining('no option bindAddress with cgi'),
      }),
    );
  });
});

describe.each(['tcp', 'unix'] as const)(
  'runApp() of sluice/inetd-scgi on a %s connection',
  (kind) => {
    it('answers one request, and nothing that is printed is on the connection', async () => {
      const { program, peer } = await inetd(kind, [], 'pipe');
      expect(await converse(peer)).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n\/a true true$/);
      expect(await program.ended()).toEqual(DONE);
      expect(program.log.sort()).toEqual(['error: for the log', 'printed']);
    });

    it.each(['file', 'object'])(
      'its errors go to a %s, where inetd makes that the connection too',
      async (what) => {
        const file = join(scratch(), 'log');
        const words = what === 'file' ? [file] : ['object', file];
        const { program, peer } = await inetd(kind, words, 'connection');
        expect(await converse(peer)).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n\/a true true$/);
        expect(await program.ended()).toEqual(DONE);
        const front = what === 'object' ? 'object: ' : '';
        const lines = readFileSync(file, 'utf8').trimEnd().split('\n').sort();
        expect(lines).toEqual([`${front}error: for the log`, `${front}printed`]);
      },
    );

    it('without a place for errors they are dropped there', async () => {
      const { program, peer } = await inetd(kind, [], 'connection');
      expect(await converse(peer)).toMatch(/^Status: 200 OK\r\n[\s\S]*\r\n\r\n\/a true true$/);
      expect(await program.ended()).toEqual(DONE);
    });
  },
);

/** Starts the program on one end of a connection, and gives the other. */
async function inetd(
  kind: 'tcp' | 'unix',
  words: readonly string[],
  stderr: 'pipe' | 'connection',
) {
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const path = join(scratch(), 's');
  await new Promise<void>((resolve) => {
    if (kind === 'unix') listener.listen(path, resolve);
    else listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  const place = typeof address === 'object' && address ? { port: address.port } : { path };
  const peer = connect({ ...place, allowHalfOpen: true });
  const accepted = await new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const program = new Program([shape('inetd'), ...words], {
    stdio: [accepted, accepted, stderr === 'pipe' ? 'pipe' : accepted],
  });
  accepted.destroy(); // the child has its own
  listener.close();
  onTestFinished(async () => {
    peer.destroy();
    await program.kill();
  });
  return { program, peer };
}

/** Sends a request and reads to the end of the connection. */
async function converse(peer: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  peer.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = new Promise<void>((resolve) => {
    peer.on('end', resolve).on('close', resolve).on('error', resolve);
  });
  peer.write(scgiRequest({ SCRIPT_NAME: '', PATH_INFO: '/a', REQUEST_URI: '/a' }));
  await within('the end of the connection', end, 10_000);
  return Buffer.concat(chunks).toString('latin1');
}
