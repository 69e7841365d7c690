// The pool: who is started, replaced and told to leave, and when; with units that do what they are told.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeUnit, poolOf, runningPool } from './fake-pool.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const soon = () => vi.advanceTimersByTimeAsync(0);
const stoppedOf = (units: FakeUnit[]) => units.map(({ stop }) => stop.mock.calls.length).join('');
const killedOf = (units: FakeUnit[]) => units.map(({ kill }) => kill.mock.calls.length).join('');

describe('the start', () => {
  it('starts all units, and settles when all are ready', async () => {
    const { pool, units, unit } = poolOf(3);
    const settled = vi.fn();
    void pool.start().then(settled);
    expect(units).toHaveLength(3);
    unit(2).ready();
    unit(0).ready();
    unit(0).ready(); // says so twice
    await soon();
    expect(settled).not.toHaveBeenCalled();
    unit(1).ready();
    await soon();
    expect(settled).toHaveBeenCalledTimes(1);
    expect(units).toHaveLength(3);
  });

  it('gives up after five in a row that ended before any was ready, and ends the others', async () => {
    const { pool, units, unit, lines, onfailed } = poolOf(2);
    const started = pool.start();
    started.catch(() => {});
    for (const at of [0, 2, 3, 4, 5]) {
      unit(at).gone(`reason ${at}`);
      vi.advanceTimersByTime(60_000);
    }
    await expect(started).rejects.toThrow(/5 in a row.*reason 5/);
    expect([units.length, killedOf(units)]).toEqual([6, '010000']);
    expect(lines).toHaveLength(5);
    expect(lines[4]).toBe('error: unit 5 ended before it was ready (reason 5)');
    expect(onfailed).not.toHaveBeenCalled();
  });

  it('does not give up while one of them is ready', async () => {
    const { pool, units, unit } = poolOf(2);
    const settled = vi.fn();
    void pool.start().then(settled, settled);
    unit(0).ready();
    unit(1).gone();
    for (let at = 2; at < 12; at++) {
      await vi.advanceTimersByTimeAsync(30_000);
      unit(at).gone();
    }
    await vi.advanceTimersByTimeAsync(30_000);
    expect(settled).not.toHaveBeenCalled();
    units.at(-1)?.ready();
    await soon();
    expect(settled).toHaveBeenCalledWith(undefined);
  });

  it('gives up at once where it is hopeless, or nothing can be started', async () => {
    const { pool, unit } = poolOf(2);
    const started = pool.start();
    unit(0).hopeless('no such application');
    await expect(started).rejects.toThrow('no such application');
    expect(unit(1).kill).toHaveBeenCalledTimes(1);
    const none = poolOf(2);
    none.supply.left = 0;
    await expect(none.pool.start()).rejects.toThrow('cannot be started');
  });
});

