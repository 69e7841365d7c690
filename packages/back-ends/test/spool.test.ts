// Request bodies whose length nobody announced.
import { readdirSync, readlinkSync } from 'node:fs';
import { InputStream, RequestBody } from '@sluice/gateway';
import { testEnviron } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { type MeasuredBody, measuredBody } from '../src/spool.ts';

const MEBIBYTE = 1_048_576;
const LIMIT = 1e9;

/** An environ whose body comes in blocks, and then ends or fails. */
function environOf(blocks: readonly Uint8Array[], failure?: Error, announced?: string) {
  const body = new RequestBody(() => {});
  for (const block of blocks) body.push(block);
  if (failure) body.fail(failure);
  else body.end();
  return testEnviron({ 'wsgi.input': new InputStream(body), CONTENT_LENGTH: announced });
}

async function read({ chunks }: MeasuredBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}

/** Files that were stored and are not let go of. */
function openFiles(): string[] {
  const files = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the descriptor of the listing itself
    }
  });
  return files.filter((path) => /sluice-\w+\/body/.test(path));
}

function blocksOf(size: number, block = 65_536): Buffer[] {
  const whole = Buffer.alloc(size);
  for (let at = 0; at < size; at++) whole[at] = at % 251;
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += block) blocks.push(whole.subarray(at, at + block));
  return blocks;
}

describe('a body of announced length', () => {
  it('passes through as it comes', async () => {
    const environ = environOf([Buffer.from('hel'), Buffer.from('lo')], undefined, '5');
    const body = await measuredBody(environ, 1); // the limit is for what is stored
    expect(body.length).toBe(5);
    expect((await read(body)).toString()).toBe('hello');
    await body.close();
  });
});

describe.each([
  ['nothing', 0],
  ['one byte', 1],
  ['what is held in memory', MEBIBYTE],
  ['one byte more', MEBIBYTE + 1],
  ['several MiB', 3 * MEBIBYTE + 17],
])('a body of unknown length: %s', (_title, size) => {
  it('is measured, and read again', async () => {
    const blocks = blocksOf(size);
    const body = await measuredBody(environOf(blocks), LIMIT);
    expect(body.length).toBe(size);
    expect((await read(body)).equals(Buffer.concat(blocks))).toBe(true);
    await body.close();
    expect(openFiles()).toEqual([]);
  });

  it('is let go of when nobody reads it', async () => {
    const body = await measuredBody(environOf(blocksOf(size)), LIMIT);
    await body.close();
    expect(openFiles()).toEqual([]);
  });

  it('is let go of when somebody stops reading', async () => {
    const body = await measuredBody(environOf(blocksOf(size)), LIMIT);
    for await (const _chunk of body.chunks) break;
    await body.close();
    expect(openFiles()).toEqual([]);
  });

  it('is let go of in the middle of a read', async () => {
    const body = await measuredBody(environOf(blocksOf(size)), LIMIT);
    const reading = body.chunks[Symbol.asyncIterator]().next();
    const ended = reading.catch(() => {}); // it may fail
    await body.close();
    await ended;
    expect(openFiles()).toEqual([]);
  });
});

describe('a body above the limit', () => {
  it.each([
    ['in memory', 100, 101],
    ['in a file', 2 * MEBIBYTE, 2 * MEBIBYTE + 1],
  ])('%s is refused, and let go of', async (_title, limit, size) => {
    const body = measuredBody(environOf(blocksOf(size)), limit);
    const error = { code: 'ERR_BACK_END_BODY_TOO_LARGE', statusHint: 413 };
    await expect(body).rejects.toThrow(expect.objectContaining(error));
    expect(openFiles()).toEqual([]);
  });

  it('of the limit itself is not', async () => {
    const body = await measuredBody(environOf(blocksOf(100)), 100);
    expect(body.length).toBe(100);
  });
});

describe('a body that is cut short', () => {
  it.each([10, 2 * MEBIBYTE])('after %d bytes fails, and is let go of', async (size) => {
    const failure = new Error('the client left');
    await expect(measuredBody(environOf(blocksOf(size), failure), LIMIT)).rejects.toBe(failure);
    expect(openFiles()).toEqual([]);
  });
});
