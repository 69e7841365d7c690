// Whether a peer takes what it is sent. A slow peer is no dead one: any progress counts.
import type { Writable } from 'node:stream';

interface WithHandle {
  /** net.Socket's own timeout looks at the same: `writableLength` does not move within a block. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** Watches the output of one connection, from tick to tick. */
export class OutputStall {
  #queued = 0;
  #since = 0;

  /**
   * Looks again.
   *
   * @param output - the connection
   * @param now - milliseconds
   * @param limit - milliseconds without any progress
   * @returns whether the peer has taken nothing for longer than the limit
   */
  check(output: Writable, now: number, limit: number): boolean {
    const waiting = output.writableLength;
    const queued =
      waiting === 0 ? 0 : waiting + ((output as WithHandle)._handle?.writeQueueSize ?? 0);
    if (queued === 0 || queued !== this.#queued) {
      this.#queued = queued;
      this.#since = now;
      return false;
    }
    return now - this.#since > limit;
  }
}
