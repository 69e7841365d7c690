// Measures a request body whose length nobody announced, for protocols that must send it first.
import type { FileHandle } from 'node:fs/promises';
import type { Environ, InputStream } from '@sluice/gateway';
import { ProtocolError, parseLength } from '@sluice/protocol';

/** A body of known length. */
export interface MeasuredBody {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Lets go of what was stored. */
  close(): Promise<void>;
}

const IN_MEMORY = 1_048_576; // bytes; what is longer goes to a temporary file

/**
 * The request body with its length: as announced where it was, else read to its end first.
 *
 * @throws ProtocolError `ERR_BACK_END_BODY_TOO_LARGE` with status hint 413
 */
export async function measuredBody(environ: Environ, limit: number): Promise<MeasuredBody> {
  const input = environ['wsgi.input'];
  const announced = environ.CONTENT_LENGTH;
  if (announced !== undefined) {
    return { length: parseLength(announced) ?? 0, chunks: input, close: async () => {} };
  }
  return await spool(input, limit);
}

async function spool(input: InputStream, limit: number): Promise<MeasuredBody> {
  const held: Uint8Array[] = [];
  let length = 0;
  let file: FileHandle | undefined;
  try {
    for await (const chunk of input) {
      length += chunk.length;
      if (length > limit) {
        throw new ProtocolError(
          'ERR_BACK_END_BODY_TOO_LARGE',
          `a body of unknown length is longer than ${limit} bytes`,
          { statusHint: 413 },
        );
      }
      held.push(chunk);
      if (length > IN_MEMORY) {
        file ??= await temporaryFile();
        for (const piece of held.splice(0)) await file.appendFile(piece);
      }
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  if (!file) return { length, chunks: generate(held), close: async () => {} };
  const stored = file;
  return {
    length,
    chunks: stored.createReadStream({ start: 0, autoClose: false }),
    close: () => stored.close(),
  };
}

async function* generate(held: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* held;
}

/** A file without a name: it is gone when it is closed, however the process ends. */
async function temporaryFile(): Promise<FileHandle> {
  const { mkdtemp, open, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const directory = await mkdtemp(`${tmpdir()}/sluice-`);
  try {
    return await open(`${directory}/body`, 'wx+', 0o600);
  } finally {
    await rm(directory, { recursive: true });
  }
}
