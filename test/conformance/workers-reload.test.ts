// New workers for old ones: at HUP, under load, with no request lost.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { get, Load } from './support/load.ts';
import { childrenOf, descendantsOf } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app, serverForTest } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const WORKERS = 2;

async function started(model: string, listen = 'scgi://127.0.0.1:0') {
  const version = join(scratch(), 'version');
  writeFileSync(version, '1');
  const words = ['--listen', listen, '--concurrency', model, '--workers', String(WORKERS)];
  const env = { ...process.env, SLUICE_TEST_VERSION: version };
  const server = await sluiceServe(app('worker.js'), words, { env });
  return {
    ...server,
    release: (text: string) => {
      writeFileSync(`${version}.new`, text); // a worker must never read half of it
      renameSync(`${version}.new`, version);
    },
  };
}

describe.each([
  ['fork', 'scgi://127.0.0.1:0'],
  ['fork', 'http://127.0.0.1:0'],
  ['thread', 'scgi://127.0.0.1:0'],
  ['thread', 'http://127.0.0.1:0'],
] as const)('%s, %s', (model, listen) => {
  it('HUP: all workers are new ones, and no request fails', async () => {
    const { program, url } = await started(model, listen);
    const load = new Load(url, { path: '/pid' });
    await until('it is under load', () => load.ok > 50);
    for (let times = 0; times < 3; times++) {
      const before = childrenOf(program.pid);
      program.signal('SIGHUP');
      await until(
        'all workers are new ones',
        () => {
          const now = childrenOf(program.pid);
          return now.length === before.length && !now.some((pid) => before.includes(pid));
        },
        10_000,
      );
      const { ok } = load;
      await until('they answer', () => load.ok > ok + 50);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.seen.size).toBeGreaterThan(3);
  });
});

describe.each(['fork', 'thread'] as const)('%s', (model) => {
  it('over a Unix socket too', async () => {
    const { program, url } = await started(model, `scgi+unix:${join(scratch(), 's')}`);
    const load = new Load(url, { path: '/version' });
    const before = childrenOf(program.pid);
    program.signal('SIGHUP');
    await until('all workers are new ones', () => {
      const now = childrenOf(program.pid);
      return now.length === before.length && !now.some((pid) => before.includes(pid));
    });
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('20 requests in progress at HUP are all answered', async () => {
    const { program, url } = await started(model);
    const journal = new Journal();
    const answers = Array.from({ length: 20 }, () =>
      get(url, '/wait', journal.variables).catch(String),
    );
    await until('20 requests in progress', () => journal.count('begun') === 20);
    const before = await get(url, '/pid');
    program.signal('SIGHUP');
    await until('new workers answer', async () => (await get(url, '/pid')) !== before);
    journal.open('go');
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^waited /);
  });

  it('new code is in all workers when it is over', async () => {
    const { program, url, release } = await started(model);
    const load = new Load(url, { path: '/version' });
    await until('the old one', () => load.seen.has('1'));
    release('2');
    const before = childrenOf(program.pid);
    program.signal('SIGHUP');
    await until('all workers are new ones', () => {
      const now = childrenOf(program.pid);
      return now.length === before.length && !now.some((pid) => before.includes(pid));
    });
    await load.stop();
    expect(load.failures).toEqual([]);
    expect([...load.seen]).toEqual(['1', '2']);
    for (let times = 0; times < 20; times++) expect(await get(url, '/version')).toBe('2');
  });

  it('a new version that fails keeps the old one, until one is good', async () => {
    const { program, url, release } = await started(model);
    const load = new Load(url, { path: '/version' });
    const before = childrenOf(program.pid);
    release('broken');
    program.signal('SIGHUP');
    await program.line(/this version is broken/, 10_000);
    expect(childrenOf(program.pid)).toEqual(expect.arrayContaining(before));
    expect(await get(url, '/version')).toBe('1');
    release('3');
    program.signal('SIGHUP');
    await until(
      'all workers are new ones',
      () => {
        const now = childrenOf(program.pid);
        return now.length === before.length && !now.some((pid) => before.includes(pid));
      },
      15_000,
    );
    expect(await get(url, '/version')).toBe('3');
    await load.stop();
    expect(load.failures).toEqual([]);
    expect([...load.seen].sort()).toEqual(['1', '3']);
  });

  it('40 HUPs at once collapse into a few reloads, and no request fails', async () => {
    const { program, url } = await started(model);
    const load = new Load(url, { path: '/pid' });
    await until('it is under load', () => load.ok > 50);
    const usual = descendantsOf(program.pid).length;
    let most = 0;
    for (let times = 0; times < 40; times++) {
      program.signal('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 10));
      most = Math.max(most, descendantsOf(program.pid).length);
    }
    await until(
      'as many as before, and not the same',
      async () => {
        most = Math.max(most, descendantsOf(program.pid).length);
        return descendantsOf(program.pid).length === usual;
      },
      20_000,
    );
    expect(most).toBeLessThanOrEqual(3 * usual);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('TERM during a reload ends it', async () => {
    const { program, url } = await started(model);
    await get(url, '/');
    program.signal('SIGHUP');
    await until(
      'new workers start',
      () => childrenOf(program.pid).length > (model === 'fork' ? 2 : 1),
    );
    const all = descendantsOf(program.pid);
    program.signal('SIGTERM');
    expect(await within('the end', program.exit)).toEqual({ code: 0, signal: null });
    expect(all.filter((pid) => descendantsOf(pid).length > 0)).toEqual([]);
  });

  it('reload() of the library does the same', async () => {
    const server = await serverForTest(app('worker.js'), {
      listen: ['scgi://127.0.0.1:0'],
      concurrency: model,
      workers: WORKERS,
    });
    const before = await get(server.url, '/pid');
    const load = new Load(server.url, { path: '/pid' });
    server.reload();
    await until('others answer', () => [...load.seen].some((pid) => pid !== before));
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

it('single: HUP changes nothing', async () => {
  const { program, url } = await started('single');
  program.signal('SIGHUP');
  expect(await get(url, '/pid')).toBe(String(program.pid));
});
