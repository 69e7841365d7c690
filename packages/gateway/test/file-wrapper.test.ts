// FileWrapper: whatever can be read, as a response body.

import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FileWrapper, fileWrapper, type WrappableFile } from '../src/file-wrapper.ts';
import { call } from '../src/testing.ts';
import { validator } from '../src/validator.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-wrapper-'));
  path = join(folder, 'digits');
  await writeFile(path, '0123456789');
});

afterAll(() => rm(folder, { recursive: true }));

async function blocksOf(wrapper: FileWrapper): Promise<string[]> {
  const blocks: string[] = [];
  for await (const block of wrapper) blocks.push(block.toString());
  return blocks;
}

describe('a path', () => {
  it.each(['string', 'URL'])('given as %s is read to its end', async (kind) => {
    const wrapper = new FileWrapper(kind === 'URL' ? pathToFileURL(path) : path, 4);
    expect(await blocksOf(wrapper)).toEqual(['0123', '4567', '89']);
    await wrapper.close();
  });

  it('is one block by default', async () => {
    const wrapper = new FileWrapper(path);
    expect(await blocksOf(wrapper)).toEqual(['0123456789']);
    await wrapper.close();
  });

  it('that does not exist fails at the first block, and can be closed', async () => {
    const wrapper = new FileWrapper(join(folder, 'missing'));
    await expect(blocksOf(wrapper)).rejects.toMatchObject({ code: 'ENOENT' });
    await wrapper.close();
  });

  it('is not opened when it is closed first', async () => {
    const wrapper = new FileWrapper(join(folder, 'missing'));
    await wrapper.close();
    expect(await blocksOf(wrapper)).toEqual([]);
  });

  it('is closed when close() comes while it is being opened', async () => {
    const wrapper = new FileWrapper(path);
    const first = wrapper[Symbol.asyncIterator]().next();
    const [block] = await Promise.allSettled([first, wrapper.close()]);
    expect(['fulfilled', 'rejected']).toContain(block.status);
    expect(await blocksOf(wrapper)).toEqual([]);
  });

  it('answers a request', async () => {
    const app = validator((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return new FileWrapper(path, 3);
    });
    expect((await call(app)).text).toBe('0123456789');
  });
});

describe('a FileHandle', () => {
  it('is read from where it stands, and closed once', async () => {
    const handle = await open(path);
    await handle.read(Buffer.alloc(3), 0, 3, null);
    const close = vi.spyOn(handle, 'close');
    const wrapper = new FileWrapper(handle, 4);
    expect(await blocksOf(wrapper)).toEqual(['3456', '789']);
    await Promise.all([wrapper.close(), wrapper.close()]);
    await wrapper.close();
    expect(close).toHaveBeenCalledOnce();
    expect(handle.fd).toBe(-1);
  });

  it('gives blocks that later reads leave alone', async () => {
    const wrapper = new FileWrapper(await open(path), 5);
    const blocks = wrapper[Symbol.asyncIterator]();
    const first = await blocks.next();
    await blocks.next();
    expect(String(first.value)).toBe('01234');
    await wrapper.close();
  });
});

describe('an object with read()', () => {
  it.each<[string, unknown]>([
    ['an empty block', Buffer.alloc(0)],
    ['null', null],
    ['undefined', undefined],
    ['an empty string', ''],
  ])('ends with %s', async (_name, end) => {
    const blocks: unknown[] = [Buffer.from('a'), 'b', end];
    const wrapper = new FileWrapper({ read: () => blocks.shift() as string });
    expect(await blocksOf(wrapper)).toEqual(['a', 'b']);
  });

  it('is asked for the size of a block, as its own method', async () => {
    const file = {
      sizes: [] as number[],
      async read(size: number) {
        this.sizes.push(size);
        return this.sizes.length < 3 ? 'x' : null;
      },
    };
    expect(await blocksOf(new FileWrapper(file, 7))).toEqual(['x', 'x']);
    expect(file.sizes).toEqual([7, 7, 7]);
  });

  it('is closed once, as its own method', async () => {
    const file = {
      closed: 0,
      read: () => null,
      close() {
        this.closed++;
      },
    };
    const wrapper = new FileWrapper(file);
    await wrapper.close();
    await wrapper.close();
    expect(file.closed).toBe(1);
  });

  it('needs no close()', async () => {
    await expect(new FileWrapper({ read: () => null }).close()).resolves.toBeUndefined();
  });

  it('reports what close() throws', async () => {
    const close = () => Promise.reject(new Error('disk'));
    await expect(new FileWrapper({ read: () => null, close }).close()).rejects.toThrow('disk');
  });

  it('reports what read() throws', async () => {
    const read = () => {
      throw new Error('disk');
    };
    await expect(blocksOf(new FileWrapper({ read }))).rejects.toThrow('disk');
  });

  it('is not read after close()', async () => {
    const read = vi.fn(() => 'x');
    const wrapper = new FileWrapper({ read });
    const blocks = wrapper[Symbol.asyncIterator]();
    await blocks.next();
    await wrapper.close();
    expect(await blocks.next()).toEqual({ done: true, value: undefined });
    expect(read).toHaveBeenCalledOnce();
  });
});

describe('a Readable', () => {
  it('is read in its own blocks, and destroyed', async () => {
    const stream = Readable.from([Buffer.from('ab'), Buffer.from('c')]);
    const wrapper = new FileWrapper(stream, 1);
    expect(await blocksOf(wrapper)).toEqual(['ab', 'c']);
    await wrapper.close();
    expect(stream.destroyed).toBe(true);
  });

  it('is destroyed when nobody iterated it', async () => {
    const stream = createReadStream(path);
    const wrapper = new FileWrapper(stream);
    const closed = new Promise<void>((resolve) => stream.once('close', resolve));
    await wrapper.close();
    await closed;
    expect(await blocksOf(wrapper)).toEqual([]);
  });

  it('that failed before it is iterated reports it then, and not to the process', async () => {
    const stream = createReadStream(join(folder, 'missing'));
    const wrapper = new FileWrapper(stream);
    await new Promise<void>((resolve) => stream.once('close', resolve));
    await expect(blocksOf(wrapper)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what is not a file', () => {
  it.each([null, undefined, 1, {}, true])('%j is refused', (file) => {
    expect(() => new FileWrapper(file as unknown as WrappableFile)).toThrow(
      expect.objectContaining({ code: 'ERR_GATEWAY_BODY' }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('a block size of %d is refused', (size) => {
    expect(() => new FileWrapper('x', size)).toThrow(
      expect.objectContaining({ code: 'ERR_GATEWAY_BODY' }),
    );
  });
});

it('can be made by a call, as PEP 3333 does, and by new', async () => {
  const Callable = fileWrapper as unknown as new (file: WrappableFile) => FileWrapper;
  expect(await blocksOf(new Callable({ read: () => null }))).toEqual([]);
  expect(fileWrapper({ read: () => null })).toBeInstanceOf(FileWrapper);
});
