// Where the answer to `sluice request` goes: the standard output or a file, as fast as that takes it.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { OptionError, SluiceError } from '@sluice/protocol';

/** Takes the bytes of an answer. */
export interface Output {
  /**
   * Writes bytes; settles when they are taken.
   *
   * @returns false when nobody reads them any more
   * @throws SluiceError `ERR_REQUEST_OUTPUT`
   */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/**
 * Opens the output.
 *
 * @param file - undefined or `-`: the standard output
 * @throws OptionError `ERR_OPTION_VALUE` when the file cannot be written
 */
export async function openOutput(file: string | undefined): Promise<Output> {
  if (file === undefined || file === '-') return standardOutput();
  try {
    return fileOutput(file, await open(file, constants.O_WRONLY | constants.O_CREAT, 0o666));
  } catch (error) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `the output ${file} cannot be written: ${(error as Error).message}`,
      error,
    );
  }
}

function standardOutput(): Output {
  const { stdout } = process;
  stdout.on('error', () => {}); // the callback of a write tells as well
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stdout.write(bytes, (error) => {
          if (!error) resolve(true);
          else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false);
          else reject(failed('the standard output', error));
        });
      }),
    close: async () => {},
  };
}

/** What a file held before is gone with the first bytes of an answer, not before there is one. */
function fileOutput(name: string, handle: FileHandle): Output {
  let isFresh = true;
  return {
    async write(bytes) {
      try {
        if (isFresh && (await handle.stat()).isFile()) await handle.truncate();
        isFresh = false;
        await handle.writeFile(bytes);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false;
        throw failed(name, error as Error);
      }
    },
    close: () => handle.close(),
  };
}

function failed(what: string, error: Error): SluiceError {
  return new SluiceError(
    'ERR_REQUEST_OUTPUT',
    `${what} cannot be written: ${error.message}`,
    error,
  );
}
