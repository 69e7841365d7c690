// A file with the process id of a daemon.
//
// It is written under another name and then put under its own, at once and whole, while a lock keeps other
// starts out. An old one is in the way as long as its process lives; a process that was started after the
// file was written has only got the same id.

import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { FileLock } from './file-lock.ts';
import { lifeOf } from './process-life.ts';

const LONGEST = 64; // bytes: whatever is longer is no pidfile
const SLACK = 2000; // milliseconds: clocks of processes and of file systems are not the same

/** A pidfile that names this process. */
export class Pidfile {
  /** Where it is, as an absolute path. */
  readonly path: string;
  readonly #inode: number;

  private constructor(path: string, inode: number) {
    this.path = path;
    this.#inode = inode;
  }

  /**
   * Writes a pidfile; one that a dead process has left behind is replaced.
   *
   * @param path - links are not followed
   * @throws OptionError `ERR_PIDFILE_IN_USE` when the process that it names lives, `ERR_PIDFILE_PATH` when it cannot be written, or something else is there
   */
  static create(path: string): Pidfile {
    const place = resolve(path);
    let lock: FileLock | undefined;
    try {
      lock = FileLock.acquire(`${place}.lock`);
      if (!lock) throw inUse(place, 'another process is writing it');
      return new Pidfile(place, write(place));
    } catch (error) {
      if (error instanceof OptionError) throw error;
      throw failure(place, (error as Error).message, error);
    } finally {
      lock?.release();
    }
  }

  /** Removes it, if it is still ours. */
  remove(): void {
    try {
      const there = lstatSync(this.path, { throwIfNoEntry: false });
      const isOurs = there?.isFile() && there.ino === this.#inode;
      if (isOurs && readFileSync(this.path, 'latin1') === ownText()) unlinkSync(this.path);
    } catch {
      // A process that has given up its rights may not remove it any more; the next one replaces it.
    }
  }
}

function ownText(): string {
  return `${process.pid}\n`;
}

/** Writes the file, whose inode comes back. */
function write(path: string): number {
  const isStale = makeWay(path);
  const own = `${path}.${process.pid}`;
  removeIfThere(own); // of a process that had our id and was killed at this very point
  writeFileSync(own, ownText(), { flag: 'wx', mode: 0o644 });
  try {
    // Without a stale one there must be nothing: rename() would replace what came meanwhile, link() does not.
    if (isStale) renameSync(own, path);
    else linkSync(own, path);
  } finally {
    removeIfThere(own);
  }
  return lstatSync(path).ino;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Whether a stale pidfile is there. @throws OptionError for one that is not stale, and for anything else */
function makeWay(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return false;
  const { text, written } = there.isFile() ? readPidfile(path) : { text: 'no file', written: 0 };
  const pid = Number(text);
  if (!/^\d{0,10}$/.test(text))
    throw failure(path, 'something else is there, which is not ours to replace');
  if (text !== '' && pid !== process.pid && isSince(pid, written))
    throw inUse(path, `process ${pid} runs`);
  return true;
}

/** What a file holds; `written` is when, in milliseconds since 1970. */
function readPidfile(path: string): { text: string; written: number } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size, mtimeMs } = fstatSync(fd);
    const text = size > LONGEST ? 'too long' : readFileSync(fd, 'latin1').trim();
    return { text, written: mtimeMs };
  } finally {
    closeSync(fd);
  }
}

/** Whether a process lives that was there when a file was written. */
function isSince(pid: number, written: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false; // EPERM: somebody else's, and alive
  }
  const life = lifeOf(pid);
  return life === undefined || (!life.isOver && life.start <= written + SLACK);
}

function inUse(path: string, why: string): OptionError {
  return new OptionError(
    'ERR_PIDFILE_IN_USE',
    `${why}, and ${path} is its pidfile: stop it, or name another file`,
  );
}

function failure(path: string, why: string, cause?: unknown): OptionError {
  return new OptionError(
    'ERR_PIDFILE_PATH',
    `the pidfile ${path} cannot be written: ${why}`,
    cause,
  );
}
