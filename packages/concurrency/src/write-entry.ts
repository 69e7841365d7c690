// Writes log entries from any thread: `process.stderr` of a thread goes by the main thread, which is the
// one that is stuck.
import { write } from 'node:fs';
import { appendFile } from 'node:fs/promises';

const STDERR = 2;
const AGAIN = 10; // milliseconds: the other end of a pipe is slow

let last: Promise<void> = Promise.resolve();

/**
 * Writes `error: …` and a line feed, after everything that was written so before.
 *
 * @returns settles when it is written, or cannot be
 */
export function writeEntry(level: 'warn' | 'error', entry: string): Promise<void> {
  last = last.then(() => writeAll(Buffer.from(`${level}: ${entry}\n`)));
  return last;
}

/**
 * Writes entries to a file, with time and process, as the error log has them; opened anew each time,
 * since it may have been moved away. Where it cannot be written, and without one, to the standard error stream.
 */
export function entryWriter(file: string | undefined): typeof writeEntry {
  if (file === undefined) return writeEntry;
  return async (level, entry) => {
    try {
      await appendFile(file, `${new Date().toISOString()} ${process.pid} ${level}: ${entry}\n`);
    } catch {
      await writeEntry(level, entry);
    }
  };
}

function writeAll(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const next = (rest: Buffer) => {
      write(STDERR, rest, (error, written) => {
        if (error?.code === 'EAGAIN') setTimeout(next, AGAIN, rest);
        else if (error || written === rest.length) resolve();
        else next(rest.subarray(written));
      });
    };
    next(bytes);
  });
}
