// `sluice cgi`: one request in the environment and on the standard streams.
import type { SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BIN, sluice } from './support/command.ts';
import { Program } from './support/program.ts';
import { Journal } from './support/scratch.ts';
import { app, serverForTest } from './support/start-server.ts';
import { holds, until, within } from './support/until.ts';

const EVERY = app('every.js');

function cgi(variables: Record<string, string>, application = EVERY, options: SpawnOptions = {}) {
  const env = {
    PATH: process.env.PATH,
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: 'GET',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    QUERY_STRING: '',
    ...variables,
  };
  return sluice(['cgi', application], { env, ...options });
}

/** Runs one request to its end. */
async function answer(
  variables: Record<string, string>,
  body: string | Uint8Array | null = null,
  application?: string,
) {
  const program = cgi(variables, application);
  program.child.stdin?.on('error', () => {}); // it need not read
  if (body === null) program.child.stdin?.end();
  else program.child.stdin?.end(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
  const { code } = await program.ended();
  const [head = '', ...rest] = program.stdout.split('\r\n\r\n');
  return {
    code,
    head,
    body: rest.join('\r\n\r\n'),
    stderr: program.stderr,
    stdout: program.stdout,
  };
}

const variablesOf = (body: string) =>
  new Map<string, string | boolean>(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));

