// Writes log entries to the standard error stream from any thread: `process.stderr` of a thread goes by
// the main thread, which is the one that is stuck.
import { write } from 'node:fs';

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
