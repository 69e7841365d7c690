// How many requests an application gets at once, and how many wait for their turn.

/** Lets so many requests through at once, and so many wait, in order of arrival. */
export class RequestQueue {
  readonly #concurrent: number;
  readonly #length: number;
  readonly #line = new Map<object, () => void>(); // in order of arrival
  readonly #active = new Set<object>();
  #refused = 0;
  #isAdvancing = false;

  /** @param concurrent - requests at once, at least 1
   * @param length - requests that may wait */
  constructor(concurrent: number, length: number) {
    this.#concurrent = concurrent;
    this.#length = length;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Requests that found the queue full so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether a request still waits for its turn. */
  isWaiting(ticket: object): boolean {
    return this.#line.has(ticket);
  }

  /** Whether there is room for one more; one that finds none is counted. */
  admits(): boolean {
    const admits = this.#active.size < this.#concurrent || this.#line.size < this.#length;
    if (!admits) this.#refused++;
    return admits;
  }

  /**
   * Takes a request.
   *
   * @param ticket - tells requests apart
   * @param start - is called when its turn has come, at once if nobody is before it
   */
  enter(ticket: object, start: () => void): void {
    this.#line.set(ticket, start);
    this.#advance();
  }

  /** A request is over, or its client has left the line. Called once for each that entered. */
  leave(ticket: object): void {
    if (this.#active.delete(ticket)) this.#advance();
    else this.#line.delete(ticket);
  }

  /** Lets requests in; a loop, since a synchronous application is done before it returns. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    for (const [ticket, start] of this.#line) {
      if (this.#active.size >= this.#concurrent) break;
      this.#line.delete(ticket);
      this.#active.add(ticket);
      start();
    }
    this.#isAdvancing = false;
  }
}
