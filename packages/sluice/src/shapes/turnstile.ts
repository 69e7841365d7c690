// Lets requests through to an application: all of them, or one at a time, or none any more.
import type { Application, Environ, ResponseBody, StartResponse } from '@sluice/gateway';

/** Why nobody comes through any more. */
const CLOSED = 'closed';

/** A request that waits. */
type Waiting = (pass: Pass | typeof CLOSED) => void;

/** Lets one request through; called when it is done. */
type Pass = () => void;

/** An application behind a turnstile. At the start everybody waits. */
export class Turnstile {
  readonly #inner: Application;
  readonly #waiting = new Set<Waiting>();
  readonly #passes: Pass[] = []; // that nobody has used yet
  #state: 'shut' | 'open' | typeof CLOSED = 'shut';

  /** @param inner - what those call that come through */
  constructor(inner: Application) {
    this.#inner = inner;
  }

  /** What is to be served. */
  readonly application: Application = (environ, startResponse) =>
    this.#state === 'open'
      ? this.#inner(environ, startResponse)
      : this.#wait(environ, startResponse);

  /** Lets everybody through from now on. */
  open(): void {
    if (this.#state === CLOSED) return;
    this.#state = 'open';
    for (const waiting of this.#take()) waiting(() => {});
  }

  /** Lets one request through; settles when it is done. */
  letOne(): Promise<void> {
    return new Promise((resolve) => {
      const [first] = this.#waiting;
      if (this.#state === CLOSED) resolve();
      else if (!first) this.#passes.push(resolve);
      else {
        this.#waiting.delete(first);
        first(resolve);
      }
    });
  }

  /** Lets nobody through any more; those who wait are told to come another time. */
  close(): void {
    this.#state = CLOSED;
    for (const waiting of this.#take()) waiting(CLOSED);
    for (const pass of this.#passes.splice(0)) pass();
  }

  #take(): Waiting[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }

  async #wait(environ: Environ, startResponse: StartResponse): Promise<ResponseBody> {
    const pass = await this.#pass(environ);
    if (pass === CLOSED) {
      startResponse('503 Service Unavailable', [['Content-Type', 'text/plain']]);
      return ['The server is stopping.\n'];
    }
    try {
      const body = await this.#inner(environ, startResponse);
      return typeof body === 'object' && body !== null ? passing(body, pass) : body;
    } catch (error) {
      pass();
      throw error;
    }
  }

  #pass(environ: Environ): Promise<Pass | typeof CLOSED> {
    if (this.#state === CLOSED) return Promise.resolve(CLOSED);
    const pass = this.#passes.shift();
    if (pass) return Promise.resolve(pass);
    const signal = environ['sluice.signal'];
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason); // its client has gone, and takes nobody's turn
      };
      const waiting: Waiting = (passed) => {
        signal.removeEventListener('abort', leave);
        resolve(passed);
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

/** The same body; whoever has let it through learns of its end. */
async function* passing(body: ResponseBody, done: Pass): AsyncGenerator<Uint8Array | string> {
  try {
    for await (const block of body) yield block;
  } finally {
    try {
      await body.close?.();
    } finally {
      done();
    }
  }
}
