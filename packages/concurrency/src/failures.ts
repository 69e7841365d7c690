// How starts that fail are put off, and when they are given up.

const DELAYS = [0, 0, 500, 1000, 2000, 4000, 8000, 15000, 30000]; // milliseconds before the nth start after failures in a row
const GIVE_UP = 5; // failures in a row without any unit ready
const YOUNG = 1000; // milliseconds within which an end counts as a failed start

/** Failures in a row. */
export class Failures {
  #count = 0;

  /** How many there were, without a unit that lived. */
  get count(): number {
    return this.#count;
  }

  /** Whether it is no use to go on, where nothing was ever ready. */
  get areTooMany(): boolean {
    return this.#count >= GIVE_UP;
  }

  /** Milliseconds to wait before the next start. */
  get delay(): number {
    return DELAYS[Math.min(this.#count, DELAYS.length - 1)] ?? 0;
  }

  /** The same for the log. */
  get when(): string {
    return this.delay === 0 ? 'at once' : `in ${this.delay} ms`;
  }

  /** A unit was lost; `readyFor` says for how many milliseconds it was ready, undefined: never. */
  add(readyFor: number | undefined): void {
    this.#count = readyFor === undefined || readyFor < YOUNG ? this.#count + 1 : 0;
  }

  /** Begins anew. */
  forget(): void {
    this.#count = 0;
  }
}