describe('sluice cgi', () => {
  it('answers with Status first, and exits with 0', async () => {
    const found = await answer({ HTTP_X_APP: 'bodies.single' });
    expect(found.stdout).toBe(
      'Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\none two',
    );
    expect(found).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['generator', 'asyncGenerator', 'written', 'readableStream', 'Class', 'promised'])(
    'bodies of every kind: %s',
    async (kind) => {
      const found = await answer({ HTTP_X_APP: `bodies.${kind}` });
      expect(found).toMatchObject({ code: 0, body: 'one two', stderr: '' });
    },
  );

  it('the environ is of the request, and of nothing else', async () => {
    const { body } = await answer({
      PATH_INFO: '/caf\u00e9/x',
      SCRIPT_NAME: '/cgi-bin/app',
      QUERY_STRING: 'q=%20',
      REMOTE_ADDR: '192.0.2.1',
      HTTPS: 'on',
      HTTP_X_A: 'b',
      HTTP_PROXY: 'http://evil.example/',
      NODE_EXTRA: 'x',
      SECRET: 'x',
    });
    const environ = variablesOf(body);
    expect(environ.get('PATH_INFO')).toBe('/caf\xc3\xa9/x'); // UTF-8, one character for each byte
    expect(environ.get('SCRIPT_NAME')).toBe('/cgi-bin/app');
    expect(environ.get('QUERY_STRING')).toBe('q=%20');
    expect(environ.get('HTTP_X_A')).toBe('b');
    expect(environ.get('wsgi.url_scheme')).toBe('https');
    expect(environ.get('wsgi.run_once')).toBe(true);
    expect(environ.get('wsgi.multiprocess')).toBe(true);
    expect(environ.get('wsgi.multithread')).toBe(false);
    expect(environ.get('sluice.protocol')).toBe('cgi');
    for (const name of ['HTTP_PROXY', 'NODE_EXTRA', 'SECRET', 'PATH'])
      expect(environ.has(name), name).toBe(false);
  });

  it('bytes of the environment survive that are no UTF-8', async () => {
    const script = 'PATH_INFO="/caf$(printf "\\351")" exec "$0" "$@"';
    const env = { PATH: process.env.PATH, REQUEST_METHOD: 'GET', SCRIPT_NAME: '' };
    const program = new Program(
      ['-c', script, process.execPath, BIN, 'cgi', EVERY],
      { env },
      '/bin/sh',
    );
    await program.ended();
    expect(variablesOf(program.stdout.split('\r\n\r\n')[1] as string).get('PATH_INFO')).toBe(
      '/caf\xe9',
    );
  });

  it('what the application prints goes to the standard error stream, never into the answer', async () => {
    const found = await answer({}, null, app('prints.js'));
    expect(found.stdout).toMatch(/^Status: 200 OK\r\n(?:[^\r\n]+\r\n)+\r\nthe answer$/);
    for (const words of [
      'printed at import',
      'written at import',
      'printed when called',
      'told when called',
      'written when called',
      'printed between',
      'an error line',
    ])
      expect(found.stderr).toContain(words);
    expect(found.code).toBe(0);
  });

  describe('request bodies', () => {
    const upload = (name: string, length: number) => ({
      REQUEST_METHOD: 'POST',
      HTTP_X_APP: name,
      CONTENT_LENGTH: String(length),
    });

    it.each([0, 1, 65536, 1_048_576])('%d bytes', async (size) => {
      const body = randomBytes(size);
      const found = await answer(upload('echo.whole', size), body);
      expect(Buffer.from(found.body, 'latin1').equals(body)).toBe(true);
    });

    it('what follows CONTENT_LENGTH is not read', async () => {
      expect((await answer(upload('echo.whole', 4), 'four and more')).body).toBe('four');
    });

    it('the end of the input is not waited for', async () => {
      const program = cgi(upload('echo.whole', 4));
      program.child.stdin?.write('four');
      await program.ended(5000);
      expect(program.stdout).toMatch(/\r\n\r\nfour$/);
    });

    it.each([0, 1, 9])(
      'a body cut after %d of 10 bytes is an error, never less of a body',
      async (sent) => {
        const found = await answer(upload('echo.strict', 10), '0123456789'.slice(0, sent));
        expect(found.head).toMatch(/^Status: 400 /);
        expect((await answer(upload('echo.failure', 10), '0'.repeat(sent))).body).toMatch(
          /^failed with ERR_/,
        );
      },
    );

    it.each(['abc', '-1', '1e3', '0x5', ' 5', '18446744073709551616'])(
      'CONTENT_LENGTH %j: 400',
      async (length) => {
        const variables = { ...upload('echo.whole', 0), CONTENT_LENGTH: length };
        expect((await answer(variables, '12345')).head).toMatch(/^Status: 400 /);
      },
    );

    it('comes in pieces to an application that has touched process.stdin', async () => {
      const program = cgi(upload('echo.touched', 8));
      await program.line(/touched/);
      program.child.stdin?.write('ping');
      program.child.stdin?.write('pong');
      await program.ended();
      expect(program.stdout).toMatch(/\r\n\r\npingpong$/);
    });

    it('an unread body does no harm', async () => {
      const found = await answer(upload('echo.ignored', 1_048_576), Buffer.alloc(1_048_576));
      expect(found).toMatchObject({ code: 0, body: 'not read', stderr: '' });
    });

    it('echoes while it reads', async () => {
      const program = cgi(upload('echo.stream', 8));
      program.child.stdin?.write('ping');
      await until('the first half', () => program.stdout.endsWith('ping'));
      program.child.stdin?.write('pong');
      await program.ended();
      expect(program.stdout.endsWith('\r\n\r\npingpong')).toBe(true);
    });
  });

  it('HEAD, 204 and 304 have no byte of body', async () => {
    for (const variables of [
      { REQUEST_METHOD: 'HEAD', HTTP_X_APP: 'bodies.single' },
      { HTTP_X_APP: 'heads.asked', QUERY_STRING: '204%20No%20Content&3' },
      { HTTP_X_APP: 'heads.asked', QUERY_STRING: '304%20Not%20Modified' },
    ])
      expect((await answer(variables)).body).toBe('');
  });

  it('an application that throws: 500 with a text that tells nothing, the stack on the error stream', async () => {
    const found = await answer({ HTTP_X_APP: 'faults.throws' });
    expect(found.head).toMatch(/^Status: 500 /);
    expect(found.body).toBe('500 Internal Server Error\n');
    expect(found.stderr).toContain('a secret');
  });

  it('an application that throws after output: cut short, and exit status 1', async () => {
    const found = await answer({ HTTP_X_APP: 'faults.throwsLater' });
    expect(found.body).toBe('first');
    expect(found.code).toBe(1);
  });

  it('an application that is not there: 500 for the web server, the reason on the error stream', async () => {
    const found = await answer({}, null, 'missing.js');
    expect(found.head).toMatch(/^Status: 500 /);
    expect(found.stderr).toContain('missing.js');
    expect(found.stdout).not.toContain('missing.js');
  });

  it('a closed output ends it silently', async () => {
    const journal = new Journal();
    const program = cgi({ HTTP_X_APP: 'lives.generator', HTTP_X_JOURNAL: journal.path });
    program.child.stdin?.end();
    await new Promise((resolve) => program.child.stdout?.once('data', resolve));
    program.child.stdout?.destroy();
    await within('the end', program.exit);
    expect(program.stderr).toBe('');
    expect(journal.count('finally')).toBe(1);
  });

  it('a slow reader gets all of a long answer', async () => {
    const program = cgi({ HTTP_X_APP: 'bodies.large' });
    program.child.stdin?.end();
    program.child.stdout?.pause();
    await holds('nobody ends it', () => program.child.exitCode === null, 300);
    program.child.stdout?.resume();
    expect((await program.ended()).code).toBe(0);
    expect(program.stdout.length).toBeGreaterThan(67_108_864);
  });

  it('ends when the answer is out, whatever the application has left open', async () => {
    const program = cgi({}, app('lingers.js'));
    program.child.stdin?.end();
    expect(await within('the end', program.exit, 5000)).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/the answer$/);
  });

  it('passes a request on to a server', async () => {
    const server = await serverForTest(EVERY, { listen: ['scgi://127.0.0.1:0'] });
    const upload = { REQUEST_METHOD: 'POST', HTTP_X_APP: 'echo.whole', CONTENT_LENGTH: '5' };
    const found = await answer(upload, 'hello', server.url);
    expect(found).toMatchObject({ code: 0, body: 'hello', stderr: '' });
    expect((await answer({}, null, 'scgi+unix:/nowhere/s')).head).toMatch(/^Status: 502 /);
  });

  it.each([
    [['cgi'], /application is missing/, 2],
    [['cgi', '--nonsense'], /--nonsense/, 2],
    [['cgi', EVERY, 'more'], /more/, 2],
    [['cgi', EVERY], /REQUEST_METHOD/, 1],
  ] as const)(
    '%j without a request says how, with nothing on the standard output',
    async (words, text, status) => {
      const program = sluice(words, { env: { PATH: process.env.PATH } });
      expect(await program.ended()).toEqual({ code: status, signal: null });
      expect(program.stdout).toBe('');
      expect(program.stderr).toMatch(text);
      expect(program.stderr).toContain('Usage: sluice cgi APP');
    },
  );
});
