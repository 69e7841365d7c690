// The control socket itself: who may connect, whose file it is, and what a peer cannot do to the server.
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sluice, sluiceServe } from './support/command.ts';
import { askControl, ctl, openFolder, steered } from './support/control.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { within } from './support/until.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

const words = (path: string, model = 'single') => [
  ...['--listen', 'http://127.0.0.1:0', '--concurrency', model, '--workers', '1'],
  ...['--control', path],
];

describe.each(MODELS)('%s', (model) => {
  it('its mode is 600 from the first instant, whatever the umask', async () => {
    const path = join(openFolder(), 'control');
    const program = sluice(['serve', app('worker.js'), ...words(path, model), '--umask', '0']);
    const seen = new Set<number>();
    // As tight as can be: an instant is enough for somebody else.
    const looking = new Promise<void>((resolve) => {
      const look = () => {
        for (let times = 0; times < 200; times++) {
          const found = statSync(path, { throwIfNoEntry: false });
          if (found) seen.add(found.mode & 0o777);
        }
        if (/^serving /m.test(program.stderr)) resolve();
        else setImmediate(look);
      };
      look();
    });
    await within('a server', looking, 10_000);
    expect([...seen]).toEqual([0o600]);
  });

  it('it is gone with the server, and nothing is left beside it', async () => {
    const { program, path } = await steered(model);
    expect(lstatSync(path).isSocket()).toBe(true);
    program.signal('SIGTERM');
    expect(await within('the end', program.exit)).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });
});

describe('who may connect', () => {
  // As another user: only root can become one.
  it.skipIf(!isRoot)('not another user (needs root)', async () => {
    const { url, path } = await steered('fork');
    const script = `require('node:net').connect(process.argv[1]).on('error', (error) => console.log(error.code)).on('connect', () => console.log('connected'))`;
    const other = runProgram(['-e', script, path], { uid: NOBODY, gid: NOBODY, cwd: '/' });
    await other.ended();
    expect(other.stdout).toBe('EACCES\n');
    const { code, stderr } = await ctl(['--control', path, 'stop'], { uid: NOBODY, gid: NOBODY });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      / may not connect to .*: it is for the user with id 0, who runs the server/,
    );
    expect(await get(url, '/version')).toBe('');
  });

  it.skipIf(!isRoot)('where the folder is closed, that is said (needs root)', async () => {
    const path = join(scratch(), 'control'); // mode 700
    const { code, stderr } = await ctl(['--control', path, 'status'], { uid: NOBODY, gid: NOBODY });
    expect(code).toBe(4);
    expect(stderr).toMatch(/its folder is closed to this user$/m);
  });
});

