// The request body between a front-end, which pushes, and wsgi.input, which pulls.
import { describe, expect, it, vi } from 'vitest';
import { RequestBody } from '../src/request-body.ts';

const HIGH_WATER = 65536;

function body() {
  const demand = vi.fn<() => void>();
  return { body: new RequestBody(demand), demand };
}

async function drain(from: RequestBody): Promise<string> {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await from.next();
    if (!piece) return Buffer.concat(pieces).toString();
    pieces.push(piece);
  }
}

describe('RequestBody', () => {
  it('gives what was pushed, in order, then undefined for good', async () => {
    const { body: whole } = body();
    whole.push(Buffer.from('one '));
    whole.push(Buffer.from('two'));
    whole.end();
    expect(await drain(whole)).toBe('one two');
    expect(await whole.next()).toBeUndefined();
    expect(await whole.next()).toBeUndefined();
  });

  it('what is there is given without a promise', () => {
    const { body: held } = body();
    held.push(Buffer.from('x'));
    held.end();
    expect(held.next()).toEqual(Buffer.from('x'));
    expect(held.next()).toBeUndefined();
  });

  it('any Uint8Array becomes a Buffer over the same bytes', () => {
    const { body: held } = body();
    const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
    held.push(bytes);
    const chunk = held.next() as Buffer;
    expect(Buffer.isBuffer(chunk)).toBe(true);
    expect([...chunk]).toEqual([1, 2]);
    expect(chunk.buffer).toBe(bytes.buffer);
  });

  it('a read that finds nothing asks for bytes, and gets the next ones', async () => {
    const { body: waited, demand } = body();
    expect(waited.wanted).toBe(false);
    const reading = waited.next();
    expect(demand).toHaveBeenCalledTimes(1);
    expect(waited.wanted).toBe(true);
    expect(waited.push(Buffer.from('x'))).toBe(true);
    expect(waited.wanted).toBe(false);
    expect(await reading).toEqual(Buffer.from('x'));
  });

  it('a read that waits ends with the body', async () => {
    const { body: waited } = body();
    const reading = waited.next();
    waited.end();
    expect(await reading).toBeUndefined();
    expect(waited.wanted).toBe(false);
  });
});

describe('back-pressure', () => {
  it('asks for a pause at 64 KiB, and for more when there is room again', () => {
    const { body: full, demand } = body();
    expect(full.push(Buffer.alloc(HIGH_WATER - 1))).toBe(true);
    expect(full.push(Buffer.alloc(1))).toBe(false);
    expect(full.push(Buffer.alloc(1))).toBe(false);
    expect(demand).not.toHaveBeenCalled();
    full.next();
    expect(demand).toHaveBeenCalledTimes(1);
  });

  it('asks for nothing while as much is still held', () => {
    const { body: full, demand } = body();
    for (let at = 0; at < 3; at++) full.push(Buffer.alloc(HIGH_WATER));
    full.next();
    full.next();
    expect(demand).not.toHaveBeenCalled();
    full.next();
    expect(demand).toHaveBeenCalledTimes(1);
  });

  it('asks for nothing behind the end', () => {
    const { body: ended, demand } = body();
    ended.push(Buffer.from('a'));
    ended.end();
    ended.next();
    ended.next();
    expect(demand).not.toHaveBeenCalled();
  });
});

describe('a body that fails', () => {
  it('rejects the read that waits, and every one after it', async () => {
    const { body: failed } = body();
    const reading = failed.next();
    const error = new Error('cut short');
    failed.fail(error);
    await expect(reading).rejects.toBe(error);
    await expect(failed.next()).rejects.toBe(error);
    expect(failed.ended).toBe(true);
    expect(failed.wanted).toBe(false);
  });

  it('gives what came before', async () => {
    const { body: failed } = body();
    failed.push(Buffer.from('x'));
    const error = new Error('cut short');
    failed.fail(error);
    expect(failed.next()).toEqual(Buffer.from('x'));
    await expect(failed.next()).rejects.toBe(error);
  });

  it('the first failure is the one; what comes behind it is dropped', async () => {
    const { body: failed } = body();
    failed.fail(new Error('first'));
    failed.fail(new Error('second'));
    expect(failed.push(Buffer.from('x'))).toBe(true);
    await expect(failed.next()).rejects.toThrow('first');
  });

  it('a body that is complete cannot fail any more', async () => {
    const { body: ended } = body();
    ended.push(Buffer.from('x'));
    ended.end();
    ended.fail(new Error('too late'));
    expect(await drain(ended)).toBe('x');
  });
});

describe('the limit', () => {
  const tooLarge = { code: 'ERR_GATEWAY_BODY_TOO_LARGE', statusHint: 413 };

  it('allows so many bytes', async () => {
    const { body: limited } = body();
    limited.limit = 4;
    limited.push(Buffer.from('ab'));
    limited.push(Buffer.from('cd'));
    expect(limited.ended).toBe(false);
    limited.end();
    expect(await drain(limited)).toBe('abcd');
  });

  it('and not one more: nothing that came before is given then', async () => {
    const { body: limited } = body();
    limited.limit = 4;
    limited.push(Buffer.from('abcd'));
    limited.push(Buffer.from('e'));
    expect(limited.ended).toBe(true);
    await expect(limited.next()).rejects.toMatchObject(tooLarge);
    await expect(limited.next()).rejects.toMatchObject(tooLarge);
  });

  it.each([true, false])('counts what came before it was set (complete: %s)', async (complete) => {
    const { body: limited } = body();
    limited.push(Buffer.from('abcde'));
    if (complete) limited.end();
    limited.limit = 4;
    await expect(limited.next()).rejects.toMatchObject(tooLarge);
  });

  it('counts bytes that were read meanwhile', async () => {
    const { body: limited } = body();
    limited.limit = 4;
    limited.push(Buffer.from('abc'));
    expect(String(limited.next())).toBe('abc');
    limited.push(Buffer.from('de'));
    await expect(limited.next()).rejects.toMatchObject(tooLarge);
  });

  it('rejects the read that waits for what is too much', async () => {
    const { body: limited } = body();
    limited.limit = 1;
    const reading = limited.next();
    expect(limited.push(Buffer.from('ab'))).toBe(true);
    await expect(reading).rejects.toMatchObject({ code: 'ERR_GATEWAY_BODY_TOO_LARGE' });
  });
});

it('discard() drops what is held and whatever is still to come', async () => {
  const { body: dropped, demand } = body();
  dropped.push(Buffer.alloc(HIGH_WATER));
  dropped.discard();
  expect(dropped.ended).toBe(true);
  expect(dropped.push(Buffer.alloc(HIGH_WATER))).toBe(true);
  expect(await dropped.next()).toBeUndefined();
  expect(demand).not.toHaveBeenCalled();
});
