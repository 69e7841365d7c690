// cgi-fcgi, the client of libfcgi, which makes a CGI program of a FastCGI application.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { appPath, type RunningSluice, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { inTime } from '../support/until.ts';
import { describeWith, findProgram } from './servers/program.ts';

const CGI_FCGI = findProgram('cgi-fcgi', 'cgi-fcgi');

interface Run {
  readonly head: string;
  readonly body: Buffer;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs cgi-fcgi as a web server would run a CGI program. */
async function run(place: string, env: NodeJS.ProcessEnv, body = Buffer.alloc(0)): Promise<Run> {
  const request = {
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: 'GET',
    QUERY_STRING: '',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.1',
    ...(body.length > 0 && { CONTENT_LENGTH: String(body.length) }),
    ...env,
  };
  const child = spawn(CGI_FCGI.path, ['-bind', '-connect', place], { env: request });
  const blocks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (block: Buffer) => blocks.push(block));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // an application need not read it all
  child.stdin.end(body);
  const code = await inTime(
    'cgi-fcgi ends',
    new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    }),
  );
  const output = Buffer.concat(blocks);
  const end = output.indexOf('\r\n\r\n');
  return { head: output.toString('latin1', 0, end), body: output.subarray(end + 4), stderr, code };
}

describeWith([CGI_FCGI], 'cgi-fcgi', () => {
  const cleanup = new Cleanup();
  let sluice: RunningSluice;
  let place: string;
  let socket: string;
  beforeAll(async () => {
    socket = `${temporaryFolder(cleanup)}/app.sock`;
    sluice = await startSluice(cleanup, [
      ...[appPath('every-behaviour.js'), '--script-name', ''],
      ...['--listen', 'fastcgi://127.0.0.1:0', '--listen', `fastcgi+unix:${socket}`],
    ]);
    place = (sluice.addresses[0] as string).replace('fastcgi://', '');
  });
  afterAll(() => cleanup.run());

  it('passes its environment on', async () => {
    const env = { PATH_INFO: '/environ/a b', QUERY_STRING: 'x=1', HTTP_X_LONG: 'v'.repeat(40_000) };
    const { head, body, code } = await run(place, env);
    expect({ head, code }).toEqual({
      head: expect.stringMatching(/^Status: 200 OK\r\nContent-Type: application\/json/),
      code: 0,
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      ...env,
      SCRIPT_NAME: '',
      REMOTE_ADDR: '192.0.2.1',
      FCGI_ROLE: 'RESPONDER',
      'sluice.protocol': 'fastcgi',
    });
  });

  it('reaches a Unix socket', async () => {
    const { body } = await run(socket, { PATH_INFO: '/environ' });
    expect(JSON.parse(body.toString())).toMatchObject({ PATH_INFO: '/environ' });
  });

  it.each([1, 8191, 8192, 65_535, 65_536, 1_048_576])(
    'sends a body of %i bytes',
    async (length) => {
      const sent = randomBytes(length);
      const env = { REQUEST_METHOD: 'POST', PATH_INFO: '/digest' };
      const { body } = await run(place, env, sent);
      const sha256 = createHash('sha256').update(sent).digest('hex');
      expect(JSON.parse(body.toString())).toEqual({ method: 'POST', length, sha256 });
    },
  );

  it('sends a body that the application does not read', async () => {
    const env = { REQUEST_METHOD: 'POST', PATH_INFO: '/unread' };
    const { head, body, code } = await run(place, env, randomBytes(1_048_576));
    expect(head).toMatch(/^Status: 413 /);
    expect({ body: body.toString(), code }).toEqual({
      body: 'too large for this application\n',
      code: 0,
    });
  });

  it('receives 8 MiB', async () => {
    const { body } = await run(place, { PATH_INFO: '/download' });
    expect(body.length).toBe(8_388_608);
  });

  it('shows what goes to wsgi.errors', async () => {
    const { body, stderr } = await run(place, { PATH_INFO: '/error-log', QUERY_STRING: 'line' });
    expect(body.toString()).toBe('logged\n');
    expect(stderr).toBe('for the log: line\n');
    expect(sluice.child.stderr).toContain('for the log: line\n');
  });

  it('shows the error of an application that throws', async () => {
    const { head, stderr } = await run(place, { PATH_INFO: '/faulty' });
    expect(head).toMatch(/^Status: 500 /);
    expect(stderr).toMatch(/^Error: the application is at fault\n/);
  });
});