describe('a unit that is lost', () => {
  it('is replaced at once, and told of once', async () => {
    const { units, unit, lines } = await runningPool(2);
    unit(1).gone('signal SIGKILL');
    unit(1).gone('as it says again');
    vi.advanceTimersByTime(0);
    expect(units).toHaveLength(3);
    expect(lines).toEqual(['error: unit 1 ended (signal SIGKILL), replaced at once']);
  });

  it('is replaced more and more slowly while units fail before they are ready', async () => {
    const { units, unit, lines } = await runningPool(2);
    unit(1).gone();
    const delays = [0, 0, 500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000];
    for (const [failures, delay] of delays.entries()) {
      vi.advanceTimersByTime(Math.max(0, delay - 1));
      expect(units).toHaveLength(delay === 0 ? units.length : failures + 2);
      vi.advanceTimersByTime(delay === 0 ? 0 : 1);
      expect(units).toHaveLength(failures + 3);
      units.at(-1)?.gone();
    }
    expect(lines[3]).toContain('replaced in 1000 ms');
  });

  it.each([
    [1001, 0], // as good as any
    [999, 500], // as bad as one that was never ready
  ])('%d ms after it was ready: the second in a row is replaced in %d ms', async (age, delay) => {
    const { units, unit, lines } = await runningPool(1);
    for (const at of [0, 1]) {
      unit(at).gone();
      vi.advanceTimersByTime(0);
      unit(at + 1).ready();
      vi.advanceTimersByTime(age);
    }
    unit(2).gone();
    expect(lines.at(-1)).toContain(delay === 0 ? 'at once' : `in ${delay} ms`);
    vi.advanceTimersByTime(delay);
    expect(units).toHaveLength(4);
  });

  it('cannot be replaced where nothing is left: the last one tells', async () => {
    const { unit, units, supply, onexhausted, onfailed } = await runningPool(2);
    supply.left = 0;
    unit(0).hopeless('is no news once the pool is up');
    unit(0).gone();
    vi.advanceTimersByTime(0);
    expect(onexhausted).toHaveBeenCalledTimes(1);
    expect(onfailed).not.toHaveBeenCalled();
    unit(1).gone();
    vi.advanceTimersByTime(0);
    expect(onfailed.mock.calls).toEqual([[expect.stringContaining('cannot be started')]]);
    expect(units).toHaveLength(2);
  });
});

describe('a reload', () => {
  it('tells a unit to leave when its successor is ready, not before', async () => {
    const { pool, units, unit, lines } = await runningPool(2);
    pool.replaceAll();
    expect([units.length, stoppedOf(units)]).toEqual([4, '0000']);
    unit(3).ready();
    expect(stoppedOf(units)).toBe('0100');
    unit(1).gone('exit status 0');
    unit(2).ready();
    unit(0).gone('exit status 0');
    vi.advanceTimersByTime(60_000);
    expect([units.length, stoppedOf(units), lines]).toEqual([4, '1100', []]);
  });

  it('asked for again and again goes on once more, from the beginning', async () => {
    const { pool, units, unit } = await runningPool(1);
    for (let time = 0; time < 40; time++) pool.replaceAll();
    expect(units).toHaveLength(2);
    unit(1).ready();
    expect([units.length, stoppedOf(units)]).toEqual([3, '100']);
    unit(2).ready();
    expect([units.length, stoppedOf(units)]).toEqual([3, '110']);
  });

  it('whose successor fails keeps the old one, and tries again, more and more slowly', async () => {
    const { pool, units, unit, lines } = await runningPool(1);
    pool.replaceAll();
    for (const [at, delay] of [0, 500, 1000].entries()) {
      unit(at + 1).gone();
      vi.advanceTimersByTime(Math.max(0, delay - 1));
      expect(units).toHaveLength(at + (delay === 0 ? 3 : 2));
      vi.advanceTimersByTime(delay === 0 ? 0 : 1);
      expect(units).toHaveLength(at + 3);
    }
    expect([stoppedOf(units), lines.length]).toEqual(['00000', 3]);
    unit(4).ready();
    expect(stoppedOf(units)).toBe('10000');
  });

  it('does not wait for a delay, and begins to count anew', async () => {
    const { pool, units, unit, lines } = await runningPool(1);
    pool.replaceAll();
    for (const at of [1, 2, 3]) {
      unit(at).gone();
      vi.advanceTimersByTime(500);
    }
    expect(units).toHaveLength(4); // the next one would come in another 500 ms
    pool.replaceAll();
    expect(units).toHaveLength(5);
    unit(4).gone();
    expect(lines.at(-1)).toContain('at once');
    vi.advanceTimersByTime(60_000);
    expect(units).toHaveLength(6);
  });

  it('whose old unit is lost goes on with the successor, and with no third one', async () => {
    const { pool, units, unit } = await runningPool(1);
    pool.replaceAll();
    unit(0).gone();
    vi.advanceTimersByTime(60_000);
    expect(units).toHaveLength(2);
    unit(1).ready();
    vi.advanceTimersByTime(60_000);
    expect([units.length, stoppedOf(units)]).toEqual([2, '00']);
  });

  it('is what an exhausted unit gets for itself alone', async () => {
    const { units, unit } = await runningPool(2);
    unit(1).exhausted();
    unit(1).exhausted();
    expect(units).toHaveLength(3);
    unit(2).ready();
    expect([units.length, stoppedOf(units)]).toEqual([3, '010']);
  });
});

