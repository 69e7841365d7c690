// ByteQueue: bytes arrive in chunks and leave in units.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../src/byte-queue.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const list = (piece: Uint8Array | undefined) => piece && [...piece];

function filled(...chunks: Uint8Array[]): ByteQueue {
  const queue = new ByteQueue();
  for (const chunk of chunks) queue.push(chunk);
  return queue;
}

describe('ByteQueue', () => {
  it('is empty at first', () => {
    const queue = filled(bytes(), bytes());
    expect(queue.length).toBe(0);
    expect(queue.peek()).toBeUndefined();
    expect(queue.shift()).toBeUndefined();
    expect(queue.take(1)).toBeUndefined();
    expect(list(queue.take(0))).toEqual([]);
    expect(list(queue.takeSome(5))).toEqual([]);
  });

  it('gives bytes one at a time across chunks', () => {
    const queue = filled(bytes(1, 2), bytes(), bytes(0, 3));
    expect(queue.peek()).toBe(1);
    expect([queue.shift(), queue.shift(), queue.peek(), queue.shift(), queue.shift()]).toEqual([
      1, 2, 0, 0, 3,
    ]);
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('takes a unit only when all of it waits', () => {
    const queue = filled(bytes(1, 2), bytes(3));
    expect(queue.take(4)).toBeUndefined();
    expect(queue.length).toBe(3);
    queue.push(bytes(4, 5));
    expect(list(queue.take(4))).toEqual([1, 2, 3, 4]);
    expect(queue.length).toBe(1);
    expect(list(queue.take(1))).toEqual([5]);
  });

  it('takes what the next chunk holds, up to a limit', () => {
    const queue = filled(bytes(1, 2, 3), bytes(4));
    expect(list(queue.takeSome(2))).toEqual([1, 2]);
    expect(list(queue.takeSome(0))).toEqual([]);
    expect(list(queue.takeSome(9))).toEqual([3]);
    expect(list(queue.takeSome(9))).toEqual([4]);
    expect(queue.length).toBe(0);
  });

  it('passes bytes on as views', () => {
    const chunk = bytes(1, 2, 3, 4);
    const queue = filled(chunk);
    expect(queue.take(2)?.buffer).toBe(chunk.buffer);
    expect(queue.takeSome(1).buffer).toBe(chunk.buffer);
    expect(filled(chunk).takeSome(4)).toBe(chunk);
  });

  it('forgets everything', () => {
    const queue = filled(bytes(1, 2), bytes(3));
    queue.shift();
    queue.clear();
    expect(queue.length).toBe(0);
    expect(queue.peek()).toBeUndefined();
    queue.push(bytes(7));
    expect(list(queue.take(1))).toEqual([7]);
  });

  it('keeps order while thousands of chunks come and go', () => {
    const queue = new ByteQueue();
    let pushed = 0;
    let taken = 0;
    for (let round = 0; round < 6000; round++) {
      // At first two in for each one out, then the other way round: the queue grows and shrinks.
      for (let n = 0; n < (round < 3000 ? 2 : 0); n++) queue.push(bytes(pushed++ % 251));
      expect(queue.shift()).toBe(taken++ % 251);
    }
    expect(queue.length).toBe(0);
    expect(pushed).toBe(taken);
  });

  it('lets go of what is taken although it is never empty', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const queue = filled(new Uint8Array(1024));
    collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 65_536; round++) {
      queue.push(new Uint8Array(1024)); // 64 MiB in all
      queue.take(1024);
    }
    collect();
    expect(queue.length).toBe(1024);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });
});
