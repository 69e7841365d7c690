// Time in which this process ran: a suspended process, a sleeping computer and a starved thread do not age.

const MOST = 64; // gaps that are remembered

/** Ages of things, without the gaps between two looks that came too late. */
export class CountedTime {
  readonly #longest: number;
  readonly #gaps: { readonly start: number; readonly end: number }[] = [];
  #began: number; // what was before is not known, or forgotten: it does not count
  #looked: number;

  /**
   * @param now - the time
   * @param longest - milliseconds between two looks; if there are more, all of them are a gap
   */
  constructor(now: number, longest: number) {
    this.#began = now;
    this.#looked = now;
    this.#longest = longest;
  }

  /** To be called all the time: what was too long since the last call does not count. */
  look(now: number): void {
    const start = this.#looked;
    this.#looked = now;
    if (now - start <= this.#longest) return;
    this.#gaps.push({ start, end: now });
    if (this.#gaps.length > MOST) this.#began = this.#gaps.shift()?.end ?? now;
  }

  /** Milliseconds that have counted between a moment and the last look. */
  since(moment: number): number {
    const from = Math.max(moment, this.#began);
    let age = this.#looked - from;
    for (const { start, end } of this.#gaps) if (end > from) age -= end - Math.max(start, from);
    return Math.max(age, 0);
  }
}
