// What passes between `sluice request` and a server: told to the person where that is asked for, kept for a diagnosis.
import type { Tracer } from '@sluice/back-ends';

const KEPT = 64; // bytes of the answer that a diagnosis looks at

/** One exchange, as seen on the wire. */
export class Wire {
  /** Bytes of the first write: the head of the request. */
  headSize = 0;
  sentSize = 0;
  receivedSize = 0;
  /** The first bytes that came. */
  first: Uint8Array = new Uint8Array(0);
  readonly #tracer: Tracer | undefined;
  readonly #say: (line: string) => void;
  readonly #start = performance.now();
  #connected: number | undefined;
  #answered: number | undefined;

  /** @param tracer - what makes lines of bytes; undefined when nobody asked
   * @param say - takes each line */
  constructor(tracer: Tracer | undefined, say: (line: string) => void) {
    this.#tracer = tracer;
    this.#say = say;
  }

  /** For `BackEndOptions.observe`. */
  readonly observe = (direction: 'sent' | 'received', bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    if (direction === 'sent') {
      this.#connected ??= performance.now();
      if (this.sentSize === 0) this.headSize = bytes.length;
      this.sentSize += bytes.length;
    } else {
      this.#answered ??= performance.now();
      this.receivedSize += bytes.length;
      if (this.first.length < KEPT)
        this.first = Buffer.concat([this.first, bytes]).subarray(0, KEPT);
    }
    const mark = direction === 'sent' ? '>' : '<';
    for (const line of this.#tracer?.[direction](bytes) ?? []) this.#say(`${mark} ${line}`);
  };

  /** Tells what came and was not complete, and the times. */
  finish(): void {
    if (!this.#tracer) return;
    for (const line of this.#tracer.finish()) this.#say(`< ${line}`);
    const times = [
      ['connected', this.#connected],
      ['first byte', this.#answered],
      ['end', performance.now()],
    ] as const;
    const told = times.flatMap(([what, at]) =>
      at === undefined ? [] : [`${what} after ${(at - this.#start).toFixed(1)} ms`],
    );
    this.#say(`* ${told.join(', ')}`);
  }
}
