// New workers for old ones, one after the other, in storms, and with code that is broken.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { get, Load } from './support/load.ts';
import { childrenOf, descendantsOf, isAlive } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { settled, until, within } from './support/until.ts';
import { Held, type Watched, watched } from './support/watched.ts';

const MODELS = [
  ['fork', ['--workers', '4'], 4],
  ['thread', ['--processes', '3', '--workers', '1'], 3],
] as const;

async function started(model: string, words: readonly string[]) {
  const version = join(scratch(), 'version');
  const release = (text: string) => {
    writeFileSync(`${version}.new`, text); // a worker must never read half of it
    renameSync(`${version}.new`, version);
  };
  release('1');
  const env = { ...process.env, SLUICE_TEST_VERSION: version };
  return { release, ...(await watched(model, words, { env })) };
}

/** Waits until no process of before serves any more; gives how few workers were ready at a time, at worst. */
async function replaced({ program, status }: Watched, before: readonly number[]): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  await until(
    'all workers are new ones',
    async () => {
      const { workers } = await status();
      const ready = workers.filter(({ state }) => ['idle', 'busy', 'silent'].includes(state));
      fewest = Math.min(fewest, ready.length);
      return !childrenOf(program.pid).some((pid) => before.includes(pid));
    },
    25_000,
  );
  return fewest;
}

describe.each(MODELS)('%s %j', (model, words, size) => {
  it('USR1: one after the other; all but one are ready at each instant, and no request fails', async () => {
    const server = await started(model, words);
    const { program, url, release } = server;
    const load = new Load(url, { path: '/version' });
    await until('it is under load', () => load.ok > 50);
    const before = childrenOf(program.pid);
    let most = 0;
    release('2');
    program.signal('SIGUSR1');
    const looking = setInterval(() => {
      most = Math.max(most, childrenOf(program.pid).length);
    }, 5);
    expect(await replaced(server, before)).toBeGreaterThanOrEqual(size - 1);
    clearInterval(looking);
    expect(most).toBeLessThanOrEqual(size + 2); // the next one, and the one that leaves
    await load.stop();
    expect(load.failures).toEqual([]);
    expect([...load.seen]).toEqual(['1', '2']);
    for (let times = 0; times < 20; times++) expect(await get(url, '/version')).toBe('2');
    expect((await server.status()).workers).toHaveLength(size);
  });

  it('USR1 with code that is broken: all old workers stay, the log says why, and HUP with mended code helps', async () => {
    const server = await started(model, words);
    const { program, url, release } = server;
    const load = new Load(url, { path: '/version' });
    const before = childrenOf(program.pid);
    release('broken');
    program.signal('SIGUSR1');
    await program.line(/this version is broken/, 10_000);
    await program.line(/ended before it was ready .*replaced in \d+ ms/, 15_000);
    expect(childrenOf(program.pid)).toEqual(expect.arrayContaining(before));
    release('3');
    program.signal('SIGHUP');
    expect(await replaced(server, before)).toBeGreaterThanOrEqual(size - 1);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect([...load.seen].sort()).toEqual(['1', '3']);
    expect(await get(url, '/version')).toBe('3');
  });

  it('a worker that is lost during USR1 is replaced, and the others have their turn', async () => {
    const server = await started(model, words);
    const { program, url, release } = server;
    const before = childrenOf(program.pid);
    release('2');
    program.signal('SIGUSR1');
    process.kill(before.at(-1) as number, 'SIGKILL');
    await replaced(server, before);
    for (let times = 0; times < 20; times++) expect(await get(url, '/version')).toBe('2');
  });

  it('TERM during USR1 ends it, with what is in progress finished', async () => {
    const { program, url } = await started(model, words);
    const held = await Held.at(url, 8);
    program.signal('SIGUSR1');
    await until('a new worker starts', () => childrenOf(program.pid).length > size);
    const all = descendantsOf(program.pid);
    program.signal('SIGTERM');
    for (const { text } of await held.release()) expect(text).toMatch(/^waited /);
    expect(await within('the end', program.exit, 15_000)).toEqual({ code: 0, signal: null });
    expect(all.filter(isAlive)).toEqual([]);
  });

  it('200 HUPs in 0.4 s: a few reloads, no request fails, and as many workers as before', async () => {
    const { program, url, status } = await started(model, words);
    const load = new Load(url, { path: '/pid' });
    await until('it is under load', () => load.ok > 50);
    const before = childrenOf(program.pid);
    let most = 0;
    let times = 0;
    const storm = setInterval(() => {
      if (times++ < 200) program.signal(times % 10 === 0 ? 'SIGUSR1' : 'SIGHUP');
      most = Math.max(most, childrenOf(program.pid).length);
    }, 2);
    await until('the end of the storm', () => times > 200);
    const sum = () => childrenOf(program.pid).reduce((one, other) => one + other, 0);
    await settled('the same processes', sum, 2000, 25_000);
    clearInterval(storm);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(most).toBeLessThanOrEqual(3 * size);
    expect((await status()).workers).toHaveLength(size);
    expect(childrenOf(program.pid).filter((pid) => before.includes(pid))).toEqual([]);
  });
});

it.each(['single', 'fork', 'thread'])(
  '--on-hup exit42, %s: what is in progress is finished, and the status is 42',
  async (model) => {
    const { program, url } = await watched(model, ['--on-hup', 'exit42', '--workers', '2']);
    const held = await Held.at(url, 5);
    const all = descendantsOf(program.pid);
    program.signal('SIGHUP');
    await until('nobody serves', () =>
      get(url, '/', {}, 300).then(
        () => false,
        () => true,
      ),
    );
    for (const { text } of await held.release()) expect(text).toMatch(/^waited /);
    expect(await program.ended()).toEqual({ code: 42, signal: null });
    expect(all.filter(isAlive)).toEqual([]);
  },
);
