// One connection on the standard streams, as inetd starts programs.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN } from './support/command.ts';
import { httpRequest, httpResponses } from './support/http.ts';
import { Program } from './support/program.ts';
import { scgiRequest } from './support/scgi.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const EVERY = app('every.js');

/** Starts the command on one end of a connection, and gives the other. */
async function inetd(
  place: 'tcp' | 'unix',
  protocol: string,
  application = EVERY,
): Promise<{ program: Program; peer: Socket }> {
  const listener: Server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const path = join(scratch(), 's');
  await new Promise<void>((resolve) => {
    if (place === 'unix') listener.listen(path, resolve);
    else listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  const peer = connect(
    typeof address === 'object' && address
      ? { port: address.port, allowHalfOpen: true }
      : { path, allowHalfOpen: true },
  );
  const accepted = await new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const program = new Program([BIN, 'serve', application, '--listen', `${protocol}+stdio:`], {
    stdio: [accepted, accepted, 'pipe'],
  });
  accepted.destroy(); // the child has its own
  listener.close();
  onTestFinished(async () => {
    peer.destroy();
    await program.kill();
  });
  return { program, peer };
}

/** Sends bytes and reads to the end of the connection. */
async function converse(peer: Socket, data: string, half = false): Promise<string> {
  const chunks: Buffer[] = [];
  peer.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = new Promise<void>((resolve) => {
    peer.on('end', resolve).on('close', resolve).on('error', resolve);
  });
  peer.write(Buffer.from(data, 'latin1'));
  if (half) peer.end();
  await within('the end of the connection', end);
  return Buffer.concat(chunks).toString('latin1');
}

const scgi = (application: string, body = '', more: Record<string, string> = {}) =>
  scgiRequest({ HTTP_X_APP: application, ...more }, body);

describe.each(['tcp', 'unix'] as const)('scgi on a %s socket', (place) => {
  it.each([
    ['bodies.single', '', 'one two'],
    ['bodies.asyncGenerator', '', 'one two'],
    ['echo.stream', 'a body', 'a body'],
    ['echo.ignored', 'a body', 'not read'],
  ])('one request is answered, and the program ends: %s', async (name, body, expected) => {
    for (const half of [false, true]) {
      const { program, peer } = await inetd(place, 'scgi');
      const answer = await converse(peer, scgi(name, body), half);
      expect(answer).toMatch(/^Status: 200 OK\r\n/);
      expect(answer.endsWith(`\r\n\r\n${expected}`)).toBe(true);
      peer.destroy();
      expect(await program.ended()).toEqual({ code: 0, signal: null });
      expect(program.stderr).toBe('');
    }
  });

  it('the environ says so', async () => {
    const { peer } = await inetd(place, 'scgi');
    const answer = await converse(peer, scgi('environ'));
    const environ = new Map(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
    expect(environ.get('wsgi.run_once')).toBe(true);
    expect(environ.get('wsgi.multiprocess')).toBe(true);
    expect(environ.get('wsgi.multithread')).toBe(false);
  });

  it('an application that throws: 500', async () => {
    const { program, peer } = await inetd(place, 'scgi');
    const answer = await converse(peer, scgi('faults.throws'));
    expect(answer).toMatch(/^Status: 500 [\s\S]*\r\n\r\n500 Internal Server Error\n$/);
    peer.destroy();
    await program.ended();
    expect(program.stderr).toContain('a secret');
  });

  it('nothing but the answer is on the connection, whatever the application prints', async () => {
    const { program, peer } = await inetd(place, 'scgi', app('prints.js'));
    const answer = await converse(peer, scgi('any'));
    expect(answer).toMatch(/^Status: 200 OK\r\nContent-Type: text\/plain\r\n\r\nthe answer$/);
    peer.destroy();
    await program.ended();
    expect(program.stderr).toContain('printed at import');
    expect(program.stderr).toContain('printed between');
  });

  it('malformed bytes: 400 and one line', async () => {
    const { program, peer } = await inetd(place, 'scgi');
    expect(await converse(peer, '070:')).toMatch(/^Status: 400 /);
    peer.destroy();
    await program.ended();
    expect(program.log).toHaveLength(1);
  });

  it('a client that leaves ends the program', async () => {
    const journal = new Journal();
    const { program, peer } = await inetd(place, 'scgi');
    peer.on('error', () => {});
    peer.write(Buffer.from(scgi('lives.generator', '', journal.variables), 'latin1'));
    await new Promise((resolve) => peer.once('data', resolve));
    peer.destroy();
    await within('the end', program.exit);
    expect(journal.count('finally')).toBe(1);
  });

  it('and so does one that says nothing', async () => {
    const { program, peer } = await inetd(place, 'scgi');
    peer.end();
    expect((await within('the end', program.exit)).signal).toBeNull();
    expect(program.stderr).toBe('');
  });

  it('a long answer arrives whole', async () => {
    const { program, peer } = await inetd(place, 'scgi');
    const answer = await converse(peer, scgi('bodies.large'));
    expect(answer.length).toBeGreaterThan(67_108_864);
    peer.destroy();
    expect((await program.ended()).code).toBe(0);
  });

  it('an application that leaves a timer behind does not keep the program', async () => {
    const { program, peer } = await inetd(place, 'scgi', app('lingers.js'));
    expect(await converse(peer, scgi('any'))).toMatch(/the answer$/);
    peer.destroy();
    await within('the end', program.exit);
  });
});

describe.each(['tcp', 'unix'] as const)('http on a %s socket', (place) => {
  it.each(['bodies.single', 'bodies.asyncGenerator'])('one request: %s', async (name) => {
    const { program, peer } = await inetd(place, 'http');
    const answer = await converse(peer, httpRequest('/', { headers: [`X-App: ${name}`] }));
    expect(httpResponses(answer)).toMatchObject([{ status: 200, body: 'one two' }]);
    peer.destroy();
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('malformed bytes: 400', async () => {
    const { program, peer } = await inetd(place, 'http');
    const answer = await converse(peer, 'nonsense\r\n\r\n');
    expect(httpResponses(answer)).toMatchObject([{ status: 400 }]);
    peer.destroy();
    await within('the end', program.exit);
  });
});

/** Starts the command with an input and an output that are not one connection. */
function separate(kind: string, protocol: string, application = EVERY): Program {
  const words = [BIN, 'serve', application, '--listen', `${protocol}+stdio:`];
  // What Node calls a pipe is a pair of sockets; a shell has real ones.
  const program =
    kind === 'sockets'
      ? new Program(words)
      : new Program(['-c', 'cat | "$0" "$@" | cat', process.execPath, ...words], {}, '/bin/sh');
  onTestFinished(() => program.kill());
  return program;
}

describe.each(['pipes', 'sockets'])('on two %s', (kind) => {
  it.each([
    ['scgi', scgi('bodies.single'), /^Status: 200 OK[\s\S]*one two$/],
    ['scgi', scgi('echo.stream', 'a body'), /^Status: 200 OK[\s\S]*a body$/],
    [
      'http',
      httpRequest('/', { headers: ['X-App: bodies.single'] }),
      /^HTTP\/1\.1 200[\s\S]*one two$/,
    ],
  ])('%s', async (protocol, bytes, expected) => {
    for (const close of [true, false]) {
      const program = separate(kind, protocol);
      program.child.stdin?.write(Buffer.from(bytes, 'latin1'));
      if (close) program.child.stdin?.end();
      await until('the answer', () => expected.test(program.stdout));
      program.child.stdin?.end();
      expect((await program.ended(5000)).code).toBe(0);
      expect(program.stdout).toMatch(expected);
      expect(program.stderr).toBe('');
    }
  });

  it('what the application prints stays out of the answer', async () => {
    const program = separate(kind, 'scgi', app('prints.js'));
    program.child.stdin?.end(Buffer.from(scgi('any'), 'latin1'));
    await program.ended(5000);
    expect(program.stdout).toMatch(/^Status: 200 OK[\s\S]*\r\n\r\nthe answer$/);
    expect(program.stderr).toContain('printed when called');
  });
});
