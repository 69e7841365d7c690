// The way out of one connection: what is written, whether the peer takes it, and how it ends.
import { ClientLeftError } from '@sluice/gateway';
import { OutputStall } from './output-stall.ts';
import type { Transport } from './transport.ts';

/** The output of one connection. */
export class Output {
  readonly #transport: Transport;
  readonly #stall = new OutputStall();
  readonly #waiters: { resolve(): void; reject(reason: Error): void }[] = [];
  #error: Error | undefined;
  #hurries = false;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.on('error', (error) => {
      this.#error = error;
    });
  }

  /** Whether the kernel has not taken everything yet. */
  get isPending(): boolean {
    return this.#transport.writableLength > 0;
  }

  /** Why the peer is gone. */
  get reason(): ClientLeftError {
    return new ClientLeftError(this.#error);
  }

  /** Who is at the other end, for the log. */
  get peer(): string {
    const { remoteAddress, remotePort } = this.#transport;
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
  }

  /** From now on nothing waits for the acknowledgement of what was sent before. */
  hurry(): void {
    if (this.#hurries) return;
    this.#hurries = true;
    this.#transport.setNoDelay?.(true);
  }

  /** Writes pieces in order; false when the peer is slow. */
  write(pieces: readonly Uint8Array[]): boolean {
    let more = true;
    for (const piece of pieces) more = this.#transport.write(piece);
    return more;
  }

  /** Settles when the peer has taken what was written; rejects when it went away. */
  drained(): Promise<void> {
    if (this.#transport.destroyed) return Promise.reject(this.reason);
    if (!this.#transport.writableNeedDrain) return Promise.resolve();
    if (this.#waiters.length === 0) this.#transport.once('drain', () => this.#drained());
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Whether the peer has taken nothing for longer than the limit; looked at from tick to tick. */
  isStalled(now: number, limit: number): boolean {
    return this.#stall.check(this.#transport, now, limit);
  }

  /** Closes without waiting for the peer: it has all it needs, or will have when the kernel has sent it. */
  close(): void {
    if (this.#transport.writableLength === 0) this.#transport.destroy();
    else if (this.#transport.destroySoon) this.#transport.destroySoon();
    else this.#transport.end(() => this.#transport.destroy());
  }

  /** Ends the connection so that the peer sees it as an error. */
  reset(): void {
    const { localAddress } = this.#transport; // a Unix socket has no reset; there the missing bytes must tell
    if (localAddress) this.#transport.resetAndDestroy?.();
    this.#transport.destroy();
  }

  /** The connection is closed: nobody takes anything any more. */
  closed(): void {
    if (this.#waiters.length === 0) return;
    const { reason } = this;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason);
  }

  #drained(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }
}
