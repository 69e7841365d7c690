// Connections that wait for their next request.
import { describe, expect, it, vi } from 'vitest';
import type { Link } from '../src/link.ts';
import { Pool } from '../src/pool.ts';

class FakeLink {
  isClean = true;
  idle: (() => void) | undefined;
  readonly destroy = vi.fn<() => void>();
  readonly socket = { ref: vi.fn<() => void>(), unref: vi.fn<() => void>() };
}

function links(count: number) {
  return Array.from({ length: count }, () => new FakeLink());
}

function put(pool: Pool, ...waiting: FakeLink[]) {
  for (const link of waiting) pool.put(link as unknown as Link);
}

describe('Pool', () => {
  it('has none at first', () => {
    expect(new Pool(4).take()).toBeUndefined();
  });

  it('gives the one that waited least first', () => {
    const pool = new Pool(4);
    const [first, second] = links(2) as [FakeLink, FakeLink];
    put(pool, first, second);
    expect(pool.take()).toBe(second);
    expect(pool.take()).toBe(first);
    expect(pool.take()).toBeUndefined();
  });

  it('keeps no more than it may', () => {
    const pool = new Pool(2);
    const waiting = links(3);
    put(pool, ...waiting);
    expect(waiting.map(({ destroy }) => destroy.mock.calls.length)).toEqual([0, 0, 1]);
    expect(pool.take()).toBe(waiting[1]);
  });

  it('keeps none when it may keep none', () => {
    const pool = new Pool(0);
    const [link] = links(1) as [FakeLink];
    put(pool, link);
    expect(link.destroy).toHaveBeenCalledOnce();
    expect(pool.take()).toBeUndefined();
  });

  it('keeps none that is not clean', () => {
    const pool = new Pool(4);
    const [link] = links(1) as [FakeLink];
    link.isClean = false;
    put(pool, link);
    expect(link.destroy).toHaveBeenCalledOnce();
    expect(link.idle).toBeUndefined();
    expect(pool.take()).toBeUndefined();
  });

  it('lets the process end while one waits, and not while it works', () => {
    const pool = new Pool(4);
    const [link] = links(1) as [FakeLink];
    put(pool, link);
    expect(link.socket.unref).toHaveBeenCalledOnce();
    expect(link.socket.ref).not.toHaveBeenCalled();
    pool.take();
    expect(link.socket.ref).toHaveBeenCalledOnce();
    expect(link.idle).toBeUndefined();
  });

  it('forgets the one that is lost, wherever it stands', () => {
    const pool = new Pool(4);
    const [first, second, third] = links(3) as [FakeLink, FakeLink, FakeLink];
    put(pool, first, second, third);
    second.idle?.();
    second.idle?.(); // its end may be told twice
    expect(second.destroy).toHaveBeenCalled();
    expect(pool.take()).toBe(third);
    expect(pool.take()).toBe(first);
    expect(pool.take()).toBeUndefined();
  });
});
