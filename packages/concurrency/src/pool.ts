// Keeps a number of units alive, be they processes or threads.
//
// Theory: a unit is starting → ready → leaving → gone. One that is gone without having been told to
// leave is replaced at once. Units that fail before they are ready, or within a second of it, are
// replaced more and more slowly, so that a broken application does not spin; when they fail so
// from the start, the pool gives up.

/** A process or a thread. */
export interface Unit {
  /** For the log: `worker 4711`, `thread 3`. */
  readonly name: string;
  /** Asks it to finish its requests and leave. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** What a unit tells the pool. */
export interface UnitEvents {
  /** It accepts connections. */
  ready(): void;
  /** It is gone. */
  gone(how: string): void;
  /** It goes on, but cannot replace what it may lose: it wants a successor. */
  exhausted(): void;
}

/** Starts a unit; undefined when no more can be started. */
export type StartUnit = (events: UnitEvents) => Unit | undefined;

/** How a pool behaves. */
export interface PoolOptions {
  /** How many units. */
  readonly size: number;
  readonly start: StartUnit;
  /** Takes one line for each thing that an operator should know. */
  readonly report: (level: 'info' | 'warn' | 'error', line: string) => void;
  /** Called when a unit was lost and no other can be started in its place. */
  readonly onexhausted?: () => void;
}

interface Member {
  unit: Unit | undefined;
  state: 'starting' | 'ready' | 'leaving';
  since: number;
  /** Whom it replaces, once it is ready. */
  readonly predecessor: Member | undefined;
}

const DELAYS = [0, 0, 500, 1000, 2000, 4000, 8000, 15000, 30000]; // milliseconds before the nth start after failures in a row
const GIVE_UP = 5; // failures in a row without any unit ready
const YOUNG = 1000; // milliseconds within which an end counts as a failed start

/** A number of units, kept alive. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #failures = 0;
  #stopping = false;
  #settleReady: { resolve(): void; reject(error: Error): void } | undefined;
  #onempty: (() => void) | undefined;
  #onfailed: ((why: string) => void) | undefined;

  /** @param options - size, and how a unit is started */
  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** The units that are not told to leave. */
  get units(): Unit[] {
    return [...this.#members].flatMap((member) =>
      member.state !== 'leaving' && member.unit ? [member.unit] : [],
    );
  }

  /** Called with the reason when the pool, once up, has lost every unit and cannot start another. */
  set onfailed(listener: (why: string) => void) {
    this.#onfailed = listener;
  }

  /** Starts all units; settles when all are ready, rejects when they fail again and again. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
      for (let count = 0; count < this.#options.size; count++) this.#add(undefined);
    });
  }

  /** Starts a successor of a unit, and tells the unit to leave when that is ready. */
  replace(unit: Unit): void {
    const member = [...this.#members].find((candidate) => candidate.unit === unit);
    if (member && !this.#stopping && !this.#successorOf(member)) this.#add(member);
  }

  /** Replaces all units, each by a new one that is ready before the old one leaves. */
  replaceAll(): void {
    for (const unit of this.units) this.replace(unit);
  }

  /**
   * Lets all units finish; settles when they are gone.
   *
   * @param deadline - milliseconds after which those that are left are killed
   */
  async stop(deadline: number): Promise<void> {
    if (this.#stopping) return this.kill();
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const member of this.#members) this.#leave(member);
    if (this.#members.size === 0) return;
    const killer = setTimeout(() => this.kill(), deadline);
    await new Promise<void>((resolve) => {
      this.#onempty = resolve;
    });
    clearTimeout(killer);
  }

  /** Ends all units at once. */
  kill(): void {
    for (const { unit } of this.#members) unit?.kill();
  }

  #successorOf(member: Member): Member | undefined {
    return [...this.#members].find(({ predecessor }) => predecessor === member);
  }

  #add(predecessor: Member | undefined): void {
    const member: Member = {
      unit: undefined,
      state: 'starting',
      since: performance.now(),
      predecessor,
    };
    this.#members.add(member);
    member.unit = this.#options.start({
      ready: () => this.#ready(member),
      gone: (how) => this.#gone(member, how),
      exhausted: () => member.unit && this.replace(member.unit),
    });
    if (member.unit) return;
    this.#members.delete(member);
    this.#options.onexhausted?.();
    if (this.#members.size === 0) this.#fail('nothing is left to start them with');
  }

  #leave(member: Member): void {
    member.state = 'leaving';
    member.unit?.stop();
  }

  #ready(member: Member): void {
    if (member.state !== 'starting') return;
    member.state = 'ready';
    member.since = performance.now();
    if (member.predecessor && this.#members.has(member.predecessor))
      this.#leave(member.predecessor);
    const ready = [...this.#members].filter(({ state }) => state === 'ready').length;
    if (ready < this.#options.size) return;
    this.#settleReady?.resolve();
    this.#settleReady = undefined;
  }

  #gone(member: Member, how: string): void {
    if (!this.#members.delete(member)) return;
    if (this.#members.size === 0) this.#onempty?.();
    if (this.#stopping || member.state === 'leaving') return;
    if (this.#successorOf(member)) return; // what takes its place is on its way already
    const failed = member.state === 'starting' || performance.now() - member.since < YOUNG;
    this.#failures = failed ? this.#failures + 1 : 0;
    const { unit } = member;
    const delay = DELAYS[Math.min(this.#failures, DELAYS.length - 1)] ?? 0;
    const place = member.state === 'starting' ? ' before it was ready' : '';
    const alive = [...this.#members].some(({ state }) => state === 'ready');
    if (failed && this.#failures >= GIVE_UP && !alive && this.#settleReady) {
      this.#options.report('error', `${unit?.name ?? 'a worker'} ended${place} (${how})`);
      this.#fail(`${this.#failures} in a row ended before they were ready, the last with ${how}`);
      return;
    }
    this.#options.report(
      'error',
      `${unit?.name ?? 'a worker'} ended${place} (${how}), replaced ${delay === 0 ? 'at once' : `in ${delay} ms`}`,
    );
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#add(member.predecessor);
    }, delay);
    this.#timers.add(timer);
  }

  #fail(why: string): void {
    const settle = this.#settleReady;
    this.#settleReady = undefined;
    const reason = `workers cannot be started: ${why}`;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#stopping = true;
    this.kill();
    if (settle) settle.reject(new Error(reason));
    else this.#onfailed?.(reason);
  }
}
