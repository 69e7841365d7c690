// Replacements of a pool that is not in order when they are asked for, and units that fail and say so.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeUnit, poolOf, runningPool } from './fake-pool.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const soon = () => vi.advanceTimersByTimeAsync(0);
const stoppedOf = (units: FakeUnit[]) => units.map(({ stop }) => stop.mock.calls.length).join('');

describe('a rolling replacement', () => {
  it('replaces units too that were on their way when it was asked for: what they have loaded is old', async () => {
    const { pool, units, unit } = await runningPool(2);
    unit(1).gone();
    await soon();
    expect(units).toHaveLength(3); // 2 is in the place of 1, and not ready
    const settled = vi.fn();
    void pool.replaceAll(true).then(settled);
    unit(2).ready();
    unit(3).ready(); // the successor of 0
    await soon();
    expect(settled).not.toHaveBeenCalled();
    unit(4).ready(); // that of 2
    await soon();
    expect(settled).toHaveBeenCalledTimes(1);
    expect(stoppedOf(units)).toBe('10100');
  });

  it('has one at a time, the first too where that was on its way', async () => {
    const { pool, units, unit } = await runningPool(2);
    unit(0).gone();
    await soon();
    void pool.replaceAll(true);
    unit(2).ready();
    expect(units).toHaveLength(4); // the successor of 2, and none of 1 yet
    unit(3).ready();
    expect(units).toHaveLength(5);
  });

  it('leaves no place empty whose next start was put off', async () => {
    const { pool, units, unit } = await runningPool(2);
    unit(1).gone();
    await soon();
    unit(2).gone();
    await soon();
    unit(3).gone(); // the second one that was never ready: it takes half a second
    await soon();
    expect(units).toHaveLength(4);
    void pool.replaceAll(true);
    expect(units).toHaveLength(6); // one for the empty place, and the successor of 0
    unit(4).gone();
    unit(5).gone();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(units).toHaveLength(8); // both places go on trying
    expect(stoppedOf(units.slice(0, 1))).toBe('0');
  });

  it('goes on where the one whose turn it is, is given up', async () => {
    const { pool, units, unit } = await runningPool(3);
    unit(1).load(1);
    unit(2).load(1);
    const settled = vi.fn();
    void pool.replaceAll(true).then(settled);
    expect(units).toHaveLength(4); // the successor of 0
    pool.resize(2); // 0 has the least to do
    expect(units).toHaveLength(5);
    unit(4).ready();
    unit(5).ready();
    await soon();
    expect(settled).toHaveBeenCalledTimes(1);
    expect(stoppedOf(units)).toBe('111100');
  });
});

it('a unit that is given up before it is ready gets no successor', async () => {
  const { pool, units, unit } = await runningPool(1);
  pool.resize(2);
  void pool.replaceAll(); // what 1 loads may be old
  pool.resize(1);
  unit(1).ready();
  unit(2).ready();
  await soon();
  expect([units.length, stoppedOf(units)]).toEqual([3, '110']);
});

it('a replacement is not over while the start of a successor is put off', async () => {
  const { pool, unit } = await runningPool(2);
  const settled = vi.fn();
  void pool.replaceAll().then(settled);
  unit(2).gone();
  await soon();
  unit(4).gone(); // put off
  unit(3).ready();
  await soon();
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(500);
  unit(5).ready();
  await soon();
  expect(settled).toHaveBeenCalledTimes(1);
});

describe('a unit that leaves because it has failed', () => {
  it('is a loss, and has its time all the same', async () => {
    const { pool, units, unit, lines } = await runningPool(1);
    unit(0).leaving('an exception', true);
    await soon();
    expect([units.length, pool.lost]).toEqual([2, 1]);
    expect(lines).toEqual(['error: unit 0 leaves: an exception, replaced at once']);
    await vi.advanceTimersByTimeAsync(10_000);
    unit(0).gone();
    expect([units.length, pool.lost, lines.length]).toEqual([2, 1, 1]);
  });

  it('again and again is replaced more and more slowly', async () => {
    const { units, unit } = await runningPool(1);
    for (const [at, delay] of [0, 0, 500, 1000, 2000].entries()) {
      unit(at).ready();
      if (at > 0) unit(at).leaving('an exception', true);
      else unit(at).gone();
      await vi.advanceTimersByTimeAsync(Math.max(0, delay - 1));
      expect(units).toHaveLength(delay === 0 ? at + 2 : at + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(units).toHaveLength(at + 2);
    }
  });
});

it('what a unit wants to be logged is', () => {
  const { pool, unit, lines } = poolOf(1);
  void pool.start();
  unit(0).log('warn', 'a line');
  expect(lines).toEqual(['warn: a line']);
});
