// Time in which this process ran: a suspended process, a sleeping computer and a starved thread do not age.

const MOST = 64; // gaps that are remembered: far more than fit into a time limit, unless the machine is overloaded anyway

/** Ages of things, without the gaps between two looks that came too late. */
export class CountedTime {
  readonly #longest: number;
  readonly #gaps: { readonly start: number; readonly end: number }[] = [];
  #looked: number;

  /**
   * @param now - the time
   * @param longest - milliseconds between two looks; if there are more, all of them are a gap
   */
  constructor(now: number, longest: number) {
    this.#looked = now;
    this.#longest = longest;
  }

  /** To be called all the time; false after a gap: what has not happened yet has had no time to. */
  look(now: number): boolean {
    const start = this.#looked;
    this.#looked = now;
    if (now - start <= this.#longest) return true;
    this.#gaps.push({ start, end: now });
    if (this.#gaps.length > MOST) this.#gaps.shift();
    return false;
  }

  /** Milliseconds that have counted between a moment and the last look. */
  since(moment: number): number {
    let age = this.#looked - moment;
    for (const { start, end } of this.#gaps) if (end > moment) age -= end - Math.max(start, moment);
    return Math.max(age, 0);
  }
}
