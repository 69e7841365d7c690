// wsgi.file_wrapper: a file as a response body (PEP 3333, "Optional Platform-Specific File Handling").
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GatewayError } from '@sluice/protocol';
import type { Chunk } from './application.ts';

/** A value, or a promise of one. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** An object that is read block by block; an empty block, null or undefined is its end. */
export interface FileLike {
  /** Reads up to `size` bytes. */
  read(size: number): MaybePromise<Chunk | null | undefined>;
  /** Releases what the object holds. */
  close?(): unknown;
}

/** What {@link FileWrapper} can wrap; a string is a path. */
export type WrappableFile = string | URL | FileHandle | FileLike | Readable;

/**
 * A file as a response body: its blocks from the current position to the end. A path is opened when the
 * first block is asked for, so a missing file is still answered with an error page.
 *
 * @example
 * ```ts
 * startResponse('200 OK', [['Content-Type', 'image/gif']]);
 * return new FileWrapper('/srv/bud.gif');
 * ```
 */
export class FileWrapper implements AsyncIterable<Chunk> {
  readonly #file: WrappableFile;
  readonly #blockSize: number;
  #opening: Promise<FileHandle> | undefined; // of a path
  #closing: Promise<void> | undefined;

  /** @param file - what is read, and closed by {@link FileWrapper.close}
   * @param blockSize - bytes in a block, at most; a Readable has its own
   * @throws GatewayError `ERR_GATEWAY_BODY` when it cannot be read */
  constructor(file: WrappableFile, blockSize = 65536) {
    const readable = isPath(file) || typeof (file as FileLike | null)?.read === 'function';
    if (!readable) throw unusable('what is not a path and has no read() is not a file');
    if (!Number.isInteger(blockSize) || blockSize < 1) throw unusable('blockSize is not positive');
    this.#file = file;
    this.#blockSize = blockSize;
    // A stream may fail before it is iterated, which then reports it; unheard, it would end the process.
    if (isStream(file)) file.on('error', () => {});
  }

  /** Iterates over blocks; ends early after {@link FileWrapper.close}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk, void, undefined> {
    if (isStream(this.#file)) {
      if (!this.#closing) yield* this.#file;
      return;
    }
    while (!this.#closing) {
      const block = await this.#read(this.#file);
      if (!block || block.length === 0) return;
      yield block;
    }
  }

  /** Closes the file, once, however often it is called. */
  close(): Promise<void> {
    this.#closing ??= this.#close(this.#file);
    return this.#closing;
  }

  async #read(file: Exclude<WrappableFile, Readable>): Promise<Chunk | null | undefined> {
    if (isPath(file)) {
      this.#opening ??= open(file);
      return readBlock(await this.#opening, this.#blockSize);
    }
    return isHandle(file) ? readBlock(file, this.#blockSize) : file.read(this.#blockSize);
  }

  async #close(file: WrappableFile): Promise<void> {
    if (isPath(file)) {
      const handle = await this.#opening?.catch(() => undefined); // the iteration has reported it
      await handle?.close();
    } else if (isStream(file)) {
      file.destroy();
    } else {
      await file.close?.();
    }
  }
}

/**
 * `wsgi.file_wrapper`: makes a {@link FileWrapper}. PEP 3333 calls it, and `new` works as well.
 *
 * @param file - what is read
 * @param blockSize - bytes in a block, at most; 65536 by default
 */
export function fileWrapper(file: WrappableFile, blockSize?: number): FileWrapper {
  return new FileWrapper(file, blockSize);
}

async function open(path: string | URL): Promise<FileHandle> {
  const files = await import('node:fs/promises'); // not at the top: CGI pays for each module at each request
  return files.open(path);
}

async function readBlock(handle: FileHandle, size: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, null);
  return buffer.subarray(0, bytesRead);
}

function isPath(file: WrappableFile): file is string | URL {
  return typeof file === 'string' || file instanceof URL;
}

function isStream(file: WrappableFile): file is Readable {
  return typeof (file as Readable).pipe === 'function';
}

function isHandle(file: FileHandle | FileLike): file is FileHandle {
  return (
    typeof (file as FileHandle).fd === 'number' && typeof (file as FileHandle).stat === 'function'
  );
}

function unusable(message: string): GatewayError {
  return new GatewayError('ERR_GATEWAY_BODY', `file wrapper: ${message}`);
}
