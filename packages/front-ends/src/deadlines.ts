// One clock for all connections of a listener. A timer for each connection would cost more than the
// rest of a small request; a sweep over those that are open costs nothing while requests are short.

/** Something that must not take for ever. */
export interface Timed {
  /** The clock's time at which it is due; infinite when nothing is awaited. */
  readonly deadline: number;
  /** Called once the deadline is over. */
  expire(): void;
}

/** A coarse clock and those who watch it. */
export class Deadlines {
  readonly #watched = new Set<Timed>();
  readonly #tick: number;
  readonly #timer: NodeJS.Timeout;
  #now = 0;

  /** @param shortest - the shortest limit in milliseconds; the clock is four times finer, a second at most */
  constructor(shortest: number) {
    this.#tick = Math.min(1000, Math.max(10, shortest / 4));
    this.#timer = setInterval(() => this.#sweep(), this.#tick).unref();
  }

  /** The deadline of something that may take so many milliseconds from now. */
  in(milliseconds: number): number {
    return this.#now + milliseconds + this.#tick; // the clock stands still between ticks
  }

  /** What is watched. */
  get watched(): ReadonlySet<Timed> {
    return this.#watched;
  }

  add(timed: Timed): void {
    this.#watched.add(timed);
  }

  delete(timed: Timed): void {
    this.#watched.delete(timed);
  }

  /** Stops the clock. */
  close(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    this.#now += this.#tick;
    for (const timed of this.#watched) if (timed.deadline < this.#now) timed.expire();
  }
}
