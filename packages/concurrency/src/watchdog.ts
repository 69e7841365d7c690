// Finds requests that are slow or stuck, from a thread that is not stuck itself.
//
// Theory: every PERIOD the boards of all workers are looked at. A request beyond `slowLog` is logged
// once. A request beyond `requestTimeout` is marked on its board: a worker whose event loop turns finds
// the mark and ends that request itself. A worker whose event loop has not turned for as long cannot,
// and is killed. Ages are counted time (counted-time.ts), and a worker that turns while its stack is
// taken is spared: nobody is killed who only had no chance to run.
import type { Board, RunningRequest } from './board.ts';
import { monotonic } from './clock.ts';
import { CountedTime } from './counted-time.ts';
import type { StackLines } from './stack-of.ts';
import { type Standstill, slowEntries, stuckEntry } from './watchdog-entries.ts';

/** When a request is slow, and when it is stuck. */
export interface WatchLimits {
  /** Milliseconds after which a request is logged; 0: never. */
  readonly slowLog: number;
  /** Milliseconds after which a request is ended; 0: never. */
  readonly requestTimeout: number;
  /** File that entries go to; the standard error stream by default. */
  readonly file?: string | undefined;
}

/** A worker that is watched. */
export interface Watched {
  /** For the log, with the number that tells it from others: `worker 4711`, `thread 3`. */
  readonly name: string;
  /** Its board, on which it keeps its beat. */
  readonly board: Board;
  /** Where its JavaScript is; undefined when that cannot be had. */
  stack(): Promise<StackLines | undefined>;
  /** Ends it at once; called at most once. */
  kill(): void;
}

/** Takes one entry, which may have several lines; settles when it is written. */
export type WatchLog = (level: 'warn' | 'error', entry: string) => void | Promise<void>;

interface Member extends Watched {
  /** The versions of requests that were logged as slow, and that were marked, by slot. */
  readonly logged: Map<number, number>;
  readonly marked: Map<number, number>;
  isCondemned: boolean;
}

const PERIOD = 200; // milliseconds between two looks
const LONGEST = 2 * PERIOD; // between two looks: more is a gap
const STANDSTILL = 300; // milliseconds without a beat, which comes every 100
/** Milliseconds within which a stack must be had. */
export const STACK_WITHIN = 500;
const WRITING = 200; // milliseconds that an entry may take before the worker is killed all the same

/** Looks after workers. */
export class Watchdog {
  readonly #limits: WatchLimits;
  readonly #log: WatchLog;
  readonly #time: CountedTime;
  readonly #members = new Set<Member>();

  /**
   * @param limits - what is too long
   * @param log - takes what an operator should know
   */
  constructor(limits: WatchLimits, log: WatchLog) {
    this.#limits = limits;
    this.#log = log;
    this.#time = new CountedTime(monotonic(), LONGEST);
  }

  /**
   * Watches a worker.
   *
   * @returns ends that: to be called when the worker is gone
   */
  watch(watched: Watched): () => void {
    const member: Member = {
      name: watched.name,
      board: watched.board,
      stack: () => watched.stack(),
      kill: () => watched.kill(),
      logged: new Map(),
      marked: new Map(),
      isCondemned: false,
    };
    this.#members.add(member);
    return () => this.#members.delete(member);
  }

  /** Looks from now on. The timer keeps this thread alive. Returns what ends it. */
  start(): () => void {
    const timer = setInterval(() => void this.look(), PERIOD);
    return () => clearInterval(timer);
  }

  /** Looks once; settles when everything that follows from it is done. */
  async look(): Promise<void> {
    this.#time.look(monotonic());
    await Promise.all([...this.#members].map((member) => this.#judge(member)));
  }

  async #judge(member: Member): Promise<void> {
    if (member.isCondemned) return;
    const { requestTimeout } = this.#limits;
    const overdue = requestTimeout > 0 ? this.#olderThan(member, requestTimeout) : [];
    if (this.#isStuck(member, overdue.length > 0)) {
      await this.#end(member);
      return;
    }
    for (const request of overdue)
      if (isNew(member.marked, request)) member.board.markOverdue(request);
    await this.#logSlow(member);
  }

  /** A worker that has answered requests and stands still without any is stuck too: nobody will end that. */
  #isStuck({ board }: Member, isOverdue: boolean): boolean {
    const { requestTimeout } = this.#limits;
    if (requestTimeout === 0 || this.#silence(board) < requestTimeout) return false;
    return isOverdue || (board.active === 0 && board.ended > 0);
  }

  async #end(member: Member): Promise<void> {
    const { board, name } = member;
    member.isCondemned = true;
    const beat = board.lastBeat;
    const silence = this.#silence(board);
    const stack = await member.stack().catch(() => undefined);
    if (board.lastBeat !== beat || !this.#members.has(member)) {
      member.isCondemned = false;
      return;
    }
    const requests = this.#olderThan(member, 0);
    const entry = stuckEntry(name, requests, { silence, stack });
    await within(WRITING, () => this.#log('error', entry));
    member.kill();
  }

  async #logSlow(member: Member): Promise<void> {
    const { board, name } = member;
    const { slowLog } = this.#limits;
    if (slowLog === 0) return;
    const slow = this.#olderThan(member, slowLog).filter((one) => isNew(member.logged, one));
    if (slow.length === 0) return;
    const silence = this.#silence(board);
    let standstill: Standstill | undefined;
    if (silence > STANDSTILL) {
      const beat = board.lastBeat;
      const stack = await member.stack().catch(() => undefined);
      // What was seen after it went on says nothing about these requests.
      if (board.lastBeat === beat) standstill = { silence, stack };
    }
    for (const entry of slowEntries(name, slow, standstill)) void this.#log('warn', entry);
  }

  /** Requests with their counted ages, the longest first. */
  #olderThan({ board }: Member, limit: number): RunningRequest[] {
    const now = monotonic();
    return board
      .running(limit)
      .map((request) => ({ ...request, age: this.#time.since(now - request.age) }))
      .filter(({ age }) => age >= limit);
  }

  #silence({ lastBeat }: Board): number {
    return lastBeat === 0 ? 0 : this.#time.since(lastBeat);
  }
}

/** Whether this request was not remembered yet; it is from now on. */
function isNew(known: Map<number, number>, { slot, version }: RunningRequest): boolean {
  if (known.get(slot) === version) return false;
  known.set(slot, version);
  return true;
}

/** Waits for something, but not for long, and not for its success. */
async function within(limit: number, work: () => void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit);
  });
  await Promise.race([late, (async () => work())()]).catch(() => {});
  clearTimeout(timer);
}
