// Workers that have had their day leave, and others take their place: by requests, age and memory.
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { KeptLoad } from './support/kept.ts';
import { countOnOne, KEPT } from './support/kept-count.ts';
import { get, Load } from './support/load.ts';
import { holds, until } from './support/until.ts';
import { Held, request, watched } from './support/watched.ts';

const MODELS = ['fork', 'thread'] as const;
const LIMITS = ['--max-requests', '100', '--max-requests-jitter', '10'];
const REQUESTS = process.env.SLUICE_FULL ? 20_000 : 2000;
const CLIENTS = 50;

/** How many requests the workers had that have left, as the log tells. */
function lives(log: readonly string[]): number[] {
  return log.flatMap((line) => {
    const had = /leaves: it has had (\d+) requests$/.exec(line)?.[1];
    return had === undefined ? [] : [Number(had)];
  });
}

const isInBounds = (count: number) => count >= 100 && count <= 110;

describe.each(MODELS)('%s: --max-requests 100 --max-requests-jitter 10', (model) => {
  it.each(KEPT)('on one %s connection', async (protocol) => {
    const { program, url } = await watched(model, ['--workers', '1', ...LIMITS], { protocol });
    const first = await countOnOne(url, 120);
    expect(isInBounds(first.count), `${first.count} requests`).toBe(true);
    expect(first.bodies.size).toBe(1);
    const second = await countOnOne(url, 120);
    expect(isInBounds(second.count), `${second.count} requests`).toBe(true);
    expect(new Set([...first.bodies, ...second.bodies]).size).toBe(2);
    await until('both are told', () => lives(program.log).length === 2);
    expect(lives(program.log)).toEqual([first.count, second.count]);
    expect(program.stderr).not.toMatch(/error|warn/);
  });

  it.each(['scgi', 'http'] as const)(
    `${REQUESTS} requests by %s from ${CLIENTS} clients: none fails, and each worker leaves in time`,
    async (protocol) => {
      const { program, url, status } = await watched(model, ['--workers', '4', ...LIMITS], {
        protocol,
      });
      const load = new Load(url, { clients: CLIENTS });
      await until(`${REQUESTS} requests`, () => load.ok >= REQUESTS, 240_000);
      await load.stop();
      expect(load.failures).toEqual([]);
      await until('4 workers again', async () => {
        const { workers } = await status();
        return workers.filter(({ state }) => state === 'idle').length === 4;
      });
      const had = lives(program.log);
      expect(had.length).toBeGreaterThanOrEqual(Math.floor(REQUESTS / (110 + CLIENTS)) - 4);
      expect(had.filter((count) => !isInBounds(count))).toEqual([]);
      expect(new Set(had).size).toBeGreaterThan(1); // by chance
      expect(program.stderr).not.toMatch(/error|warn/);
    },
    300_000,
  );

  it.each(['fastcgi', 'ajp'] as const)(
    `${REQUESTS} requests on kept connections by %s: none is lost`,
    async (protocol) => {
      const { program, url } = await watched(model, ['--workers', '4', ...LIMITS], { protocol });
      const load = new KeptLoad(url, '/', 16);
      await until(`${REQUESTS} requests`, () => load.ok >= REQUESTS, 240_000);
      await load.stop();
      expect(load.lost).toEqual([]);
      expect(lives(program.log).filter((count) => !isInBounds(count))).toEqual([]);
      expect(load.seen.size).toBeGreaterThan(REQUESTS / 130);
    },
    300_000,
  );
});

describe.each(MODELS)('%s', (model) => {
  it('a worker that leaves finishes its requests, even when the server is stopped meanwhile', async () => {
    const words = ['--workers', '1', '--max-requests', '5'];
    const { program, url } = await watched(model, words);
    const held = await Held.at(url, 4);
    await get(url, '/');
    await program.line(/leaves: it has had 5 requests/);
    await until('another worker', () => get(url, '/').catch(() => undefined));
    program.signal('SIGTERM');
    await until('nobody serves', () =>
      get(url, '/', {}, 300).then(
        () => false,
        () => true,
      ),
    );
    for (const { text } of await held.release()) expect(text).toMatch(/^waited /);
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });

  it('--max-age: workers are replaced for ever, and no request fails', async () => {
    const { program, url } = await watched(model, ['--workers', '2', '--max-age', '1']);
    const load = new Load(url);
    await until('six workers', () => load.seen.size >= 6, 15_000);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(
      program.log.filter((line) => /leaves: it is 1 s old$/.test(line)).length,
    ).toBeGreaterThan(3);
    expect(program.stderr).not.toMatch(/error|warn/);
  });

  it('--max-memory: a worker that leaks is replaced, and one below the limit stays', async () => {
    const limit = model === 'fork' ? 250 : 120;
    const words = ['--workers', '1', '--max-memory', String(limit)];
    const { program, url } = await watched(model, words);
    const backEnd = await backEndFor(url);
    const leak = async () => Number((await request(backEnd, '/leak')).text);
    for (let times = 1; times <= 2; times++) expect(await leak()).toBe(times);
    await holds('it stays', () => !program.stderr.includes('leaves'), 1500);
    const before = await get(url, '/');
    for (let times = 3; times <= 8; times++) await leak();
    await until('another one', async () => (await get(url, '/')) !== before, 15_000);
    const line = await program.line(/leaves: it takes \d+ MB of memory$/);
    expect(Number(/(\d+) MB/.exec(line)?.[1])).toBeGreaterThan(limit);
    expect(program.stderr).not.toMatch(/error|warn/);
  });
});
