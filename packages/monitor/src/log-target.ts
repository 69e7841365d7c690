// Where the bytes of a log go: a file, a FIFO or a standard stream, by one descriptor.
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
const MODE = 0o640; // logs name people; the umask may take more away
const ATOMIC = 4096; // PIPE_BUF of Linux: bytes that reach a pipe in one piece, whoever else writes to it
const LINE_FEED = 0x0a;
const STANDARD: Readonly<Record<string, number>> = { '-': 1, stdout: 1, stderr: 2 };

/** A descriptor that lines are written to. */
export class LogTarget {
  /** As people call it: a path, `standard output`. */
  readonly name: string;
  /** Whether it is a standard stream, which is never opened anew or closed. */
  readonly isStandard: boolean;
  readonly #path: string;
  readonly #standard: number;
  #descriptor = -1;
  #isPipe = false;

  /** Opens it.
   * @param target - a path, `-` (or `stdout`) or `stderr`
   * @throws what the system says */
  constructor(target: string) {
    this.#path = target;
    this.#standard = Object.hasOwn(STANDARD, target) ? (STANDARD[target] as number) : -1;
    this.isStandard = this.#standard >= 0;
    this.name = this.isStandard ? `standard ${this.#standard === 1 ? 'output' : 'error'}` : target;
    this.open();
  }

  /**
   * Opens it, anew if it was open: what the path leads to now. After a failure it is what it was before.
   *
   * @throws what the system says
   */
  open(): void {
    const before = this.#descriptor;
    const descriptor = this.isStandard ? reopenPipe(this.#standard) : openLog(this.#path);
    this.#descriptor = descriptor;
    this.#isPipe = fstatSync(descriptor).isFIFO();
    closeLog(before);
  }

  /** Closes it; what is written afterwards fails. */
  close(): void {
    closeLog(this.#descriptor);
    this.#descriptor = -1;
  }

  /**
   * Writes one piece of what is left from an offset on: all of it, or as many whole lines as a pipe takes in one piece.
   *
   * @returns how many bytes were taken
   * @throws what the system says
   */
  write(bytes: Uint8Array, offset: number): number {
    return writeSync(this.#descriptor, bytes, offset, this.#pieceOf(bytes, offset));
  }

  #pieceOf(bytes: Uint8Array, offset: number): number {
    const rest = bytes.length - offset;
    if (!this.#isPipe || rest <= ATOMIC) return rest;
    const last = bytes.lastIndexOf(LINE_FEED, offset + ATOMIC - 1);
    const end = last >= offset ? last : bytes.indexOf(LINE_FEED, offset + ATOMIC);
    return end < 0 ? rest : end + 1 - offset;
  }
}

/** Without O_NONBLOCK a FIFO that nobody reads would hold everything up, now or at a write. */
function openLog(path: string): number {
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
}

/**
 * A descriptor of our own for a pipe that is a standard stream: O_NONBLOCK on the inherited one would
 * be there for everybody who has it too. Where that cannot be had, and for what is no pipe, the inherited one.
 */
function reopenPipe(standard: number): number {
  try {
    if (fstatSync(standard).isFIFO()) {
      return openSync(`/proc/self/fd/${standard}`, O_WRONLY | O_APPEND | O_NONBLOCK);
    }
  } catch {} // no /proc, or a pipe that belongs to another user: the inherited one does
  return standard;
}

function closeLog(descriptor: number): void {
  if (descriptor <= 2) return;
  try {
    closeSync(descriptor);
  } catch {} // the descriptor is gone in any case; what could not be written is not told here on Linux
}
