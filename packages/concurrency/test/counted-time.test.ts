// Counted time: what a process was not there for does not count.
import { describe, expect, it } from 'vitest';
import { CountedTime } from '../src/counted-time.ts';

describe('counted time', () => {
  it('is time, while there are looks', () => {
    const time = new CountedTime(0, 400);
    for (const now of [200, 600, 700]) expect(time.look(now)).toBe(true);
    expect([time.since(0), time.since(650), time.since(700)]).toEqual([700, 50, 0]);
    expect(time.since(701)).toBe(0); // begun after the look
  });

  it('leaves a gap out, and says that it was one', () => {
    const time = new CountedTime(0, 400);
    time.look(200);
    expect(time.look(10_200)).toBe(false);
    expect(time.look(10_400)).toBe(true);
    expect([time.since(0), time.since(100), time.since(200)]).toEqual([400, 300, 200]);
    expect(time.since(5000)).toBe(200); // begun in the gap
    expect(time.since(10_300)).toBe(100);
  });

  it('leaves out several', () => {
    const time = new CountedTime(0, 400);
    for (const now of [200, 1200, 1400, 9400, 9600]) time.look(now);
    expect([time.since(0), time.since(1200), time.since(1300)]).toEqual([600, 400, 300]);
  });

  it('remembers a number of gaps, not all of them', () => {
    const time = new CountedTime(0, 400);
    for (let now = 0; now < 100_000; now += 500) time.look(now);
    time.look(99_600);
    expect(time.since(99_000)).toBe(100);
    expect(time.since(0)).toBeGreaterThan(50_000);
  });
});
