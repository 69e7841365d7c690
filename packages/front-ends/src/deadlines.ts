// One clock for all connections of a listener. A timer for each connection would cost more than the
// rest of a small request; a sweep over those that are open costs nothing while requests are short.

/** Something that must not take for ever. */
export interface Timed {
  /** Called at each tick with the clock's time in milliseconds. */
  check(now: number): void;
}

/** A coarse clock and those who watch it. */
export class Deadlines<Member extends Timed> {
  readonly #members = new Set<Member>();
  readonly #tick: number;
  readonly #timer: NodeJS.Timeout;
  #now = 0;

  /** @param limits - milliseconds; the clock is four times finer than the shortest, a second at most */
  constructor(limits: readonly number[]) {
    this.#tick = Math.min(1000, Math.max(10, Math.min(...limits) / 4));
    this.#timer = setInterval(() => this.#sweep(), this.#tick).unref();
  }

  /** The time at which something is late that may take so many milliseconds from now. */
  in(milliseconds: number): number {
    return this.#now + milliseconds + this.#tick; // the clock stands still between ticks
  }

  /** Who watches the clock. */
  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  delete(member: Member): void {
    this.#members.delete(member);
  }

  /** Stops the clock. */
  close(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    this.#now += this.#tick;
    for (const member of this.#members) member.check(this.#now);
  }
}
