// The body of a request that somebody typed: a text, a file, or the standard input.
import { createReadStream, fstatSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { InputStream, RequestBody } from '@sluice/gateway';
import { OptionError, SluiceError } from '@sluice/protocol';

/** A request body that can be sent. */
export interface RequestSource {
  /** Bytes of it; undefined when only its end will tell. */
  readonly length: number | undefined;
  /** What the application reads. */
  readonly input: InputStream;
  /** Reads no more of it. */
  close(): void;
}

/**
 * Opens a body.
 *
 * @param data - a text, `@FILE`, `-` or `@-`; undefined: there is none
 * @throws OptionError `ERR_OPTION_VALUE` when the file cannot be read
 */
export async function openSource(data: string | undefined): Promise<RequestSource> {
  if (data === undefined) return { length: 0, input: new InputStream(), close: () => {} };
  if (data === '-' || data === '@-') return standardInput();
  if (!data.startsWith('@')) return ofText(data);
  const file = data.slice(1);
  try {
    return await ofFile(await open(file));
  } catch (error) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `the body ${file} cannot be read: ${(error as Error).message}`,
      error,
    );
  }
}

function ofText(text: string): RequestSource {
  const bytes = Buffer.from(text);
  const body = new RequestBody(() => {});
  if (bytes.length > 0) body.push(bytes);
  body.end();
  return { length: bytes.length, input: new InputStream(body), close: () => {} };
}

async function ofFile(handle: FileHandle): Promise<RequestSource> {
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw new Error('it is a directory');
  }
  if (!stats.isFile()) return ofStream(handle.createReadStream(), undefined);
  if (stats.size === 0) {
    await handle.close();
    return ofText('');
  }
  return ofStream(handle.createReadStream({ start: 0, end: stats.size - 1 }), stats.size);
}

function standardInput(): RequestSource {
  const rest = restOfFile(0);
  if (rest === undefined) return ofStream(process.stdin, undefined);
  if (rest === 0) return ofText('');
  // Where the file stands is where we read on: whoever shares the descriptor may have read the beginning.
  return ofStream(createReadStream('', { fd: 0, autoClose: false, end: rest - 1 }), rest);
}

/** Bytes between the place of a descriptor and the end of its file; undefined when it is none, or nobody knows. */
function restOfFile(fd: number): number | undefined {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    const place = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return place === undefined ? undefined : Math.max(0, stats.size - Number(place));
  } catch {
    return undefined; // closed, or a system that does not tell
  }
}

function ofStream(stream: Readable, length: number | undefined): RequestSource {
  let wanted = () => {};
  const body = new RequestBody(() => wanted());
  const pump = async () => {
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (body.push(chunk)) continue;
      await new Promise<void>((resolve) => {
        wanted = resolve;
      });
    }
    if (length !== undefined && size < length)
      throw new Error(`the file had ${length} bytes, and ended after ${size}`);
    body.end();
  };
  pump().catch((error: Error) => {
    body.fail(
      new SluiceError('ERR_REQUEST_BODY', `the body cannot be read: ${error.message}`, error),
    );
  });
  return { length, input: new InputStream(body), close: () => stream.destroy() };
}
