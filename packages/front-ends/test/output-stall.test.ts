// A peer that takes nothing is told from one that is slow.
import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OutputStall } from '../src/output-stall.ts';

const LIMIT = 100;

/** A connection that waits to send so many bytes, of which so many are with the system. */
function output(writableLength: number, writeQueueSize?: number): Writable {
  const handle = writeQueueSize === undefined ? {} : { _handle: { writeQueueSize } };
  return { writableLength, ...handle } as unknown as Writable;
}

describe('OutputStall', () => {
  it('is over the limit when nothing has moved for longer than that', () => {
    const stall = new OutputStall();
    expect(stall.check(output(5), 1000, LIMIT)).toBe(false);
    expect(stall.check(output(5), 1100, LIMIT)).toBe(false);
    expect(stall.check(output(5), 1101, LIMIT)).toBe(true);
  });

  it('has all the time where nothing waits', () => {
    const stall = new OutputStall();
    for (let now = 0; now < 10_000; now += 1000) {
      expect(stall.check(output(0, 7), now, LIMIT)).toBe(false);
    }
    expect(stall.check(output(5), 10_000, LIMIT)).toBe(false); // counts from here
    expect(stall.check(output(5), 10_100, LIMIT)).toBe(false);
  });

  it.each([4, 6])('any progress counts, and so does more to send: 5, then %d', (next) => {
    const stall = new OutputStall();
    stall.check(output(5), 0, LIMIT);
    expect(stall.check(output(next), 101, LIMIT)).toBe(false);
    expect(stall.check(output(next), 201, LIMIT)).toBe(false);
    expect(stall.check(output(next), 202, LIMIT)).toBe(true);
  });

  it('sees progress within one long block, as the system takes it', () => {
    const stall = new OutputStall();
    for (let queue = 5000; queue > 0; queue -= 1000) {
      expect(stall.check(output(5000, queue), 200 * (5000 - queue), LIMIT)).toBe(false);
    }
    expect(stall.check(output(5000, 1000), 2_000_000, LIMIT)).toBe(true);
  });

  it('begins anew after everything was taken', () => {
    const stall = new OutputStall();
    stall.check(output(5), 0, LIMIT);
    stall.check(output(0), 101, LIMIT);
    expect(stall.check(output(5), 102, LIMIT)).toBe(false);
    expect(stall.check(output(5), 202, LIMIT)).toBe(false);
    expect(stall.check(output(5), 203, LIMIT)).toBe(true);
  });

  it('does without a handle, as pipes and closed connections have none', () => {
    const stall = new OutputStall();
    const closed = { writableLength: 5, _handle: null } as unknown as Writable;
    expect(stall.check(closed, 0, LIMIT)).toBe(false);
    expect(stall.check(output(5), 101, LIMIT)).toBe(true);
  });
});
