// What a worker does right now, in memory that other threads read while it is stuck.
//
// Theory: one thread writes, the worker's; any other may read at any time, and nobody ever waits.
// Each slot has a version, odd while a request runs in it. The writer fills a slot while it is free
// and makes its version odd last; a reader looks at the version before and after it copies, and drops
// what changed meanwhile. So a version also tells one request in a slot from the next. Counters are
// single 64-bit words. Only the marks of overdue requests go the other way: whoever watches sets
// them, the worker looks for them when its event loop turns.
import { monotonic } from './clock.ts';

/** A request that runs. */
export interface RunningRequest {
  /** Its slot, as returned by {@link Board.begin}. */
  readonly slot: number;
  /** Tells it from all other requests in the same slot. */
  readonly version: number;
  readonly method: string;
  /** At most about 200 characters; `...` at the end where there were more. */
  readonly url: string;
  /** Milliseconds since it began. */
  readonly age: number;
}

const SLOTS = 1024;
const HEADER = 64; // bytes: the counters
const METHOD = 16; // bytes
const URL_BYTES = 200;
const TEXT = 2 + METHOD + URL_BYTES + 2; // length of the method, length of the URL, both; a multiple of 4
const SLOT = 8 + 3 * 4 + TEXT;

const ENDED = 0;
const ACTIVE = 1;
const WAITING = 2;
const REFUSED = 3;
const BEAT = 4;
const MARKS = 5;

/** Counters and running requests of one worker, in a `SharedArrayBuffer`. */
export class Board {
  /** Another thread gives it to a `Board` of its own. Its pages take memory when they are first used. */
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Float64Array;
  readonly #starts: Float64Array;
  readonly #versions: Int32Array;
  readonly #marks: Int32Array; // versions of requests that are overdue
  readonly #lengths: Int32Array; // of URLs, in UTF-16 units, before they were cut
  readonly #text: Buffer;
  readonly #free: Uint16Array; // a stack: the slot that was free last is still in the processor's cache
  #frees: number;
  #marksSeen = 0;

  /** @param buffer - of another board, to read it; without one, a new board for the thread that will write it */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEADER + SLOTS * SLOT)) {
    const slots = (buffer.byteLength - HEADER) / SLOT;
    let at = HEADER;
    const next = (bytes: number) => {
      at += bytes;
      return at - bytes;
    };
    this.buffer = buffer;
    this.#counters = new Float64Array(buffer, 0, HEADER / 8);
    this.#starts = new Float64Array(buffer, next(8 * slots), slots);
    this.#versions = new Int32Array(buffer, next(4 * slots), slots);
    this.#marks = new Int32Array(buffer, next(4 * slots), slots);
    this.#lengths = new Int32Array(buffer, next(4 * slots), slots);
    this.#text = Buffer.from(buffer, at);
    this.#free = Uint16Array.from({ length: slots }, (_, index) => slots - 1 - index);
    this.#frees = slots;
  }

  /** How many requests it can list at once; more are counted. */
  get slots(): number {
    return this.#versions.length;
  }

  /**
   * A request begins.
   *
   * @returns its slot, for {@link Board.end}; -1 when all are taken: it is counted, and not listed
   */
  begin(method: string, url: string): number {
    this.#add(ACTIVE, 1);
    if (this.#frees === 0) return -1;
    this.#frees -= 1;
    const slot = this.#free[this.#frees] as number;
    const at = slot * TEXT;
    const text = this.#text;
    const length = Math.min(method.length, METHOD);
    text[at] = length;
    for (let index = 0; index < length; index++) text[at + 2 + index] = method.charCodeAt(index);
    text[at + 1] = text.write(url, at + 2 + METHOD, URL_BYTES);
    this.#lengths[slot] = url.length;
    this.#starts[slot] = monotonic();
    Atomics.store(this.#versions, slot, (this.#versions[slot] as number) + 1);
    return slot;
  }

  /** The request that got this slot has ended. */
  end(slot: number): void {
    if (slot >= 0) {
      const version = this.#versions[slot] as number;
      if ((version & 1) === 0) return; // ended before
      Atomics.store(this.#versions, slot, version + 1);
      this.#free[this.#frees] = slot;
      this.#frees += 1;
    }
    this.#add(ACTIVE, -1);
    this.#add(ENDED, 1);
  }

  /** Requests that have ended. */
  get ended(): number {
    return this.#counters[ENDED] as number;
  }

  /** Requests that run, listed or not. */
  get active(): number {
    return this.#counters[ACTIVE] as number;
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#counters[WAITING] as number;
  }
  set waiting(count: number) {
    this.#counters[WAITING] = count;
  }

  /** Requests that were refused because too many waited. */
  get refused(): number {
    return this.#counters[REFUSED] as number;
  }
  set refused(count: number) {
    this.#counters[REFUSED] = count;
  }

  /** The event loop of the worker turns: to be called by a timer of the thread that writes. */
  beat(): void {
    this.#counters[BEAT] = monotonic();
  }

  /** No beat is to be expected from now on: the worker leaves, and is not stuck. */
  endBeat(): void {
    this.#counters[BEAT] = 0;
  }

  /** When it turned last, in milliseconds of a clock that all threads share; 0 when no beat is to be expected. */
  get lastBeat(): number {
    return this.#counters[BEAT] as number;
  }

  /**
   * The listed requests, the longest first.
   *
   * @param atLeast - milliseconds: younger ones are left out
   */
  running(atLeast = 0): RunningRequest[] {
    const now = monotonic();
    const found: RunningRequest[] = [];
    for (let slot = 0; slot < this.#versions.length; slot++) {
      const version = Atomics.load(this.#versions, slot);
      if ((version & 1) === 0 || (this.#starts[slot] as number) > now - atLeast) continue;
      const request = this.#read(slot, version, now);
      if (request) found.push(request);
    }
    return found.sort((one, other) => other.age - one.age);
  }

  /** Whether this very request still runs. */
  isRunning(request: RunningRequest): boolean {
    return Atomics.load(this.#versions, request.slot) === request.version;
  }

  /** Tells the worker, from another thread, that a request has run for too long. */
  markOverdue(request: RunningRequest): void {
    Atomics.store(this.#marks, request.slot, request.version);
    this.#add(MARKS, 1);
  }

  /** Requests that were marked since this was called last, and still run: for the thread that writes. */
  takeOverdue(): RunningRequest[] {
    const marks = this.#counters[MARKS] as number;
    if (marks === this.#marksSeen) return [];
    this.#marksSeen = marks;
    return this.running().filter(
      ({ slot, version }) => Atomics.compareExchange(this.#marks, slot, version, 0) === version,
    );
  }

  /** What stands in a slot; undefined when it changed meanwhile. */
  #read(slot: number, version: number, now: number): RunningRequest | undefined {
    const at = slot * TEXT;
    const start = at + 2 + METHOD;
    const method = this.#text.toString('latin1', at + 2, at + 2 + (this.#text[at] as number));
    const url = this.#text.toString('utf8', start, start + (this.#text[at + 1] as number));
    const isCut = url.length < (this.#lengths[slot] as number);
    const age = now - (this.#starts[slot] as number);
    if (Atomics.load(this.#versions, slot) !== version) return undefined;
    return { slot, version, method, url: isCut ? `${url}...` : url, age };
  }

  #add(counter: number, change: number): void {
    this.#counters[counter] = (this.#counters[counter] as number) + change;
  }
}
