// Keeps a number of units alive, be they processes or threads.
//
// Theory: the pool has as many slots as units. A slot has its current unit and, while that is to be
// replaced, a successor; the successor takes the slot over when it is ready, and only then is its
// predecessor told to leave. A unit that goes without having been told so is replaced at once. Units
// that fail before they are ready, or within a second of it, are replaced more and more slowly, so
// that a broken application does not spin; when they fail so from the start, the pool gives up.

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
  /** It will never be ready, and neither would another one: it has tried often enough itself. */
  hopeless(why: string): void;
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
  readonly slot: Slot;
  unit: Unit | undefined;
  isReady: boolean;
  /** When it became ready, or was started. */
  since: number;
  /** It shall have a successor as soon as it can. */
  isOutdated: boolean;
}

interface Slot {
  current: Member | undefined;
  successor: Member | undefined;
  /** Runs while a start is put off. */
  timer: NodeJS.Timeout | undefined;
}

const DELAYS = [0, 0, 500, 1000, 2000, 4000, 8000, 15000, 30000]; // milliseconds before the nth start after failures in a row
const GIVE_UP = 5; // failures in a row without any unit ready
const YOUNG = 1000; // milliseconds within which an end counts as a failed start

/** A number of units, kept alive. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #slots: readonly Slot[];
  readonly #members = new Set<Member>(); // all that are not gone, those that leave among them
  #failures = 0; // in a row
  #stopping = false;
  #starting: { resolve(): void; reject(error: Error): void } | undefined;
  #onempty: (() => void) | undefined;
  #onfailed: ((why: string) => void) | undefined;

  /** @param options - size, and how a unit is started */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => ({
      current: undefined,
      successor: undefined,
      timer: undefined,
    }));
  }

  /** Called with the reason when the pool, once up, has lost every unit and cannot start another. */
  set onfailed(listener: (why: string) => void) {
    this.#onfailed = listener;
  }

  /** Starts all units; settles when all are ready, rejects when they fail again and again. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      for (const slot of this.#slots) this.#tend(slot);
    });
  }

  /**
   * Replaces all units, each by a new one that is ready before the old one leaves. Asked again while
   * that goes on, it goes on once more from the beginning, however often it was asked.
   */
  replaceAll(): void {
    this.#failures = 0;
    for (const slot of this.#slots) {
      if (slot.current) slot.current.isOutdated = true;
      if (slot.successor) slot.successor.isOutdated = true;
      clearTimeout(slot.timer); // whoever asks does not want to wait for a delay
      slot.timer = undefined;
      this.#tend(slot);
    }
  }

  /**
   * Lets all units finish; settles when they are gone. Called again, it ends them at once.
   *
   * @param deadline - milliseconds after which those that are left are killed
   */
  async stop(deadline: number): Promise<void> {
    if (this.#stopping) {
      this.kill();
      return;
    }
    this.#stopping = true;
    this.#starting?.reject(new Error('stopped before they were ready'));
    this.#starting = undefined;
    for (const slot of this.#slots) clearTimeout(slot.timer);
    for (const { unit } of this.#members) unit?.stop();
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

  /** Starts what a slot needs, if anything. */
  #tend(slot: Slot): void {
    if (this.#stopping || slot.timer) return;
    if (!slot.current) slot.current = this.#launch(slot);
    else if (slot.current.isReady && slot.current.isOutdated) slot.successor ??= this.#launch(slot);
  }

  #launch(slot: Slot): Member | undefined {
    const member: Member = {
      slot,
      unit: undefined,
      isReady: false,
      since: performance.now(),
      isOutdated: false,
    };
    this.#members.add(member);
    member.unit = this.#options.start({
      ready: () => this.#ready(member),
      gone: (how) => this.#gone(member, how),
      hopeless: (why) => this.#starting && this.#fail(why),
      exhausted: () => {
        member.isOutdated = true;
        this.#tend(slot);
      },
    });
    if (member.unit) return member;
    this.#members.delete(member);
    this.#options.onexhausted?.();
    if (this.#members.size === 0)
      this.#fail('workers cannot be started: nothing is left to start them with');
    return undefined;
  }

  #ready(member: Member): void {
    const { slot } = member;
    if (member.isReady || this.#stopping) return;
    member.isReady = true;
    member.since = performance.now();
    if (slot.successor === member) {
      slot.current?.unit?.stop();
      slot.current = member;
      slot.successor = undefined;
    }
    if (this.#slots.every(({ current }) => current?.isReady)) {
      this.#starting?.resolve();
      this.#starting = undefined;
    }
    this.#tend(slot);
  }

  #gone(member: Member, how: string): void {
    if (!this.#members.delete(member)) return;
    if (this.#members.size === 0) this.#onempty?.();
    const { slot, unit } = member;
    const isLost = slot.current === member || slot.successor === member;
    if (this.#stopping || !isLost) return; // it was told to leave
    if (slot.successor === member) slot.successor = undefined;
    else {
      slot.current = slot.successor; // on its way already, if there is one
      slot.successor = undefined;
    }
    const failed = !member.isReady || performance.now() - member.since < YOUNG;
    this.#failures = failed ? this.#failures + 1 : 0;
    const what = `${unit?.name ?? 'a worker'} ended${member.isReady ? '' : ' before it was ready'} (${how})`;
    if (
      this.#starting &&
      this.#failures >= GIVE_UP &&
      !this.#slots.some(({ current }) => current?.isReady)
    ) {
      this.#options.report('error', what);
      this.#fail(
        `workers cannot be started: ${this.#failures} in a row ended before they were ready, the last with ${how}`,
      );
      return;
    }
    const delay = DELAYS[Math.min(this.#failures, DELAYS.length - 1)] ?? 0;
    this.#options.report(
      'error',
      `${what}, replaced ${delay === 0 ? 'at once' : `in ${delay} ms`}`,
    );
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      this.#tend(slot);
    }, delay);
  }

  #fail(why: string): void {
    const starting = this.#starting;
    this.#starting = undefined;
    for (const slot of this.#slots) clearTimeout(slot.timer);
    this.#stopping = true;
    this.kill();
    if (starting) starting.reject(new Error(why));
    else this.#onfailed?.(why);
  }
}
