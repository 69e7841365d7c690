// What a system does to a supervisor when it has nothing more to give, and what a supervisor does to a system whose application is broken.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixturePath, SLUICE } from '../support/sluice.ts';
import { Load } from './support/load.ts';
import { childrenOf, cpuTime, fdCount } from './support/processes.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { holds, until } from './support/until.ts';

const isRoot = process.getuid?.() === 0;
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
const STRANGER = 64_213; // nobody else's, so that nobody else's processes count

/** Nothing is forbidden to root: tests that run as root start servers as somebody else. */
const AS = isRoot ? { uid: STRANGER, gid: STRANGER, cwd: '/' } : {};

/** Changes a soft limit of a process that runs. */
function limit(pid: number, resource: string, value: number | string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--${resource}=${value}:`], AS);
}

function softLimit(pid: number, resource: string): string {
  const words = ['--pid', String(pid), `--${resource}`, '--noheadings', '--output', 'SOFT'];
  return execFileSync('prlimit', words, { encoding: 'utf8', ...AS }).trim();
}

async function started(model: string, workers: number): Promise<{ program: Program; url: string }> {
  const words = ['--listen', 'scgi://127.0.0.1:0', '--concurrency', model];
  const application = fixturePath('apps/conformance/worker.js');
  const all = [SLUICE, 'serve', application, ...words, '--workers', String(workers)];
  const program = runProgram(all, AS);
  const line = await program.line(/^ {2}scgi:/, 15_000);
  return { program, url: /scgi:\S+/.exec(line)?.[0] as string };
}

describe.skipIf(!hasPrlimit).each([
  ['processes', 'nproc', () => 1, /EAGAIN/],
  ['descriptors', 'nofile', (pid: number) => fdCount(pid), /EMFILE|EBADF|ENFILE/],
] as const)(
  `no more %s${hasPrlimit ? '' : ' (skipped: there is no prlimit)'}`,
  (_name, resource, lowest, code) => {
    it('the others go on, and when there are some again there are as many workers as before', async () => {
      const { program, url } = await started('fork', 2);
      const load = new Load(url, { path: '/pid' });
      await until('both answer', () => load.seen.size === 2);
      const usual = softLimit(program.pid, resource);
      limit(program.pid, resource, lowest(program.pid));
      const [first, second] = childrenOf(program.pid) as [number, number];
      process.kill(first, 'SIGKILL');
      await program.line(
        new RegExp(`ended before it was ready \\(.*(?:${code.source}).*replaced in \\d+ ms`),
        10_000,
      );
      const before = cpuTime(program.pid);
      const { ok } = load;
      await until('the other one answers', () => load.ok > ok + 20);
      expect(childrenOf(program.pid)).toEqual([second]);
      await holds('it does not spin', () => program.child.exitCode === null, 500);
      expect(cpuTime(program.pid) - before).toBeLessThan(500);
      expect(program.log.length).toBeLessThan(30);
      limit(program.pid, resource, usual);
      await until('two again', () => childrenOf(program.pid).length === 2, 20_000);
      await until('it answers', () => load.seen.size === 3);
      await load.stop();
      expect(load.refused).toEqual([]);
      expect(load.failures.length).toBeLessThanOrEqual(4); // what was in the one that was killed
    });
  },
);

describe.each(['fork', 'thread'])('%s: an application that dies as soon as it serves', (model) => {
  it('is started more and more slowly', async () => {
    const folder = scratch();
    chmodSync(folder, 0o755);
    const imports = join(folder, 'imports');
    appendFileSync(imports, '');
    const words = ['--listen', 'scgi://127.0.0.1:0', '--concurrency', model, '--workers', '2'];
    const application = fixturePath('apps/conformance/dies.js');
    const program = runProgram([SLUICE, 'serve', application, ...words], {
      env: { ...process.env, SLUICE_TEST_IMPORTS: imports },
    });
    const starts = () => readFileSync(imports, 'utf8').trim().split('\n').length;
    await until('some starts', () => starts() >= 4, 15_000);
    await holds('no more than 20 starts', () => starts() <= 20, 6000);
    await until(
      'it waits for a second and more',
      () => /replaced in \d{4,} ms/.test(program.stderr),
      20_000,
    );
    program.signal('SIGTERM');
    expect((await program.ended()).signal).toBeNull();
  });
});
