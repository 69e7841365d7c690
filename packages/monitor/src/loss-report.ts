// What a log file tells of itself when it cannot be written: one line now and then, never one for each failure.
import type { Log } from '@sluice/gateway';

const QUIET = 10_000; // milliseconds between two lines

/** Tells of a log that is in trouble, at most every ten seconds. */
export class LossReport {
  readonly #name: string;
  readonly #log: Log;
  #lost = 0; // altogether
  #told = 0; // of those
  #trouble: string | undefined;
  #isTold = false; // whether people think that it is in trouble
  #last = Number.NEGATIVE_INFINITY;

  /** @param name - of the log file
   * @param log - takes the lines */
  constructor(name: string, log: Log) {
    this.#name = name;
    this.#log = log;
  }

  /** Lines that were lost, altogether. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether lines are lost that nobody was told of. */
  get isBehind(): boolean {
    return this.#lost > this.#told;
  }

  /** Lines are lost. */
  lose(lines: number): void {
    this.#lost += lines;
  }

  /** It cannot be written or opened. */
  fail(why: string): void {
    this.#trouble = why;
    this.look();
  }

  /** It is written again. */
  recover(): void {
    this.#trouble = undefined;
    this.look();
  }

  /** Tells what is new, if anything is and it is time; `isLast`: whenever anything is. */
  look(isLast = false): void {
    if (!this.isBehind && (this.#trouble !== undefined) === this.#isTold) return;
    const now = performance.now();
    if (!isLast && now - this.#last < QUIET) return;
    this.#last = now;
    const lost = this.#lost - this.#told;
    const state = this.#trouble ?? 'it is written again';
    this.#log('warn', `log ${this.#name}: ${state}; ${lost} line${lost === 1 ? '' : 's'} lost`);
    this.#told = this.#lost;
    this.#isTold = this.#trouble !== undefined;
  }
}
