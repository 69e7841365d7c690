// How a server begins: applications that cannot be loaded, and scripts that run again in each worker.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { catches, childrenOf, isAlive } from './support/processes.ts';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app, startFailure } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const listen = ['scgi://127.0.0.1:0'];
const SCRIPTS = fileURLToPath(new URL('../fixtures/apps/conformance/scripts/', import.meta.url));
const MOST_STARTS = 20;

function counted() {
  const imports = join(scratch(), 'imports');
  return {
    env: { ...process.env, SLUICE_TEST_IMPORTS: imports },
    starts: () => readFileSync(imports, 'utf8').trim().split('\n').length,
  };
}

describe.each(['fork', 'thread'] as const)(
  '%s: an application that throws at import',
  (concurrency) => {
    it('is tried again more and more slowly, then the start rejects with the reason', async () => {
      const { env, starts } = counted();
      const options = { listen, concurrency, workers: 2 };
      const began = performance.now();
      const failure = await startFailure(app('throws-at-import.js'), options, env);
      expect(failure.code).toBe('ERR_WORKERS_FAILED');
      expect(starts()).toBeGreaterThan(2);
      expect(starts()).toBeLessThanOrEqual(MOST_STARTS);
      expect(performance.now() - began).toBeGreaterThan(500); // not as fast as it can
    });

    it('the command exits with 3, and has told the reason', async () => {
      const { env, starts } = counted();
      const words = [
        '--listen',
        'scgi://127.0.0.1:0',
        '--concurrency',
        concurrency,
        '--workers',
        '2',
      ];
      const program = sluice(['serve', app('throws-at-import.js'), ...words], { env });
      expect(await program.ended(15_000)).toEqual({ code: 3, signal: null });
      expect(program.stderr).toContain('the reason of it all');
      expect(program.stderr).toContain('throws-at-import.js');
      expect(starts()).toBeLessThanOrEqual(MOST_STARTS);
      expect(program.stdout).toBe('');
    });

    it('TERM ends the trying', async () => {
      const { env } = counted();
      const path = join(scratch(), 's');
      const words = ['--listen', `scgi+unix:${path}`, '--concurrency', concurrency];
      const program = sluice(['serve', app('throws-at-import.js'), ...words], { env });
      await program.line(/ended before it was ready/);
      const workers = childrenOf(program.pid);
      program.signal('SIGTERM');
      expect((await within('the end', program.exit, 3000)).signal).toBeNull();
      await until('no worker is left', () => workers.filter(isAlive).length === 0);
      expect(existsSync(path)).toBe(false);
    });
  },
);

it('single: an application that throws at import is no server, and the reason is told', async () => {
  const { env, starts } = counted();
  const failure = await startFailure(app('throws-at-import.js'), { listen }, env);
  expect(failure.code).toBe('ERR_APPLICATION_LOAD');
  expect(failure.message).toContain('the reason of it all');
  expect(starts()).toBe(1);
});

describe.each(MODELS)('%s: a script that serves a function', (model) => {
  const started = async (
    words: string[],
    cwd?: string,
  ): Promise<{ program: Program; urls: string[] }> => {
    const program = runProgram([join(SCRIPTS, 'function.js'), model, ...words], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(cwd && { cwd }),
    });
    const told = new Promise<{ addresses: string[] }>((resolve, reject) => {
      program.child.once('message', resolve as (message: unknown) => void);
      void program.closed.then(() => reject(new Error(program.stderr)));
    });
    return { program, urls: (await within('a server', told, 10_000)).addresses };
  };

  it('runs again in each worker, with the same arguments', async () => {
    const { program, urls } = await started(listen);
    const [url] = urls as [string];
    const seen = new Set<string>();
    await until('every worker answers', async () => {
      seen.add(await get(url, '/'));
      return seen.size >= (model === 'single' ? 1 : 2);
    });
    for (const text of seen) {
      expect(text).toMatch(new RegExp(`^function \\d+:\\d+ ${model} scgi://127.0.0.1:0$`));
    }
    expect(childrenOf(program.pid)).toHaveLength({ single: 0, fork: 2, thread: 1 }[model]);
    program.signal('SIGTERM');
    expect(await within('the end', program.exit)).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('and so does one with a second server, whose application has a name', async () => {
    const { program, urls } = await started([listen[0] as string, 'http://127.0.0.1:0']);
    const [named, own] = urls as [string, string];
    expect(await get(own, '/')).toMatch(/^function /);
    expect(await get(named, '/')).toMatch(/^\d+:\d+$/);
    expect(childrenOf(program.pid)).toHaveLength({ single: 0, fork: 4, thread: 2 }[model]);
    for (const child of childrenOf(program.pid)) expect(childrenOf(child)).toEqual([]);
    program.signal('SIGTERM');
    expect(await within('the end', program.exit)).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('a worker that is lost is replaced there too', async () => {
    const { program, urls } = await started(listen);
    const [first] = childrenOf(program.pid);
    if (first === undefined) return; // single has none
    process.kill(first, 'SIGKILL');
    await until('another', () => {
      const now = childrenOf(program.pid);
      return now.length === (model === 'fork' ? 2 : 1) && !now.includes(first);
    });
    expect(await get(urls[0] as string, '/')).toMatch(/^function /);
  });
});

describe.each(MODELS)('%s: WSGIServer', (model) => {
  it.each([
    ['SIGHUP', 42],
    ['SIGTERM', 0],
    ['SIGINT', 0],
  ] as const)('run(): a script ends at %s with %d', async (signal, status) => {
    const path = join(scratch(), 's');
    const program = runProgram([join(SCRIPTS, 'wsgi-server.js'), model, path]);
    await until('it answers', () => get(`scgi+unix:${path}`, '/').catch(() => undefined), 10_000);
    const workers = childrenOf(program.pid);
    expect(workers).toHaveLength({ single: 0, fork: 2, thread: 1 }[model]);
    await until('it says what it does at signals', () => catches(program.pid, 'SIGHUP'));
    program.signal(signal);
    expect(await within('the end', program.exit)).toEqual({ code: status, signal: null });
    expect(workers.filter(isAlive)).toEqual([]);
    expect(program.stderr).toBe('');
  });
});
