// flup's adaptive pool: how many units there shall be, by how much they have to do.

/** Bounds of an adaptive pool. */
export interface Spares {
  /** Units without work at least, as long as `max` allows. */
  readonly minSpare: number;
  /** Units without work at most; also the smallest size. */
  readonly maxSpare: number;
  /** Units at most. */
  readonly max: number;
}

const CALM = 2000; // milliseconds for which fewer must have been enough before a pool shrinks

/** Works out the size of an adaptive pool. A request that runs occupies a unit, as in flup. */
export class Sizing {
  readonly #spares: Spares;
  #calmSince: number | undefined;

  /** @param spares - the bounds */
  constructor(spares: Spares) {
    this.#spares = spares;
  }

  /** The size to start with. */
  get initial(): number {
    return this.#spares.maxSpare;
  }

  /**
   * The size that a pool should have now.
   *
   * @param size - that it has
   * @param busy - requests that run in all of its units
   * @param now - milliseconds of any steady clock
   */
  wanted(size: number, busy: number, now: number): number {
    const { minSpare, maxSpare, max } = this.#spares;
    const least = Math.min(max, Math.max(maxSpare, busy + minSpare));
    const most = Math.min(max, Math.max(maxSpare, busy + maxSpare));
    if (size <= most) this.#calmSince = undefined;
    if (size < least) return least;
    if (size <= most) return size;
    this.#calmSince ??= now;
    if (now - this.#calmSince < CALM) return size;
    this.#calmSince = undefined;
    return most;
  }
}
