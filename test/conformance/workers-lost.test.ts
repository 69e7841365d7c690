// Workers that are lost: replaced at once, others answer meanwhile, and the address never refuses.
import { join } from 'node:path';
import type { Concurrency } from 'sluice';
import { describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { get, Load } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { childrenOf, cpuTime, descendantsOf, isAlive } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { holds, until, within } from './support/until.ts';

const ADDRESSES = ['scgi tcp', 'http unix'];

const OLD = 1500; // milliseconds; a worker that ends younger has failed to start

function address(kind: string): string {
  const [protocol, place] = kind.split(' ');
  return place === 'tcp' ? `${protocol}://127.0.0.1:0` : `${protocol}+unix:${join(scratch(), 's')}`;
}

async function started(model: Concurrency, kind: string, workers = 3) {
  return await sluiceServe(app('worker.js'), [
    ...['--listen', address(kind), '--concurrency', model, '--workers', `${workers}`],
  ]);
}

describe.each(ADDRESSES)('fork, %s', (kind) => {
  it('a worker killed with -9 is replaced within a second', async () => {
    const { program, url } = await started('fork', kind);
    const load = new Load(url);
    await until('every worker answers', () => load.seen.size >= 3);
    await until('all are old enough', async () => Number(await get(url, '/age')) > OLD);
    for (let times = 0; times < 3; times++) {
      const before = childrenOf(program.pid);
      expect(before).toHaveLength(3);
      const ok = load.ok;
      process.kill(before[0] as number, 'SIGKILL'); // the oldest: an early end would count as a failed start
      const fresh = await until(
        'a new worker',
        () => childrenOf(program.pid).find((pid) => !before.includes(pid)),
        1000,
      );
      await until('it answers', () => [...load.seen].some((text) => text.startsWith(`${fresh}:`)));
      expect(load.ok).toBeGreaterThan(ok);
    }
    await load.stop();
    expect(load.refused).toEqual([]);
    expect(load.failures.length).toBeLessThanOrEqual(3 * 4); // what was in the workers that were killed
    expect(program.log.filter((line) => /SIGKILL.*replaced/.test(line))).toHaveLength(3);
  });
});

describe.each(ADDRESSES)('thread, %s', (kind) => {
  it('process.exit() in a thread ends that thread alone, and another takes its place', async () => {
    const { program, url } = await started('thread', kind);
    const load = new Load(url);
    await until('every thread answers', () => load.seen.size >= 3);
    const [host] = childrenOf(program.pid);
    for (let times = 0; times < 3; times++) {
      const known = load.seen.size;
      // The client of a request that ends its thread gets no answer, but gets that at once.
      let exited = false;
      await until('a thread old enough', async () => {
        await get(url, '/exit-if-old').catch(() => {
          exited = true;
        });
        return exited;
      });
      await until('a new thread answers', () => load.seen.size > known, 1000);
    }
    await load.stop();
    expect(load.refused).toEqual([]);
    expect(childrenOf(program.pid)).toEqual([host]);
    expect(isAlive(host as number)).toBe(true);
  });

  it('a host that has lost more threads than it has spares is replaced', async () => {
    const { program, url } = await started('thread', kind, 8);
    const load = new Load(url);
    const [host] = childrenOf(program.pid);
    let lost = 0;
    await until(
      'another host',
      async () => {
        await get(url, '/exit-if-old').catch(() => lost++);
        const hosts = childrenOf(program.pid);
        return hosts.length === 1 && hosts[0] !== host;
      },
      20_000,
    );
    expect(lost).toBeGreaterThan(16);
    const before = load.ok;
    await until('it answers', () => load.ok > before + 20);
    await load.stop();
    expect(load.refused).toEqual([]);
  });

  it('a thread host killed with -9 is replaced within two seconds', async () => {
    const { program, url } = await started('thread', kind);
    const load = new Load(url);
    await until('it answers', () => load.ok > 20);
    const [host] = childrenOf(program.pid);
    process.kill(host as number, 'SIGKILL');
    const answered = () => [...load.seen].some((text) => !text.startsWith(`${host}:`));
    await until('another host answers', answered, 2000);
    await load.stop();
    expect(load.refused).toEqual([]);
  });
});

describe.each(['fork', 'thread'] as const)('%s: errors outside of requests', (model) => {
  it('a rejected promise is logged, and the worker stays', async () => {
    const { program, url } = await started(model, 'scgi tcp', 1);
    const before = await get(url, '/');
    await get(url, '/reject');
    await program.line(/unhandled rejection: .*rejected outside of any request/);
    expect(await get(url, '/')).toBe(before);
  });

  it('an exception is logged, the worker finishes its requests and is replaced', async () => {
    const { program, url } = await started(model, 'scgi tcp', 2);
    await until('all are old enough', async () => {
      return Number(await get(url, '/age')) > OLD;
    });
    const load = new Load(url);
    await until('both answer', () => load.seen.size >= 2);
    await get(url, '/throw');
    await program.line(/uncaught exception, .*thrown outside of any request/);
    await until('a new worker answers', () => load.seen.size >= 3);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

it('single: an exception outside of requests is logged, what is in progress is finished, and the status tells', async () => {
  const { program, url } = await started('single', 'scgi tcp', 1);
  const journal = new Journal();
  const answer = get(url, '/wait', journal.variables);
  await journal.note('begun');
  expect(await get(url, '/throw')).toBe('thrown');
  await program.line(/uncaught exception, .*thrown outside of any request/);
  journal.open('go');
  expect(await answer).toMatch(/^waited /);
  expect(await within('the end', program.exit)).toEqual({ code: 1, signal: null });
});

it('a worker that dies leaves no zombie', async () => {
  const { program } = await started('fork', 'scgi tcp');
  const before = childrenOf(program.pid);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await until('three new ones', () => {
    const now = childrenOf(program.pid);
    return now.length === 3 && now.every((pid) => !before.includes(pid));
  });
  expect(descendantsOf(program.pid)).toHaveLength(3);
});

it.each(MODELS)('a log that nobody reads any more costs nothing but the log: %s', async (model) => {
  const { program, url } = await started(model, 'scgi tcp', 2);
  program.child.stderr?.destroy();
  const all = [program.pid, ...descendantsOf(program.pid)];
  for (let times = 0; times < 10; times++) {
    await get(url, '/reject').catch(() => {});
    await exchange(url, '070:').catch(() => {}); // a line of the front-end's
  }
  const before = all.filter(isAlive).map((pid) => [pid, cpuTime(pid)] as const);
  await holds('it stays', () => isAlive(program.pid), 500);
  const spinning = before.filter(([pid, time]) => isAlive(pid) && cpuTime(pid) - time > 300);
  expect(spinning).toEqual([]);
  expect(await get(url, '/')).toMatch(/^\d+:\d+$/);
});