describe('a rolling reload', () => {
  it('goes from one to the next when a successor is ready', async () => {
    const { pool, units, unit } = await runningPool(3);
    pool.replaceAll(true);
    for (const at of [3, 4, 5]) {
      expect([units.length, stoppedOf(units).slice(0, at - 3)]).toEqual([
        at + 1,
        '1'.repeat(at - 3),
      ]);
      unit(at).ready();
    }
    expect([units.length, stoppedOf(units)]).toEqual([6, '111000']);
  });

  it('waits at one whose successor fails, and keeps the others', async () => {
    const { pool, units, unit } = await runningPool(2);
    pool.replaceAll(true);
    unit(2).gone();
    vi.advanceTimersByTime(0);
    expect([units.length, stoppedOf(units)]).toEqual([4, '0000']);
    unit(3).ready();
    expect([units.length, stoppedOf(units)]).toEqual([5, '10000']);
  });

  it('goes on behind a slot that is given up', async () => {
    const { pool, units, unit } = await runningPool(2);
    pool.replaceAll(true);
    unit(2).ready();
    pool.resize(1);
    vi.advanceTimersByTime(60_000);
    expect(stoppedOf(units)).toBe('1101');
  });
});

describe('a unit that leaves by itself', () => {
  it('has a successor at once, and is no loss', async () => {
    const { pool, units, unit, lines } = await runningPool(1);
    unit(0).leaving('it has answered 100 requests', false);
    expect(units).toHaveLength(2);
    unit(1).ready();
    unit(0).gone('exit status 0');
    vi.advanceTimersByTime(60_000);
    expect([units.length, stoppedOf(units), pool.lost]).toEqual([2, '00', 0]);
    expect(lines).toEqual(['info: unit 0 leaves: it has answered 100 requests']);
  });

  it('is ended when it does not', async () => {
    const { unit } = await runningPool(1);
    unit(0).leaving('it says so', false);
    vi.advanceTimersByTime(10_999);
    expect(unit(0).kill).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(unit(0).kill).toHaveBeenCalledTimes(1);
  });

  it('is ended too when it was told to leave', async () => {
    const { pool, unit } = await runningPool(1);
    pool.replaceAll();
    unit(1).ready();
    vi.advanceTimersByTime(11_000);
    expect(unit(0).kill).toHaveBeenCalledTimes(1);
    expect(unit(1).kill).not.toHaveBeenCalled();
  });
});

describe('the size', () => {
  it('grows by new units, and shrinks by the newest of those with the least to do', async () => {
    const { pool, units, unit } = await runningPool(2);
    pool.resize(4);
    expect(units).toHaveLength(4);
    unit(2).ready();
    unit(3).ready();
    unit(3).load(2);
    unit(0).load(1);
    pool.resize(2);
    expect(stoppedOf(units)).toBe('0110');
    unit(1).gone();
    unit(2).gone();
    vi.advanceTimersByTime(60_000);
    expect([units.length, pool.size, pool.lost]).toEqual([4, 2, 0]);
  });

  it('can shrink before all are ready', async () => {
    const { pool, unit, units } = poolOf(2);
    const started = pool.start();
    unit(0).ready();
    pool.resize(1);
    await started;
    unit(1).ready();
    expect(stoppedOf(units)).toBe('01');
  });
});

