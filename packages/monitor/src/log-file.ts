// A log file: lines are collected for a moment and written in one piece. It never throws once it is open.
//
// Theory: `#text` is what came since the last write, `#rest` what a failed write left. A write that fails
// makes the file `#isFailing`: both together are then bounded, lines that would be too much are counted
// and dropped, and only a timer tries again. A line that was cut in two by a full disk is written again
// as a whole, on a line of its own, since another process may have written in between.
import { type Log, printable, stderrLog } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import type { LineSink } from './access-log.ts';
import { LogTarget } from './log-target.ts';
import { LossReport } from './loss-report.ts';

const PAUSE = 50; // milliseconds that a line waits for others, at most
const ENOUGH = 65536; // bytes that are written without waiting
const RETRY = 1000; // milliseconds between two tries after a failure
const LIMIT = 1_048_576; // bytes that wait while the file cannot be written
const LINE_FEED = 0x0a;

const open = new Set<LogFile>();
let isWatchingExit = false;
let isExiting = false; // nothing waits any more

/** A file that lines are appended to; several processes may append to the same one. */
export class LogFile implements LineSink {
  readonly #target: LogTarget;
  readonly #report: LossReport;
  #text = '';
  #rest: Buffer | undefined;
  #isTorn = false; // the file ends with a part of the first line of #rest
  #isFailing = false;
  #mustReopen = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Opens a file, and makes it when it is not there (mode 640).
   *
   * @param target - a path; `-` for the standard output, `stderr` for the standard error stream
   * @param trouble - takes a line, every ten seconds at most, when the file cannot be written; the standard error stream by default
   * @throws OptionError `ERR_LOG_FILE` when it cannot be opened
   */
  constructor(target: string, trouble: Log = stderrLog) {
    try {
      this.#target = new LogTarget(target);
    } catch (error) {
      const why = `log file ${printable(target)} cannot be opened: ${messageOf(error)}`;
      throw new OptionError('ERR_LOG_FILE', why, error);
    }
    this.#report = new LossReport(printable(this.#target.name), trouble);
    open.add(this);
    if (isWatchingExit) return;
    isWatchingExit = true;
    process.on('exit', () => {
      isExiting = true;
      for (const file of open) file.flush();
    });
  }

  /** Whether it is a standard stream. */
  get isStandard(): boolean {
    return this.#target.isStandard;
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lines that could not be written and are lost, since it was opened. */
  get lost(): number {
    return this.#report.lost;
  }

  /** Takes a line, without its line feed; it is in the file 50 ms later. */
  write(line: string): void {
    const size = this.#text.length + (this.#rest?.length ?? 0);
    if (this.#isClosed || size + line.length >= LIMIT) {
      this.#report.lose(1);
      return;
    }
    this.#text += `${line}\n`;
    if (this.#isFailing) return;
    if (this.#text.length >= ENOUGH || isExiting) this.flush();
    else this.#timer ??= this.#after(PAUSE);
  }

  /** Writes what was collected, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isClosed) return;
    try {
      if (this.#mustReopen) this.#open();
    } catch (error) {
      this.#report.fail(`it cannot be opened anew: ${messageOf(error)}`);
      this.#timer = this.#after(RETRY);
    }
    this.#send();
    if (isExiting) this.#giveUp();
  }

  /** Writes what was collected, and opens the file that is at the path now: the old one was moved away. */
  reopen(): void {
    if (this.#isClosed || this.isStandard) return;
    this.flush();
    this.#mustReopen = true;
    this.flush();
  }

  /** Writes what was collected, and closes the file. What comes later is lost. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    clearTimeout(this.#timer);
    this.#isClosed = true;
    open.delete(this);
    this.#giveUp();
    this.#target.close();
  }

  /** What could not be written until now is lost. */
  #giveUp(): void {
    this.#report.lose(linesOf(this.#rest));
    this.#report.look(true);
    this.#rest = undefined;
  }

  #open(): void {
    this.#target.open();
    this.#mustReopen = false;
    this.#isTorn = false;
    if (!this.#isFailing) this.#report.recover();
  }

  #send(): void {
    const bytes = this.#take();
    if (!bytes) {
      this.#report.look();
      return;
    }
    let at = this.#isTorn ? 0 : 1; // the line feed before everything ends what is torn
    try {
      while (at < bytes.length) at += this.#target.write(bytes, at);
    } catch (error) {
      this.#keep(bytes, at, error as NodeJS.ErrnoException);
      return;
    }
    this.#isFailing = this.#isTorn = false;
    if (!this.#mustReopen) this.#report.recover();
  }

  /** Everything that waits, with a line feed before it. */
  #take(): Buffer | undefined {
    if (this.#rest === undefined && this.#text === '') return undefined;
    const text = Buffer.from(`\n${this.#text}`);
    const rest = this.#rest;
    this.#text = '';
    this.#rest = undefined;
    return rest ? Buffer.concat([text.subarray(0, 1), rest, text.subarray(1)]) : text;
  }

  /** A write has failed: keeps what it did not take, from the beginning of a line on. */
  #keep(bytes: Buffer, at: number, error: NodeJS.ErrnoException): void {
    const start = at === 0 ? 1 : bytes.lastIndexOf(LINE_FEED, at - 1) + 1;
    this.#isTorn = start !== at;
    this.#rest = Buffer.from(bytes.subarray(start)); // a copy: what was written need not stay
    this.#isFailing = true;
    // A pipe whose reader is slow is no trouble as long as there is room for what waits.
    const isSlow = error.code === 'EAGAIN';
    if (!isSlow) this.#report.fail(`it cannot be written: ${messageOf(error)}`);
    else if (this.#report.isBehind) this.#report.fail('what reads it is too slow');
    this.#timer ??= this.#after(isSlow ? PAUSE : RETRY);
  }

  /** Tries again later; a process that has nothing else to do need not wait for that. */
  #after(delay: number): NodeJS.Timeout {
    return setTimeout(() => this.flush(), delay).unref();
  }
}

function linesOf(bytes: Buffer | undefined): number {
  let lines = 0;
  for (let at = bytes?.indexOf(LINE_FEED) ?? -1; bytes && at >= 0; lines++) {
    at = bytes.indexOf(LINE_FEED, at + 1);
  }
  return lines;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? printable(error.message) : String(error);
}
