// One clock for all connections of a listener.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Deadlines, type Timed } from '../src/deadlines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Member implements Timed {
  readonly check = vi.fn<(now: number) => void>();
}

function clock(...limits: number[]) {
  const deadlines = new Deadlines<Member>(limits);
  onTestFinished(() => deadlines.close());
  const member = new Member();
  deadlines.add(member);
  return { deadlines, member };
}

describe('the tick', () => {
  it.each([
    [[10_000, 60_000], 1000],
    [[4000], 1000],
    [[2000, 60_000], 500],
    [[100], 25],
    [[8], 10],
    [[0], 10],
  ])('of limits %j is %d ms', (limits, tick) => {
    const { member } = clock(...limits);
    vi.advanceTimersByTime(tick - 1);
    expect(member.check).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(member.check.mock.calls).toEqual([[tick]]);
    vi.advanceTimersByTime(tick);
    expect(member.check.mock.calls).toEqual([[tick], [2 * tick]]);
  });

  it('does not keep the process', () => {
    const unref = vi.fn();
    const spy = vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as never);
    new Deadlines([1000]);
    spy.mockRestore();
    expect(unref).toHaveBeenCalledTimes(1);
  });
});

describe('in()', () => {
  it('never comes early, and at most two ticks late', () => {
    const { deadlines, member } = clock(400);
    for (const offset of [0, 1, 50, 99]) {
      vi.advanceTimersByTime(offset);
      const deadline = deadlines.in(400);
      const begun = Date.now();
      let late: number | undefined;
      member.check.mockImplementation((now) => {
        if (now > deadline) late ??= Date.now() - begun;
      });
      vi.advanceTimersByTime(1000);
      expect(late).toBeGreaterThan(400);
      expect(late).toBeLessThanOrEqual(600);
    }
  });

  it('of no time at all is later than now', () => {
    const { deadlines, member } = clock(400);
    const deadline = deadlines.in(0);
    vi.advanceTimersByTime(100);
    expect(member.check.mock.lastCall?.[0]).toBeLessThanOrEqual(deadline);
  });

  it('of for ever is for ever', () => {
    expect(clock(400).deadlines.in(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('members', () => {
  it('watch from when they come to when they go', () => {
    const { deadlines, member } = clock(400);
    const other = new Member();
    vi.advanceTimersByTime(100);
    deadlines.add(other);
    deadlines.add(other);
    expect([...deadlines.members]).toEqual([member, other]);
    vi.advanceTimersByTime(100);
    deadlines.delete(member);
    vi.advanceTimersByTime(100);
    expect(member.check.mock.calls).toEqual([[100], [200]]);
    expect(other.check.mock.calls).toEqual([[200], [300]]);
    expect([...deadlines.members]).toEqual([other]);
  });

  it('may go while they are looked at', () => {
    const { deadlines, member } = clock(400);
    const other = new Member();
    deadlines.add(other);
    member.check.mockImplementation(() => {
      deadlines.delete(member);
      deadlines.delete(other);
    });
    vi.advanceTimersByTime(200);
    expect([member.check.mock.calls.length, other.check.mock.calls.length]).toEqual([1, 0]);
  });

  it('are left alone when the clock has stopped', () => {
    const { deadlines, member } = clock(400);
    deadlines.close();
    vi.advanceTimersByTime(10_000);
    expect(member.check).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