describe('an adaptive pool', () => {
  const SPARES = { minSpare: 2, maxSpare: 5, max: 10 };
  const readyAll = (units: FakeUnit[]) => {
    for (const unit of units) unit.ready();
  };

  it('grows at once as requests come, up to its maximum, and shrinks when it is calm', async () => {
    const { pool, units, unit } = await runningPool(SPARES);
    expect(units).toHaveLength(5);
    for (const at of [0, 1, 2]) unit(at).load(1);
    vi.advanceTimersByTime(500);
    expect(pool.size).toBe(5); // two are left without work
    unit(3).load(7);
    vi.advanceTimersByTime(500);
    expect([pool.size, units.length]).toEqual([10, 10]);
    readyAll(units);
    for (const at of [0, 1, 2, 3]) unit(at).load(0);
    vi.advanceTimersByTime(1500);
    expect(pool.size).toBe(10);
    vi.advanceTimersByTime(1500);
    expect([pool.size, stoppedOf(units).match(/1/g)?.length]).toEqual([5, 5]);
  });

  it('does not shrink for a short calm', async () => {
    const { pool, unit, units } = await runningPool(SPARES);
    for (let round = 0; round < 5; round++) {
      unit(0).load(8);
      vi.advanceTimersByTime(1000);
      readyAll(units);
      unit(0).load(0);
      vi.advanceTimersByTime(1000);
      expect(pool.size).toBe(10);
    }
  });
});

it('the state of each unit is told with its report', async () => {
  const { pool, unit } = await runningPool(2);
  unit(0).exhausted();
  unit(1).leaving('it says so', false);
  const states = (await pool.status()).map(({ name, state, report }) => [name, state, report]);
  expect(states).toEqual([
    ['unit 0', 'ready', 'report of unit 0'],
    ['unit 1', 'leaving', 'report of unit 1'],
    ['unit 2', 'starting', undefined],
    ['unit 3', 'starting', undefined],
  ]);
});

describe('the stop', () => {
  it('tells all units to leave, and settles when the last one has', async () => {
    const { pool, units, unit, lines } = await runningPool(2);
    const settled = vi.fn();
    void pool.stop().then(settled);
    expect(stoppedOf(units)).toBe('11');
    for (const at of [0, 1]) {
      await soon();
      expect(settled).not.toHaveBeenCalled();
      unit(at).gone();
    }
    await soon();
    expect(settled).toHaveBeenCalledTimes(1);
    expect([units.length, killedOf(units), lines, vi.getTimerCount()]).toEqual([2, '00', [], 0]);
  });

  it('reaches predecessors that have not left yet, and successors that are not ready', async () => {
    const { pool, units, unit } = await runningPool(1);
    pool.replaceAll();
    unit(1).ready();
    pool.replaceAll();
    void pool.stop();
    expect(stoppedOf(units)).toBe('211');
    unit(2).ready();
    expect(units).toHaveLength(3);
  });

  it.each(['at the deadline', 'at once when it is called again'])('kills %s', async (when) => {
    const { pool, units, unit } = await runningPool(2);
    const stopped = pool.stop();
    pool.replaceAll();
    unit(0).exhausted();
    unit(0).gone();
    vi.advanceTimersByTime(9999);
    expect([units.length, killedOf(units)]).toEqual([2, '00']); // nor is anything started any more
    if (when === 'at the deadline') vi.advanceTimersByTime(1);
    else void pool.stop();
    expect(killedOf(units)).toBe('01');
    unit(1).gone();
    await stopped;
  });

  it('ends a start, and a delay', async () => {
    const { pool, units, unit } = poolOf(1);
    const started = pool.start();
    started.catch(() => {});
    for (const at of [0, 1]) {
      unit(at).gone();
      vi.advanceTimersByTime(0);
    }
    await pool.stop();
    await expect(started).rejects.toThrow('stopped before');
    vi.advanceTimersByTime(60_000);
    expect([units.length, vi.getTimerCount()]).toEqual([2, 0]);
  });
});
