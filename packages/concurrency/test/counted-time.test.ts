// Counted time: what a process was not there for does not count.
import { describe, expect, it } from 'vitest';
import { CountedTime } from '../src/counted-time.ts';

describe('counted time', () => {
  it('is time, while there are looks', () => {
    const time = new CountedTime(0, 400);
    for (const now of [200, 600, 700]) time.look(now);
    expect([time.since(0), time.since(650), time.since(700)]).toEqual([700, 50, 0]);
    expect(time.since(701)).toBe(0); // begun after the look
  });

  it('does not count what was before it', () => {
    const time = new CountedTime(5000, 400);
    time.look(5300);
    expect([time.since(0), time.since(5100)]).toEqual([300, 200]);
  });

  it('leaves a gap out', () => {
    const time = new CountedTime(0, 400);
    time.look(200);
    time.look(10_200);
    expect(time.since(0)).toBe(200);
    time.look(10_400);
    expect([time.since(0), time.since(100), time.since(200)]).toEqual([400, 300, 200]);
    expect(time.since(5000)).toBe(200); // begun in the gap
    expect(time.since(10_300)).toBe(100);
  });

  it('leaves out several', () => {
    const time = new CountedTime(0, 400);
    for (const now of [200, 1200, 1400, 9400, 9600]) time.look(now);
    expect([time.since(0), time.since(1200), time.since(1300)]).toEqual([600, 400, 300]);
  });

  it('never counts a gap that it has forgotten', () => {
    const time = new CountedTime(0, 400);
    for (let now = 0; now < 100_000; now += 1000) {
      time.look(now);
      time.look(now + 300);
    }
    expect(time.since(0)).toBe(65 * 300); // since the last of the gaps that it has forgotten
    expect(time.since(99_000)).toBe(300);
  });
});
