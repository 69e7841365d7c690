// A command that makes a daemon of itself: when it ends, with which status, and what is left running.
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { childrenOf, isAlive } from './support/processes.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const SCRIPT = fileURLToPath(new URL('./support/daemon/daemon.js', import.meta.url));
const daemons = new Set<number>();

afterEach(() => {
  for (const pid of daemons) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  daemons.clear();
});

interface Daemon {
  readonly pid: number;
  readonly cwd: string;
  readonly umask: number;
  readonly pwd: string;
  readonly mark: string | null;
  readonly again: unknown;
  readonly connected: boolean;
  readonly execArgv: readonly string[];
}

/** Starts the command in a folder. */
function command(
  folder: string,
  options: object,
  behaviour: string,
  word = '',
  node: readonly string[] = [],
): Program {
  const words = [JSON.stringify(options), behaviour, word];
  return runProgram([...node, SCRIPT, ...words], { cwd: folder });
}

/** What a daemon says of itself. */
async function ask(path: string): Promise<Daemon> {
  let text = '';
  const socket = connect(path).setEncoding('utf8');
  for await (const chunk of socket) text += chunk;
  const daemon: Daemon = JSON.parse(text);
  daemons.add(daemon.pid);
  return daemon;
}

/** The fields of /proc/PID/stat from the state on: parent, process group, session, terminal. */
function familyOf(pid: number): { parent: number; group: number; session: number; tty: number } {
  const [, parent, group, session, tty] = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number) as [number, number, number, number, number];
  return { parent, group, session, tty };
}

describe('a daemon that serves', () => {
  it('serves when the command has ended with 0, in a session of its own, without its streams', async () => {
    const folder = scratch();
    const path = join(folder, 's');
    const program = command(folder, {}, 'serve', path);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect([program.stdout, program.stderr]).toEqual(['', '']);
    const daemon = await ask(path);
    const { group, session, tty, parent } = familyOf(daemon.pid);
    expect({ group, session, tty }).toEqual({ group: daemon.pid, session: daemon.pid, tty: 0 });
    expect(parent).not.toBe(program.pid);
    const null0 = statSync('/dev/null');
    for (const fd of [0, 1, 2])
      expect(statSync(`/proc/${daemon.pid}/fd/${fd}`).rdev).toBe(null0.rdev);
    expect(daemon).toMatchObject({ cwd: folder, pwd: folder, umask: process.umask() });
    expect(daemon).toMatchObject({ mark: null, again: null, connected: false, execArgv: [] });
    expect(isAlive(daemon.pid)).toBe(true);
  });

  it('has the directory, umask, logs and arguments of node that it shall have', async () => {
    const folder = scratch();
    const path = join(folder, 's');
    const options = { workdir: '..', umask: 0o27, outlog: 'out', errlog: './err' };
    const program = command(folder, options, 'serve', path, ['--no-warnings']);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    const daemon = await ask(path);
    const parent = join(folder, '..');
    expect(daemon).toMatchObject({ cwd: parent, pwd: parent, umask: 0o27 });
    expect(daemon.execArgv).toEqual(['--no-warnings']);
    expect(readFileSync(join(folder, 'out'), 'latin1')).toBe('on stdout\n');
    expect(readFileSync(join(folder, 'err'), 'latin1')).toBe('on stderr\n');
    expect(statSync(join(folder, 'err')).mode & 0o777).toBe(0o640);
  });

  it('appends to its logs', async () => {
    const folder = scratch();
    for (const name of ['a', 'b']) {
      const program = command(
        folder,
        { outlog: 'log', errlog: 'log' },
        'serve',
        join(folder, name),
      );
      await program.ended();
      await ask(join(folder, name));
    }
    const text = 'on stdout\non stderr\n';
    expect(readFileSync(join(folder, 'log'), 'latin1')).toBe(text + text);
  });
});

describe('a daemon that does not', () => {
  it('says why, and with which status', async () => {
    const program = command(scratch(), {}, 'fail');
    expect(await program.ended()).toEqual({ code: 3, signal: null });
    expect(program.stderr).toBe('nothing came of it\n');
  });

  it('throws: the stack is shown', async () => {
    const program = command(scratch(), {}, 'throw');
    expect(await program.ended()).toEqual({ code: 1, signal: null });
    expect(program.stderr).toMatch(/^Error: thrown by the daemon\n {4}at .*daemon\.js/);
  });

  it.each([
    [{}, /an errlog would say why\n$/],
    [{ errlog: 'log' }, /\/log may say why\n$/],
  ])('ends without a word', async (options, hint) => {
    const program = command(scratch(), options, 'exit');
    expect(await program.ended()).toEqual({ code: 5, signal: null });
    expect(program.stderr).toMatch(/^the daemon ended before it served \(exit status 5\); /);
    expect(program.stderr).toMatch(hint);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('takes long: %s ends both', async (signal) => {
    const folder = scratch();
    const program = command(folder, { errlog: 'log' }, 'linger');
    const log = join(folder, 'log');
    await until('a daemon', () => {
      try {
        return readFileSync(log, 'latin1') === 'lingering\n';
      } catch {
        return false;
      }
    });
    const [pid] = childrenOf(program.pid) as [number];
    daemons.add(pid);
    program.signal(signal);
    expect((await program.ended()).code).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['log', { errlog: 'none/log' }, /ERR_DAEMON_START: the log \/.*\/none\/log cannot be opened/],
    ['directory', { workdir: 'none' }, /ERR_DAEMON_START: the working directory \/.*\/none is not/],
  ])('cannot have its %s', async (_what, options, message) => {
    const program = command(scratch(), options, 'serve', 'unused');
    expect(await program.ended()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(message);
  });
});

describe('pidfiles', () => {
  const pidIn = (path: string) => Number(readFileSync(path, 'latin1'));

  /** Starts a daemon with a pidfile. */
  async function start(
    folder: string,
    path: string,
  ): Promise<{ code: number | null; why: string }> {
    const program = command(folder, {}, 'pidfile', path);
    const { code } = await program.ended();
    if (code === 0) daemons.add(pidIn(path));
    return { code, why: program.stderr };
  }

  it('a second daemon is refused while the first lives, and not when it was killed', async () => {
    const folder = scratch();
    const path = join(folder, 'pid');
    expect(await start(folder, path)).toEqual({ code: 0, why: '' });
    const pid = pidIn(path);
    expect(await start(folder, path)).toEqual({
      code: 4,
      why: `process ${pid} runs, and ${path} is its pidfile: stop it, or name another file\n`,
    });
    expect(pidIn(path)).toBe(pid);
    process.kill(pid, 'SIGKILL');
    await until('its end', () => !isAlive(pid));
    expect(await start(folder, path)).toEqual({ code: 0, why: '' });
    expect(pidIn(path)).not.toBe(pid);
  });

  it('of six that start at the same moment one runs, and is the one in the file', async () => {
    const folder = scratch();
    const path = join(folder, 'pid');
    const results = await Promise.all(Array.from({ length: 6 }, () => start(folder, path)));
    expect(results.map(({ code }) => code).sort()).toEqual([0, 4, 4, 4, 4, 4]);
    expect(isAlive(pidIn(path))).toBe(true);
  });
});
