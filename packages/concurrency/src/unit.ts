// A unit: a process or a thread that somebody keeps, and what the two say to each other.

/** A process or a thread. */
export interface Unit {
  /** For the log: `worker 4711`, `thread 3`. */
  readonly name: string;
  /** Asks it to finish its requests and leave. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
  /** Asks it to open its log files anew. */
  reopen(): void;
  /** Tells a unit that keeps units of its own how many. */
  resize(size: number): void;
  /** What it says of itself; undefined when it says nothing in time. */
  report(): Promise<unknown>;
}

/** A unit of a pool, for whoever wants to see. */
export interface UnitStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'leaving';
  /** When it was started, milliseconds since the epoch. */
  readonly since: number;
  /** What it says of itself; undefined when it says nothing in time. */
  readonly report: unknown;
}

/** What a unit tells. */
export interface UnitEvents {
  /** It accepts connections. */
  ready(): void;
  /** It is gone. */
  gone(how: string): void;
  /** It will never be ready, and neither would another one: it has tried often enough itself. */
  hopeless(why: string): void;
  /** It goes on, but cannot replace what it may lose: it wants a successor. */
  exhausted(): void;
  /** It takes no new requests, finishes those that it has, and leaves by itself; `isFailure`: it should not have to. */
  leaving(why: string, isFailure: boolean): void;
  /** So many requests run in it. */
  load(active: number): void;
  /** A line for the log of whoever keeps it. */
  log(level: 'info' | 'warn' | 'error', line: string): void;
}

/** From a unit to whoever keeps it. */
export type FromUnit =
  | { readonly type: 'ready' | 'exhausted' }
  | { readonly type: 'hopeless'; readonly why: string }
  | { readonly type: 'leaving'; readonly why: string; readonly isFailure: boolean }
  | { readonly type: 'load'; readonly active: number }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly line: string }
  | { readonly type: 'report'; readonly id: number; readonly report: unknown };

/** From whoever keeps a unit to it. */
export type ToUnit =
  | { readonly type: 'stop' | 'reopen' }
  | { readonly type: 'resize'; readonly size: number }
  | { readonly type: 'report'; readonly id: number };

/** Starts a unit; undefined when no more can be started. */
export type StartUnit = (events: UnitEvents) => Unit | undefined;

const PATIENCE = 1000; // milliseconds for a report: an event loop that is blocked for longer is worth to be told of

/** A unit at the other end of a channel. */
export class RemoteUnit implements Unit {
  readonly name: string;
  readonly kill: () => void;
  readonly #post: (message: ToUnit) => void;
  readonly #events: UnitEvents;
  readonly #asked = new Map<number, (report: unknown) => void>();
  #questions = 0;

  /**
   * @param name - for the log
   * @param events - whom it tells
   * @param post - sends it a message
   * @param kill - ends it at once
   */
  constructor(name: string, events: UnitEvents, post: (message: ToUnit) => void, kill: () => void) {
    this.name = name;
    this.kill = kill;
    this.#events = events;
    this.#post = post;
  }

  /** Takes what it sent. */
  receive(message: FromUnit): void {
    switch (message.type) {
      case 'ready':
        this.#events.ready();
        return;
      case 'exhausted':
        this.#events.exhausted();
        return;
      case 'hopeless':
        this.#events.hopeless(message.why);
        return;
      case 'leaving':
        this.#events.leaving(message.why, message.isFailure);
        return;
      case 'load':
        this.#events.load(message.active);
        return;
      case 'log':
        this.#events.log(message.level, message.line);
        return;
      case 'report':
        this.#asked.get(message.id)?.(message.report);
        return;
    }
  }

  stop(): void {
    this.#post({ type: 'stop' });
  }

  reopen(): void {
    this.#post({ type: 'reopen' });
  }

  resize(size: number): void {
    this.#post({ type: 'resize', size });
  }

  report(): Promise<unknown> {
    const id = this.#questions++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(undefined), PATIENCE);
      const answer = (report: unknown) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(report);
      };
      this.#asked.set(id, answer);
      this.#post({ type: 'report', id });
    });
  }
}
