// The request body between a front-end, which pushes, and wsgi.input, which pulls.
import { ProtocolError } from '@sluice/protocol';

const HIGH_WATER = 65536; // bytes held before the front-end is told to pause

/** A request body on its way from a front-end to `wsgi.input`; holds at most 64 KiB and what one read brings. */
export class RequestBody {
  readonly #demand: () => void;
  #chunks: Buffer[] = [];
  #held = 0;
  #ended = false;
  #error: Error | undefined;
  #limit = Number.POSITIVE_INFINITY;
  #waiting: { resolve(chunk: Buffer | undefined): void; reject(error: Error): void } | undefined;

  /** @param demand - called when bytes are wanted: the front-end may read on */
  constructor(demand: () => void) {
    this.#demand = demand;
  }

  /** Whether the last byte was pushed, or none will come any more. */
  get ended(): boolean {
    return this.#ended || this.#error !== undefined;
  }

  /** Whether enough is held: nothing more should be pushed until bytes are wanted. */
  get full(): boolean {
    return this.#held >= HIGH_WATER && !this.ended;
  }

  /** Whether a read waits for bytes. */
  get wanted(): boolean {
    return this.#waiting !== undefined;
  }

  /** Sets how many bytes may come in all; one more fails the body with status hint 413. */
  set limit(bytes: number) {
    this.#limit = bytes - this.#held; // what has come before counts
    this.#checkLimit();
  }

  /**
   * Takes the next bytes from the front-end.
   *
   * @returns false when enough is held: pause until `demand` is called
   */
  push(chunk: Uint8Array): boolean {
    if (this.ended) return true;
    this.#limit -= chunk.length;
    if (this.#checkLimit()) return true;
    const bytes = asBuffer(chunk);
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve(bytes);
      return true;
    }
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    return this.#held < HIGH_WATER;
  }

  /** Whether too much has come; the body has failed then. */
  #checkLimit(): boolean {
    if (this.#limit >= 0) return false;
    this.#chunks = [];
    this.#held = 0;
    this.#ended = false;
    this.fail(
      new ProtocolError('ERR_GATEWAY_BODY_TOO_LARGE', 'the request body is above the limit', {
        statusHint: 413,
      }),
    );
    return true;
  }

  /** Tells that the body is complete. */
  end(): void {
    this.#ended = true;
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  /** Tells that the rest will never come; what was pushed before can still be read. */
  fail(error: Error): void {
    if (this.ended) return;
    this.#error = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Drops what is held and whatever is still to come. */
  discard(): void {
    this.#chunks = [];
    this.#held = 0;
    this.#ended = true;
  }

  /** The next bytes; undefined at the end. One call at a time. */
  next(): Promise<Buffer | undefined> | Buffer | undefined {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#held -= chunk.length;
      if (this.#held < HIGH_WATER && !this.ended) this.#demand();
      return chunk;
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#demand();
    });
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
