// Giving up root: what the kernel says of a child that has, and of each of its threads.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { privilegePreload } from '@sluice/concurrency';
import type { Concurrency } from 'sluice';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../support/sluice.ts';
import { sluice } from './support/command.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';

const isRoot = process.getuid?.() === 0;
const SCRIPT = fixturePath('apps/conformance/scripts/identity.js');

const USER = 'www-data';

interface Report {
  readonly atImport: readonly string[];
  readonly now: readonly string[];
  readonly root: boolean | string;
  readonly runs: boolean | string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the command as root, with a Unix socket where root alone may write. */
async function serveAs(concurrency: Concurrency, ...words: readonly string[]) {
  const path = join(scratch(), 's');
  const application = fixturePath('apps/conformance/identity.js');
  const listen = ['--listen', `http+unix:${path}`, '--concurrency', concurrency, '--workers', '1'];
  const program = sluice(['serve', application, ...listen, ...words], {
    uid: process.getuid?.() ?? 0, // a checkout that others can read
  });
  await program.line(/^serving /, 15_000);
  const report = async (): Promise<Report> => JSON.parse(await get(`http+unix:${path}`, '/'));
  return { program, path, report };
}

/** Runs a script that has given up what it had. */
async function reportOf(
  options: Parameters<typeof privilegePreload>[0],
  extra: readonly string[] = [],
): Promise<Report> {
  const { execArgv = [], env = {} } = privilegePreload(options) ?? {};
  const program = runProgram([...execArgv, ...extra, SCRIPT], { env: { ...process.env, ...env } });
  expect({ ...(await program.ended()), stderr: program.stderr }).toEqual({
    ...{ code: 0, signal: null },
    stderr: '',
  });
  return JSON.parse(program.stdout);
}

const ids = (id: number | string) => Array(4).fill(id).join(' '); // real, effective, saved, of file systems

describe.skipIf(!isRoot)(isRoot ? 'as root' : 'as root (skipped: not root)', () => {
  const groups = isRoot ? execFileSync('id', ['-G', USER], { encoding: 'utf8' }).trim() : '';
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    isRoot ? execFileSync('id', [flag, USER], { encoding: 'utf8' }).trim() : '',
  ) as [string, string];
  const sorted = groups
    .split(' ')
    .map(Number)
    .sort((one, other) => one - other)
    .join(' ');

  it('a user: ids, groups and capabilities in every thread, before anything is imported', async () => {
    const { atImport, now, root, runs, env } = await reportOf({ user: USER });
    const is = `Uid: ${ids(uid)}; Gid: ${ids(gid)}; Groups: ${sorted}; CapEff: 0000000000000000`;
    expect(atImport).toEqual([is]);
    expect(now).toEqual([is]);
    expect([root, runs]).toEqual(['EPERM', true]);
    const home = execFileSync('sh', ['-c', `echo ~${USER}`], { encoding: 'utf8' }).trim();
    expect(env).toEqual({ USER, LOGNAME: USER, HOME: home });
  });

  describe.each(MODELS)('sluice serve under %s', (concurrency) => {
    it('the application never was root, and the supervisor is', async () => {
      const { program, report } = await serveAs(concurrency, '--user', USER);
      const is = `Uid: ${ids(uid)}; Gid: ${ids(gid)}; Groups: ${sorted}; CapEff: 0000000000000000`;
      const { atImport, now, root, env } = await report();
      expect([atImport, now]).toEqual([[is], [is]]);
      expect(root).toBe(concurrency === 'thread' ? 'ERR_WORKER_UNSUPPORTED_OPERATION' : 'EPERM');
      expect([env.USER, env.LOGNAME]).toEqual([USER, USER]);
      const supervisor = readFileSync(`/proc/${program.pid}/status`, 'utf8');
      expect(/^Uid:\t(\d+)/m.exec(supervisor)?.[1]).toBe(concurrency === 'single' ? uid : '0');
      program.signal('SIGTERM');
      expect(await program.ended()).toEqual({ code: 0, signal: null });
    });

    it('the next start finds nothing in its way', async () => {
      const words = ['--user', USER] as const;
      const { program, path } = await serveAs(concurrency, ...words);
      program.signal('SIGTERM');
      await program.ended();
      const again = sluice([
        'serve',
        'demo',
        '--listen',
        `http+unix:${path}`,
        '--concurrency',
        concurrency,
      ]);
      await again.line(/^serving /, 15_000);
    });

    it.each([
      [['--user', 'no-such-user'], /there is no user "no-such-user"/],
      [['--group', 'no-such-group'], /there is no group "no-such-group"/],
    ])('%j: exit status 2', async (words, message) => {
      const listen = ['--listen', 'http://127.0.0.1:0', '--concurrency', concurrency];
      const program = sluice(['serve', 'demo', ...listen, ...words]);
      expect((await program.ended()).code).toBe(2);
      expect(program.stderr).toMatch(message);
    });

    it('asked for by others than root: exit status 2', async () => {
      const listen = ['--listen', 'http://127.0.0.1:0', '--concurrency', concurrency];
      const program = sluice(['serve', 'demo', ...listen, '--user', 'daemon'], {
        uid: Number(uid),
        gid: Number(gid),
      });
      expect((await program.ended()).code).toBe(2);
      expect(program.stderr).toMatch(
        /only root can become user 1 and group 1, and this process is/,
      );
    });
  });

  it('a user and another group', async () => {
    const { now } = await reportOf({ user: USER, group: 'mail' });
    expect(now).toHaveLength(1);
    expect(now[0]).toContain(`Uid: ${ids(uid)}; Gid: ${ids(8)}; Groups: 8 ${gid}`);
  });

  it('numbers that stand in no list', async () => {
    const { now, root } = await reportOf({ user: '4711', group: '4712' });
    expect(now).toEqual([
      `Uid: ${ids(4711)}; Gid: ${ids(4712)}; Groups: 4712; CapEff: 0000000000000000`,
    ]);
    expect(root).toBe('EPERM');
  });

  it('a group alone: root stays, in that group only', async () => {
    const { now, root } = await reportOf({ group: 'mail' });
    expect(now[0]).toMatch(`Uid: ${ids(0)}; Gid: ${ids(8)}; Groups: 8;`);
    expect(root).toBe(true);
  });

  it('comes before what else node is told to import', async () => {
    const url = `data:text/javascript,${encodeURIComponent('console.error(process.getuid())')}`;
    const { execArgv = [] } = privilegePreload({ user: USER }) ?? {};
    const program = runProgram([...execArgv, '--import', url, SCRIPT]);
    await program.ended();
    expect(new Set(program.log)).toEqual(new Set([uid])); // threads import it as well
  });

  it('a preload module that does not say whose rights to take ends the process', async () => {
    const { execArgv: [, url = ''] = [] } = privilegePreload({ user: USER }) ?? {};
    const program = runProgram(['--import', url.replace(/gid=\d+/, 'gid='), SCRIPT]);
    expect((await program.ended()).code).toBe(1);
    expect(program.stderr).toBe(
      'error: the rights of root are not given up: whose rights to take is not said\n',
    );
    expect(program.stdout).toBe('');
  });

  it('a system that does not allow it ends the process, and nothing is run', async () => {
    const { execArgv = [] } = privilegePreload({ user: USER }) ?? {};
    const words = ['--bounding-set=-setgid,-setuid', '--inh-caps=-setgid,-setuid'];
    const { status, stdout, stderr } = spawnSync(
      'setpriv',
      [...words, process.execPath, ...execArgv, SCRIPT],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: the rights of root are not given up: .*\n$/);
  });
});
