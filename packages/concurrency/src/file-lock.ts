// A lock that one process at a time holds, and that the kernel takes back however that process ends.
//
// Node.js has no flock(2). flock(1) locks the open file that it inherits, and that file is ours: the lock
// stays when the command has ended, and goes with our descriptor. Children do not inherit that one.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';

const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
const HELD = 1; // exit status of flock -n when somebody else has the lock

/** A lock that is held. Where this machine has no `flock` command, nobody is kept out. */
export class FileLock {
  readonly #path: string;
  readonly #fd: number;
  #isHeld = true;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /**
   * Takes a lock.
   *
   * @param path - an empty file that is made for it, and removed with it
   * @returns undefined when another holds it
   * @throws the system's error when the file can neither be opened nor made
   */
  static acquire(path: string): FileLock | undefined {
    for (;;) {
      const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      const { status } = spawnSync('flock', ['-n', '3'], {
        stdio: ['ignore', 'ignore', 'ignore', fd],
      });
      // Whoever held it before us may have removed the file after we had opened it.
      if (status !== HELD && isAt(path, fd)) return new FileLock(path, fd);
      closeSync(fd);
      if (status === HELD) return undefined;
    }
  }

  /** Lets go of it; the second time there is nothing to do. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    try {
      // A file with anything in it is none that we have made.
      if (isAt(this.#path, this.#fd) && fstatSync(this.#fd).size === 0) unlinkSync(this.#path);
    } catch {
      // A process that has given up its rights may not remove it any more; the next one takes it as it is.
    }
    closeSync(this.#fd);
  }
}

function isAt(path: string, fd: number): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}
