// One place in a pool: the unit that has it, and the one that shall have it next.
import type { Unit } from './unit.ts';

/** A unit as a pool keeps it. */
export interface Member {
  readonly slot: Slot;
  /** When it was started, milliseconds since the epoch. */
  readonly since: number;
  /** Undefined only while it is being started. */
  unit: Unit | undefined;
  /** When it became ready, by a steady clock; undefined: not yet. */
  readyAt: number | undefined;
  /** It shall have a successor as soon as it can. */
  isOutdated: boolean;
  /** Requests that run in it. */
  load: number;
  /** Runs from when it shall leave until it must have left. */
  killer: NodeJS.Timeout | undefined;
}

/** A place in a pool. */
export class Slot {
  current: Member | undefined;
  successor: Member | undefined;
  readonly #launch: (slot: Slot) => Member | undefined;
  #timer: NodeJS.Timeout | undefined; // runs while a start is put off

  /** @param launch - starts a unit for a slot */
  constructor(launch: (slot: Slot) => Member | undefined) {
    this.#launch = launch;
  }

  get isReady(): boolean {
    return this.current?.readyAt !== undefined;
  }

  /** Whether a unit has this place, or shall have it. */
  holds(member: Member): boolean {
    return this.current === member || this.successor === member;
  }

  /** Whether the unit shall have a successor, or has one that is not ready yet. */
  get isOutdated(): boolean {
    return this.successor !== undefined || this.current?.isOutdated === true;
  }

  /** Starts what is missing, if anything. */
  tend(): this {
    if (this.#timer) return this;
    if (!this.current) this.current = this.#launch(this);
    else if (this.isReady && this.current.isOutdated) this.successor ??= this.#launch(this);
    return this;
  }

  /** Units that are still on their way may have loaded what is old now. */
  expire(): void {
    if (this.successor) this.successor.isOutdated = true;
    if (this.current && !this.isReady) this.current.isOutdated = true;
  }

  /** Wants a successor for the unit. */
  renew(): void {
    if (this.current) this.current.isOutdated = true;
    this.tend();
  }

  /** Gives the place to a successor that is ready; returns its predecessor. */
  promote(): Member | undefined {
    const { current } = this;
    this.current = this.successor;
    this.successor = undefined;
    return current;
  }

  /** Takes the place from a unit; a successor that is on its way gets it. */
  release(member: Member): void {
    if (this.successor === member) this.successor = undefined;
    else this.promote();
  }

  /** Starts what is missing later. */
  delay(milliseconds: number): void {
    this.hurry();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.tend();
    }, milliseconds);
  }

  /** Puts nothing off any more. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
