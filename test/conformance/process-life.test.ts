// The life of a daemon: background, pidfile, directories, logs and umask, as the options of the command say.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sluice, sluiceServe } from './support/command.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { descendantsOf, isAlive } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until } from './support/until.ts';

/** Starts a daemon from a folder, and ends it with the test. */
async function daemon(folder: string, words: readonly string[], application = app('worker.js')) {
  const program = sluice(['serve', application, '--daemonize', '--pidfile', 'app.pid', ...words], {
    cwd: folder,
    env: { ...process.env, SLUICE_TEST_IMPORTS: '/dev/null' },
  });
  const { code } = await program.ended(20_000);
  const pid = existsSync(join(folder, 'app.pid'))
    ? Number(readFileSync(join(folder, 'app.pid'), 'utf8'))
    : 0;
  const all = pid > 0 ? [pid, ...descendantsOf(pid)] : [];
  onTestFinished(() => {
    for (const one of all.filter(isAlive)) process.kill(one, 'SIGKILL');
  });
  return { code, pid, all, stderr: program.stderr };
}

const words = (model: string) => ['--concurrency', model, '--workers', '2'];

describe.each(MODELS)('%s', (model) => {
  it('serves from the background when the command ends, and leaves nothing behind', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'work'));
    const logs = ['--outlog', 'out.log', '--errlog', 'err.log'];
    const files = ['--access-log', 'access.log', '--error-log', 'error.log'];
    const more = ['--listen', 'scgi+unix:s', '--workdir', 'work', ...logs, ...files];
    const { code, pid, all, stderr } = await daemon(folder, [...more, ...words(model)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const url = `scgi+unix:${join(folder, 's')}`;
    expect(await get(url, '/cwd')).toBe(join(folder, 'work'));
    expect(await get(url, '/umask')).toBe('22');
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[3]).toBe(
      `${pid}`,
    ); // its own session
    await until('its access', () => readFileSync(join(folder, 'access.log'), 'utf8'));
    expect(readFileSync(join(folder, 'err.log'), 'utf8')).toMatch(/^serving .*worker\.js/m);
    expect(statSync(join(folder, 'err.log')).mode & 0o777).toBe(0o644);

    const again = await daemon(folder, ['--listen', 'scgi://127.0.0.1:0', ...words(model)]);
    expect(again).toMatchObject({ code: 2, pid });
    expect(again.stderr).toMatch(
      new RegExp(`process ${pid} runs, and \\S+app\\.pid is its pidfile`),
    );

    process.kill(pid, 'SIGTERM');
    await until('its end', () => !all.some(isAlive), 15_000);
    expect(readdirSync(folder).sort()).toEqual(
      ['access.log', 'err.log', 'error.log', 'out.log', 'work'].sort(),
    );
  });

  it('killed with -9: its workers leave, and it can be started again', async () => {
    const folder = scratch();
    const listen = ['--listen', 'scgi+unix:s', ...words(model)];
    const first = await daemon(folder, listen);
    expect(first.code).toBe(0);
    process.kill(first.pid, 'SIGKILL');
    await until('its workers have left', () => !first.all.some(isAlive), 5000);
    const second = await daemon(folder, listen);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.pid).not.toBe(first.pid);
    expect(await get(`scgi+unix:${join(folder, 's')}`, '/')).toMatch(/^\d+:\d+$/);
  });
});

describe('a daemon that cannot serve says why, has the status of that, and leaves no pidfile', () => {
  const LISTEN = ['--listen', 'scgi://127.0.0.1:0'];
  const BROKEN = app('throws-at-import.js');
  it.each([
    ['a directory', [...LISTEN, '--workdir', 'none'], 2, /workdir.*none/, undefined],
    ['an address', ['--listen', 'scgi+unix:file'], 2, /file exists and is not a socket/, undefined],
    [
      'an error log',
      [...LISTEN, '--error-log', 'none/e'],
      2,
      /errorLog .*none\/e cannot be opened/,
      undefined,
    ],
    ['a log', [...LISTEN, '--errlog', 'none/e'], 2, /none\/e cannot be opened/, undefined],
    ['an application', LISTEN, 2, /the reason of it all/, BROKEN],
    ['workers', [...LISTEN, ...words('fork')], 3, /workers cannot be started/, BROKEN],
    ['threads', [...LISTEN, ...words('thread')], 3, /workers cannot be started/, BROKEN],
  ] as const)('%s', async (_name, more, status, why, application) => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await daemon(folder, more, application);
    expect(stderr).toMatch(why);
    expect(code).toBe(status);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('umask', () => {
  it.each(['8', '09', '0x7', '-1', 'rwx', '99999', ''])('%j is refused', async (umask) => {
    const program = sluice(['serve', app('worker.js'), `--umask=${umask}`]);
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/umask .*an octal number such as 022/);
  });

  it.each(['027', '27', '0o27'])('%s is that of a daemon, and of its socket', async (umask) => {
    const folder = scratch();
    const { code } = await daemon(folder, [
      ...['--listen', 'scgi+unix:s', '--umask', umask, '--outlog', 'out.log'],
    ]);
    expect(code).toBe(0);
    expect(await get(`scgi+unix:${join(folder, 's')}`, '/umask')).toBe('27');
    expect(statSync(join(folder, 's')).mode & 0o777).toBe(0o750);
    expect(statSync(join(folder, 'out.log')).mode & 0o777).toBe(0o640);
  });

  it('in the foreground it is that of sockets alone', async () => {
    const path = join(scratch(), 's');
    const before = process.umask().toString(8);
    await sluiceServe(app('worker.js'), ['--listen', `scgi+unix:${path}`, '--umask', '077']);
    expect(await get(`scgi+unix:${path}`, '/umask')).toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });
});

it('outlog and errlog are for daemons', async () => {
  const program = sluice(['serve', app('worker.js'), '--errlog', 'x'], { cwd: scratch() });
  expect(await program.ended()).toEqual({ code: 2, signal: null });
  expect(program.stderr).toMatch(/outlog and errlog need daemonize/);
});