describe('whose file it is', () => {
  it('the socket of a server that runs is refused, and goes on', async () => {
    const { path, ctl } = await steered('fork');
    const other = sluice(['serve', app('worker.js'), ...words(path)]);
    expect(await other.ended()).toEqual({ code: 2, signal: null });
    expect(other.stderr).toContain(path);
    expect(await ctl('status')).toMatchObject({ code: 0 });
  });

  it('a file that is no socket is refused, and stays', async () => {
    const path = join(scratch(), 'control');
    writeFileSync(path, 'precious');
    const program = sluice(['serve', app('worker.js'), ...words(path)]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/control exists and is not a socket/);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('one that a killed server has left is replaced', async () => {
    const { program, path } = await steered('single');
    program.signal('SIGKILL');
    await program.exit;
    expect(existsSync(path)).toBe(true);
    const { code, stderr } = await ctl(['--control', path, 'status']);
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining('any more: is the server running?'),
    ]);
    await sluiceServe(app('worker.js'), words(path));
    expect(await ctl(['--control', path, 'status'])).toMatchObject({ code: 0 });
  });

  it('one that has taken its place is not removed', async () => {
    const { program, path } = await steered('single');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(`${path}.other`, resolve));
    onTestFinished(() => void other.close());
    renameSync(`${path}.other`, path);
    program.signal('SIGTERM');
    await within('the end', program.exit);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it('a server that cannot open it does not stay', async () => {
    const program = sluice(['serve', app('worker.js'), ...words('/nowhere/control', 'fork')]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain('/nowhere/control');
  });
});

/** What is asked for: method, target, body; and what is answered. */
const MISTAKES: readonly [string, string, string, status: number, error: RegExp][] = [
  ['GET', '/statsu', '', 404, /there is no \/statsu; did you mean \/status\?/],
  ['GET', '/', '', 404, /there are \/status, \/metrics, \/reload|did you mean/],
  ['GET', '/reload', '', 405, /\/reload is asked for by POST, not by GET/],
  ['DELETE', '/status', '', 405, /by GET, not by DELETE/],
  ['POST', '/reload?roling=yes', '', 400, /no parameter roling; did you mean rolling/],
  ['POST', '/reload?rolling=1', '', 400, /rolling is yes or no, not \\"1\\"/],
  ['POST', '/stop?now', '', 400, /now is yes or no/],
  ['POST', '/stop?wait=soon', '', 400, /wait is a number of seconds from 0/],
  ['POST', '/reopen?wait=1', '', 400, /no parameter wait; it takes none/],
  ['POST', '/scale', '', 400, /workers=4/],
  ['POST', '/scale?workers=many', '', 400, /a number such as 4, \+1 or -1, not \\"many\\"/],
  ['POST', '/scale?workers=0', '', 400, /one worker at least; there are 2/],
  ['POST', '/scale?workers=2000', '', 400, /1024 workers at most/],
  ['POST', '/scale?workers=2', '3', 400, /say once/],
  ['POST', '/scale', 'wokers=2', 400, /no parameter wokers; there is workers/],
  ['POST', '/scale', 'x'.repeat(1025), 413, /1024 bytes at most/],
  ['POST', '/scale', 'x'.repeat(1_000_000), 413, /1024 bytes at most/],
];

describe('what a peer says', () => {
  it('mistakes are told, with what would be right, and do nothing', async () => {
    const { program, ask, ctl } = await steered('fork');
    for (const [method, target, body, status, error] of MISTAKES) {
      const told = await ask(method, target, body);
      expect(told, target).toMatchObject({ status, type: 'application/json' });
      expect(told.text).toMatch(/^\{"error":".*"\}\n$/);
      expect(told.text).toMatch(error);
      if (status === 405) expect(told.allow).toBe(method === 'GET' ? 'POST' : 'GET');
    }
    const { stdout } = await ctl('status', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ size: 2, reloads: 0, restarts: 0 });
    expect(program.child.exitCode).toBeNull();
  });

  it.each([
    ['nothing', '', /^HTTP\/1\.1 408 /],
    ['half a head', 'GET /status HT', /^HTTP\/1\.1 408 /],
    [
      'half a body',
      'POST /scale HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n+',
      /^HTTP\/1\.1 408 /,
    ],
    ['rubbish', '\0\x01\x02\x03'.repeat(100), /^HTTP\/1\.1 400 /],
    ['a long head', `GET /status HTTP/1.1\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ])('%s: its connection ends, and others are answered', async (_what, bytes, expected) => {
    const { path, ctl } = await steered('single');
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes, 'latin1');
    expect(await ctl('status')).toMatchObject({ code: 0 });
    await within('the end of the connection', closed, 15_000);
    expect(answer).toMatch(expected);
    expect(await ctl('status')).toMatchObject({ code: 0 });
  });

  it('peers that leave in the middle do no harm', async () => {
    const { path, ctl, ask } = await steered('fork');
    for (const target of ['/reload', '/scale?workers=3', '/reopen', '/status', '/metrics']) {
      const socket = connect(path, () => {
        socket.write(`POST ${target} HTTP/1.1\r\nHost: h\r\n\r\n`, () => socket.destroy());
      });
      await new Promise((resolve) => socket.on('close', resolve));
    }
    expect(await ctl('reload')).toMatchObject({ code: 0 });
    expect(JSON.parse((await ask('GET', '/status')).text)).toMatchObject({ restarts: 0 });
  });

  it('half a request does not delay the end', async () => {
    const { program, path } = await steered('single');
    const socket = connect(path, () => socket.write('POST /stop HT'));
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    expect(await askControl(path, 'POST', '/stop')).toMatchObject({ status: 200 });
    expect(await within('the end', program.exit, 3000)).toEqual({ code: 0, signal: null });
  });
});

describe('sluice ctl', () => {
  it('tells a server that is no control socket', async () => {
    const path = join(scratch(), 's');
    await sluiceServe(app('worker.js'), ['--listen', `http+unix:${path}`]);
    const { code, stderr } = await ctl(['--control', path, 'status']);
    expect([code, stderr]).toEqual([
      4,
      `sluice ctl: what answers at ${path} is no control socket\n`,
    ]);
  });

  it.each([
    [
      'a socket that is not there',
      '/nowhere/s',
      /there is no control socket \/nowhere\/s: is the server running/,
    ],
    ['a file', app('worker.js'), /worker\.js is a file and no control socket/],
  ])('tells %s', async (_what, path, reason) => {
    const { code, stdout, stderr } = await ctl(['--control', path, 'reload']);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(reason);
  });

  it('tells one that hangs up', async () => {
    const path = join(scratch(), 's');
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => void other.close());
    const { code, stderr } = await ctl(['--control', path, 'status']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('hung up without an answer')]);
  });

  it('takes the path from SLUICE_CONTROL, and the flag before it', async () => {
    const { path } = await steered('single');
    const env = { ...process.env, SLUICE_CONTROL: path };
    expect(await ctl(['status'], { env })).toMatchObject({ code: 0 });
    expect(await ctl(['status', '--control', '/nowhere/s'], { env })).toMatchObject({ code: 4 });
  });
});
