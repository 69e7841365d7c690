// Log files that are moved away, as logrotate does it, and log files that cannot be written.
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { get, Load } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { childrenOf, cpuTime, descendantsOf } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { holds, until } from './support/until.ts';
import { watched } from './support/watched.ts';

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

async function logging(model: string) {
  const folder = scratch();
  const [access, error] = [join(folder, 'access.log'), join(folder, 'error.log')];
  const files = ['--access-log', access, '--access-log-format', '%P %U', '--error-log', error];
  const workers = model === 'single' ? [] : ['--workers', '3'];
  const server = await watched(model, [...files, ...workers]);
  const rotate = (to: string) => {
    for (const path of [access, error]) renameSync(path, `${path}.${to}`);
    server.program.signal('SIGUSR2');
  };
  return { ...server, access, error, rotate };
}

describe.each(MODELS)('%s: USR2', (model) => {
  it('all processes go on in new files, and no line is lost', async () => {
    const { program, url, access, error, rotate } = await logging(model);
    const load = new Load(url, { path: '/pid' });
    const size = model === 'fork' ? 3 : 1; // processes that answer
    await until('every process has logged', () => new Set(linesOf(access)).size === size);
    rotate('1');
    await until('new files', () => linesOf(access).length > 20, 10_000);
    await until('every process is in the new one', () => new Set(linesOf(access)).size === size);
    const old = linesOf(`${access}.1`).length;
    const { ok } = load;
    await until('more requests', () => load.ok > ok + 50);
    expect(linesOf(`${access}.1`)).toHaveLength(old);
    rotate('2');
    await until('new files', () => linesOf(access).length > 20, 10_000);
    await load.stop();
    const all = () => [`${access}.1`, `${access}.2`, access].flatMap(linesOf);
    await until('a line for each request', () => all().length === load.ok);
    expect(load.failures).toEqual([]);
    expect(all().filter((line) => !/^\d+ \/pid$/.test(line))).toEqual([]);

    // The error log, of a worker and of the supervisor.
    await get(url, '/reject');
    await until('its error', () =>
      linesOf(error).some((line) => line.includes('rejected outside')),
    );
    expect(linesOf(`${error}.1`).join()).not.toContain('rejected outside');
    if (model !== 'single') {
      process.kill(childrenOf(program.pid)[0] as number, 'SIGKILL');
      await until('the loss', () => linesOf(error).some((line) => /SIGKILL.*replaced/.test(line)));
    }
    expect(program.stderr).not.toMatch(/error|warn/);
  });

  it('a worker that starts after it writes to the new file as well', async () => {
    if (model === 'single') return;
    const { program, url, access, rotate } = await logging(model);
    await get(url, '/');
    await until('it is logged', () => linesOf(access).length === 1);
    rotate('1');
    const before = childrenOf(program.pid);
    program.signal('SIGHUP');
    await until(
      'new workers',
      () => !childrenOf(program.pid).some((pid) => before.includes(pid)),
      15_000,
    );
    await get(url, '/');
    await until('it is logged', () => linesOf(access).length === 1);
    expect(linesOf(`${access}.1`)).toHaveLength(1);
  });
});

describe.each(MODELS)('%s: a disk that is full', (model) => {
  it('costs the lines, and nothing else', async () => {
    const words = ['--access-log', '/dev/full', '--error-log', '/dev/full'];
    const workers = model === 'single' ? [] : ['--workers', '2'];
    const { program, url } = await watched(model, [...words, ...workers]);
    const load = new Load(url);
    await until('it answers', () => load.ok > 200, 15_000);
    await get(url, '/reject');
    await load.stop();
    expect(load.failures).toEqual([]);
    await program.line(/^warn: log \/dev\/full: it cannot be written: ENOSPC/);
    expect(program.log.filter((line) => line.includes('/dev/full')).length).toBeLessThan(10);
    const all = [program.pid, ...descendantsOf(program.pid)];
    const before = all.map((pid) => cpuTime(pid));
    await holds('it runs', () => program.child.exitCode === null, 500);
    expect(all.filter((pid, at) => cpuTime(pid) - (before[at] as number) > 200)).toEqual([]);
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });
});
