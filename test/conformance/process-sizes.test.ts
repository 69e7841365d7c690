// How many workers there are: adaptive pools, processes with threads, and signals that change the number.
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { environOf } from './support/calls.ts';
import { sluice } from './support/command.ts';
import { Load } from './support/load.ts';
import { childrenOf } from './support/processes.ts';
import { app } from './support/start-server.ts';
import { holds, until } from './support/until.ts';
import { Held, watched } from './support/watched.ts';

const ADAPTIVE = ['--min-spare', '2', '--max-spare', '5', '--max-children', '10'];

describe.each(['fork', 'thread'] as const)('%s: an adaptive pool', (model) => {
  it('has 5 workers without work, 10 for 10 requests, and 5 again when they are over', async () => {
    const { program, url, status } = await watched(model, ADAPTIVE);
    expect(program.stderr).toContain(`${model} with 5 to 10 workers`);
    const count = async () => (await status()).workers.length;
    expect(await count()).toBe(5);
    const held = await Held.at(url, 10);
    await until('10 workers', async () => (await count()) === 10, 5000);
    let most = 0;
    await holds(
      'no more than 10',
      () => {
        most = Math.max(most, model === 'fork' ? childrenOf(program.pid).length : 0);
        return most <= 10;
      },
      1500,
    );
    expect((await status()).size).toBe(10);
    for (const { text } of await held.release()) expect(text).toMatch(/^waited /);
    await until('5 workers', async () => (await count()) === 5, 10_000);
    expect(program.stderr).not.toMatch(/error|warn/);
  });

  it('grows by what is asked for, and not to its end', async () => {
    const { url, status } = await watched(model, ADAPTIVE);
    const held = await Held.at(url, 5);
    const counted = async () => (await status()).workers.length;
    await until('7 workers: 5 at work, 2 without', async () => (await counted()) === 7, 10_000);
    await held.release();
  });

  it('loses no request while it shrinks and grows', async () => {
    const { url, status } = await watched(model, [
      ...['--min-spare', '1', '--max-spare', '1', '--max-children', '4'],
    ]);
    const load = new Load(url);
    const held = await Held.at(url, 3);
    await until('4 workers', async () => (await status()).workers.length === 4, 10_000);
    await held.release();
    await load.stop();
    const calm = new Load(url, { clients: 1 });
    await until('fewer', async () => (await status()).workers.length < 4, 10_000);
    await calm.stop();
    expect([...load.failures, ...calm.failures]).toEqual([]);
  });

  it('TTIN and TTOU are for pools of a fixed size', async () => {
    const { program, status } = await watched(model, ADAPTIVE);
    program.signal('SIGTTIN');
    await program.line(/^warn: the number of workers follows their requests/);
    expect((await status()).size).toBe(5);
  });
});

describe('bounds that are wrong end the start', () => {
  it.each([
    [['--min-spare=-1'], /minSpare .*"-1".*whole number/],
    [['--max-spare', 'x'], /maxSpare .*"x".*from 1 up/],
    [['--min-spare', '6', '--max-spare', '5'], /minSpare \(6\) is above maxSpare \(5\)/],
    [['--max-spare', '11', '--max-children', '9'], /maxSpare \(11\) is above maxChildren \(9\)/],
    [['--min-spare', '3', '--max-children', '2'], /minSpare \(3\) is above maxSpare \(2\)/],
    [['--request-timeout=-1'], /requestTimeout .*"-1".*whole number/],
    [['--processes', '2'], /processes needs concurrency thread/],
    [['--concurrency', 'single', '--max-spare', '3'], /maxSpare needs concurrency fork or thread/],
    [['--concurrency', 'single', '--max-requests', '3'], /maxRequests needs concurrency/],
  ])('%j', async (words, why) => {
    const base = ['serve', app('worker.js'), '--listen', 'scgi://127.0.0.1:0'];
    const model = words.includes('--concurrency') ? [] : ['--concurrency', 'fork'];
    const program = sluice([...base, ...model, ...words]);
    expect(await program.ended(15_000)).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(why);
  });
});

it('processes with threads: as many of each as was said, and the application is told', async () => {
  const words = ['--processes', '2', '--workers', '3'];
  const { program, url, status } = await watched('thread', words);
  expect(program.stderr).toContain('thread with 2 processes of 3 workers');
  expect(childrenOf(program.pid)).toHaveLength(2);
  expect(await status()).toMatchObject({ size: 6 });
  const load = new Load(url);
  await until('all of them answer', () => load.seen.size === 6, 10_000);
  await load.stop();
  expect(new Set([...load.seen].map((text) => text.split(':')[0])).size).toBe(2);
});

it.each([
  ['single', [], false, false],
  ['fork', [], false, true],
  ['thread', [], true, false],
  ['thread', ['--processes', '2'], true, true],
] as const)(
  '%s %j: wsgi.multithread, wsgi.multiprocess',
  async (model, words, threads, processes) => {
    const { url } = await watched(model, words, { application: app('every.js') });
    const environ = await environOf(await backEndFor(url));
    expect([environ.get('wsgi.multithread'), environ.get('wsgi.multiprocess')]).toEqual([
      threads,
      processes,
    ]);
  },
);

describe.each(['fork', 'thread'] as const)('%s: TTIN and TTOU', (model) => {
  it('add and take a worker, down to one, and no request fails', async () => {
    const { program, url, status } = await watched(model, ['--workers', '2']);
    const load = new Load(url);
    const held = await Held.at(url, 6);
    const has = async (count: number) => {
      await until(
        `${count} workers`,
        async () => (await status()).workers.length === count,
        10_000,
      );
      expect((await status()).size).toBe(count);
    };
    program.signal('SIGTTIN');
    await until('3 to be', async () => (await status()).size === 3);
    program.signal('SIGTTIN');
    await has(4);
    for (const size of [3, 2, 1, 1]) {
      program.signal('SIGTTOU');
      await until(`${size} to be`, async () => (await status()).size === size);
    }
    for (const { text } of await held.release()) expect(text).toMatch(/^waited /);
    await has(1);
    program.signal('SIGTTIN');
    await has(2);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('a new number outlives a reload', async () => {
    const { program, status } = await watched(model, ['--workers', '1']);
    program.signal('SIGTTIN');
    const before = await until('2 workers', async () => {
      const { workers } = await status();
      return workers.length === 2 && workers.every(({ pid }) => pid > 0) && workers;
    });
    program.signal('SIGHUP');
    const old = new Set(before.map(({ pid }) => pid));
    await until(
      'two others',
      async () => {
        const { workers, size } = await status();
        return size === 2 && workers.length === 2 && !workers.some(({ pid }) => old.has(pid));
      },
      15_000,
    );
  });
});

it('single: TTIN and TTOU are told that there are no workers', async () => {
  const { program, url, status } = await watched('single', []);
  for (const signal of ['SIGTTIN', 'SIGTTOU'] as const) program.signal(signal);
  await until('two warnings', () => program.log.filter((line) => /^warn: single/.test(line))[1]);
  expect((await status()).size).toBe(1);
  const load = new Load(url);
  await until('it answers', () => load.ok > 3);
  await load.stop();
});
