// What a connection waits for, and until when.
import type { Deadlines, Timed } from './deadlines.ts';
import type { Limits } from './limits.ts';

/** What the peer has to do; 'rest': send what is left of an answered request's body; 'end': close its side. */
export type Waiting = 'first byte' | 'head' | 'body' | 'idle' | 'rest' | 'end' | 'nothing';

/** One thing that a connection waits for. */
export class Wait {
  readonly #deadlines: Deadlines<Timed>;
  readonly #limits: Readonly<Record<Waiting, number>>;
  #what: Waiting = 'first byte';
  #until: number;

  /** @param deadlines - the clock
   * @param limits - how long each wait may take */
  constructor(deadlines: Deadlines<Timed>, limits: Readonly<Record<Waiting, number>>) {
    this.#deadlines = deadlines;
    this.#limits = limits;
    this.#until = deadlines.in(limits['first byte']);
  }

  get what(): Waiting {
    return this.#what;
  }

  /** Waits from now on, as long as its limit allows, or so many milliseconds. */
  for(what: Waiting, milliseconds: number = this.#limits[what]): void {
    this.#what = what;
    this.#until = this.#deadlines.in(milliseconds);
  }

  /** The first bytes of a head have come, and not all of it. */
  begin(): void {
    if (this.#what === 'first byte' || this.#what === 'idle') this.for('head');
  }

  /** Whether it has taken too long. */
  isOver(now: number): boolean {
    return now > this.#until;
  }
}

/** How long each wait may take. */
export function waitLimits(limits: Limits): Readonly<Record<Waiting, number>> {
  return {
    'first byte': limits.firstByte,
    head: limits.head,
    body: limits.body,
    idle: limits.idle,
    rest: limits.drain,
    end: limits.linger,
    nothing: Number.POSITIVE_INFINITY,
  };
}
