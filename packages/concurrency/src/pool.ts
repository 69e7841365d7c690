// Keeps a number of units alive, be they processes or threads.
//
// Theory: the pool has as many slots as units. A slot has its current unit and, while that is to be
// replaced, a successor; the successor takes the slot over when it is ready, and only then is its
// predecessor told to leave. A unit that says that it leaves by itself gives up its slot at once. A unit
// that goes without either is lost: it is replaced at once. Units that fail before they are ready, or
// soon after, are replaced more and more slowly, so that a broken application does not spin; when they
// fail so from the start, the pool gives up. A rolling replacement goes from slot to slot.
import { Failures } from './failures.ts';
import { Sizing, type Spares } from './sizing.ts';
import { type Member, Slot } from './slot.ts';
import type { StartUnit, UnitStatus } from './unit.ts';

/** How a pool behaves. */
export interface PoolOptions {
  /** How many units; for an adaptive pool, the bounds of their number. */
  readonly size: number | Spares;
  readonly start: StartUnit;
  /** Milliseconds that units have to finish when they shall leave. */
  readonly deadline: number;
  /** Takes one line for each thing that an operator should know. */
  readonly report: (level: 'info' | 'warn' | 'error', line: string) => void;
  /** Called when a unit was lost and no other can be started in its place. */
  readonly onexhausted?: () => void;
}

const GRACE = 1000; // milliseconds beyond the deadline after which a unit that should have left is ended
const TICK = 500; // milliseconds between looks at the size of an adaptive pool

/** A number of units, kept alive. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #sizing: Sizing | undefined;
  readonly #slots: Slot[];
  readonly #members = new Set<Member>(); // all that are not gone, those that leave among them
  readonly #failures = new Failures();
  readonly #rolling = new Set<Slot>(); // of a rolling replacement: the one whose turn it is, and those behind it
  readonly #renewing: (() => void)[] = []; // those who wait for the end of a replacement
  #ticker: NodeJS.Timeout | undefined;
  #lost = 0;
  #stopping = false;
  #starting: { resolve(): void; reject(error: Error): void } | undefined;
  #onempty: (() => void) | undefined;
  #onfailed: ((why: string) => void) | undefined;

  /** @param options - size, and how a unit is started */
  constructor(options: PoolOptions) {
    const { size } = options;
    this.#options = options;
    this.#sizing = typeof size === 'number' ? undefined : new Sizing(size);
    this.#slots = [];
    while (this.#slots.length < (typeof size === 'number' ? size : size.maxSpare)) this.#add();
  }

  /** Called with the reason when the pool, once up, has lost every unit and cannot start another. */
  set onfailed(listener: (why: string) => void) {
    this.#onfailed = listener;
  }

  /** How many units there shall be. */
  get size(): number {
    return this.#slots.length;
  }

  /** How many were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Starts all units; settles when all are ready, rejects when they fail again and again. */
  start(): Promise<void> {
    if (this.#sizing) this.#ticker = setInterval(() => this.#adapt(), TICK);
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      for (const slot of this.#slots) slot.tend();
    });
  }

  /**
   * Replaces all units, each by a new one that is ready before the old one leaves. Asked again while
   * that goes on, it goes on once more from the beginning, however often it was asked. Settles when all
   * are replaced.
   *
   * @param rolling - one after the other instead of all at once
   */
  replaceAll(rolling = false): Promise<void> {
    this.#failures.forget();
    this.#rolling.clear();
    for (const slot of this.#slots) {
      slot.hurry(); // whoever asks does not want to wait for a delay
      slot.expire();
      if (rolling) this.#rolling.add(slot.tend());
      else slot.renew();
    }
    if (rolling) this.#roll();
    return new Promise((resolve) => this.#renewing.push(resolve));
  }

  /** Changes the number of units, at least 1; those that are too many finish and leave. */
  resize(size: number): void {
    if (this.#stopping) return;
    while (this.#slots.length < size) this.#add().tend();
    while (this.#slots.length > size) this.#drop();
    this.#started();
  }

  /** Sets how many units each unit keeps, where it keeps any. */
  resizeEach(size: number): void {
    for (const { unit } of this.#members) unit?.resize(size);
  }

  /** Tells all units to open their log files anew. */
  reopen(): void {
    for (const { unit } of this.#members) unit?.reopen();
  }

  /** Asks all units what they are doing. */
  status(): Promise<UnitStatus[]> {
    return Promise.all(
      [...this.#members].map(async (member) => ({
        name: member.unit?.name ?? '',
        state: this.#stateOf(member),
        since: member.since,
        report: member.readyAt === undefined ? undefined : await member.unit?.report(),
      })),
    );
  }

  /** Lets all units finish within the deadline; settles when they are gone. Called again, it ends them at once. */
  async stop(): Promise<void> {
    if (this.#stopping) {
      this.kill();
      return;
    }
    this.#end();
    this.#starting?.reject(new Error('stopped before they were ready'));
    this.#starting = undefined;
    for (const { unit } of this.#members) unit?.stop();
    if (this.#members.size === 0) return;
    const killer = setTimeout(() => this.kill(), this.#options.deadline);
    await new Promise<void>((resolve) => {
      this.#onempty = resolve;
    });
    clearTimeout(killer);
  }

  /** Ends all units at once. */
  kill(): void {
    for (const { unit } of this.#members) unit?.kill();
  }

  #stateOf(member: Member): UnitStatus['state'] {
    if (member.readyAt === undefined) return 'starting';
    return member.killer || this.#stopping ? 'leaving' : 'ready';
  }

  #add(): Slot {
    const slot = new Slot((self) => this.#launch(self));
    this.#slots.push(slot);
    return slot;
  }

  /** Gives up a slot: of those with the least to do the newest. */
  #drop(): void {
    const loadOf = (slot: Slot) => slot.current?.load ?? 0;
    const least = Math.min(...this.#slots.map(loadOf));
    const at = this.#slots.findLastIndex((slot) => loadOf(slot) === least);
    const [slot] = this.#slots.splice(at, 1) as [Slot];
    slot.hurry();
    if (this.#rolling.delete(slot)) this.#roll();
    for (const member of [slot.current, slot.successor]) this.#dismiss(member);
  }

  #adapt(): void {
    let busy = 0;
    for (const { load, killer } of this.#members) if (!killer) busy += load;
    const wanted = this.#sizing?.wanted(this.size, busy, performance.now());
    if (wanted !== undefined) this.resize(wanted);
  }

  /** Goes on with a rolling replacement: the first slot is the one that waits for its successor. */
  #roll(): void {
    const [next] = this.#rolling;
    next?.renew();
  }

  #launch(slot: Slot): Member | undefined {
    if (this.#stopping) return undefined;
    const member: Member = {
      slot,
      since: Date.now(),
      unit: undefined,
      readyAt: undefined,
      isOutdated: false,
      load: 0,
      killer: undefined,
    };
    this.#members.add(member);
    member.unit = this.#options.start({
      ready: () => this.#ready(member),
      gone: (how) => this.#gone(member, how),
      hopeless: (why) => (this.#starting ? this.#fail(why) : this.#options.report('error', why)),
      exhausted: () => slot.current === member && !member.killer && slot.renew(),
      leaving: (why, isFailure) => this.#leaving(member, why, isFailure),
      log: this.#options.report,
      load: (active) => {
        member.load = active;
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
    if (member.readyAt !== undefined || member.killer || this.#stopping) return; // it leaves
    member.readyAt = performance.now();
    if (slot.successor === member) this.#dismiss(slot.promote());
    if (!member.isOutdated && this.#rolling.delete(slot)) this.#roll();
    slot.tend();
    this.#started();
  }

  /** Tells those who wait for the end of a start or a replacement, if this is it. */
  #started(): void {
    if (!this.#slots.every(({ isReady }) => isReady)) return;
    this.#starting?.resolve();
    this.#starting = undefined;
    if (this.#rolling.size > 0 || this.#slots.some(({ isOutdated }) => isOutdated)) return;
    for (const resolve of this.#renewing.splice(0)) resolve();
  }

  /** Tells a unit to leave, and sees to it that it does. */
  #dismiss(member: Member | undefined): void {
    if (!member || member.killer) return;
    member.unit?.stop();
    this.#expectEnd(member);
  }

  #expectEnd(member: Member): void {
    member.killer = setTimeout(() => member.unit?.kill(), this.#options.deadline + GRACE);
  }

  #leaving(member: Member, why: string, isFailure: boolean): void {
    const { slot, unit } = member;
    if (this.#stopping || member.killer) return;
    this.#expectEnd(member);
    slot.release(member);
    const what = `${unit?.name} leaves: ${why}`;
    if (isFailure) this.#makeUp(member, what);
    else this.#options.report('info', what);
    slot.tend();
  }

  #gone(member: Member, how: string): void {
    if (!this.#members.delete(member)) return;
    clearTimeout(member.killer);
    if (this.#members.size === 0) this.#onempty?.();
    const { slot, unit, readyAt } = member;
    if (this.#stopping || member.killer || !slot.holds(member)) return; // it was told to leave
    slot.release(member);
    const early = readyAt === undefined ? ' before it was ready' : '';
    this.#makeUp(member, `${unit?.name ?? 'a worker'} ended${early} (${how})`);
  }

  /** One was lost that nobody told to leave: another takes its place, later and later where that happens again and again. */
  #makeUp({ slot, readyAt }: Member, what: string): void {
    this.#lost++;
    this.#failures.add(readyAt === undefined ? undefined : performance.now() - readyAt);
    const { delay, when, count, areTooMany } = this.#failures;
    if (this.#starting && areTooMany && !this.#slots.some(({ isReady }) => isReady)) {
      this.#options.report('error', what);
      this.#fail(`workers cannot be started: ${count} in a row failed, the last: ${what}`);
      return;
    }
    this.#options.report('error', `${what}, replaced ${when}`);
    slot.delay(delay);
  }

  #fail(why: string): void {
    const starting = this.#starting;
    this.#starting = undefined;
    this.#end();
    this.kill();
    if (starting) starting.reject(new Error(why));
    else this.#onfailed?.(why);
  }

  /** Nothing is started from now on. */
  #end(): void {
    this.#stopping = true;
    clearInterval(this.#ticker);
    for (const slot of this.#slots) slot.hurry();
    for (const resolve of this.#renewing.splice(0)) resolve();
  }
}
