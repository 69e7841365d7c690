// The socket of a request that is answered by HTTP.
import type { Environ } from '@sluice/gateway';
import { EnvironSocket } from './environ-socket.ts';

/** Whom a socket tells what becomes of it. */
export interface SocketOwner {
  /** The application has closed the connection. */
  cut(error: Error | undefined): void;
  /** Time has passed without a byte, as `setTimeout()` asked. Returns whether anybody minds. */
  timeOut(): boolean;
}

/** What `req.socket` is. Applications do not write to it: there is no HTTP behind it. */
export class RequestSocket extends EnvironSocket {
  /** The response that is on its way; node:http has it here too. */
  _httpMessage: unknown = undefined;
  /** Whether the connection is lost; node:http asks for it. */
  _hadError = false;
  /** The `http.Server` whose listeners get the request, where there is one. */
  readonly server: unknown;
  /** Who takes the text of a response, where there is such text. */
  sink: ((bytes: Uint8Array, done: (error?: Error | null) => void) => void) | undefined;
  /** How many listeners for 'close' are not the application's. */
  ownListeners = 0;
  #owner: SocketOwner | undefined;

  /** @param environ - of the request
   * @param server - whose listeners get the request */
  constructor(environ: Environ, server: unknown) {
    super(environ);
    this.server = server;
  }

  /** Whom it tells. */
  set owner(owner: SocketOwner) {
    this.#owner = owner;
  }

  override setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.listenerCount('timeout') === 0) this.on('timeout', timeOut);
    return super.setTimeout(milliseconds, callback);
  }

  override destroy(error?: Error): this {
    if (this.destroyed) return this;
    super.destroy(); // nobody listens for errors here: they go to whom they concern
    this.#owner?.cut(error);
    return this;
  }

  override _write(
    block: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (this.sink)
      this.sink(typeof block === 'string' ? Buffer.from(block, encoding) : block, done);
    else done(new Error('there is no HTTP connection behind this socket: answer by the response'));
  }

  /** As node:http does: whoever listens decides, else the connection ends. */
  timeOut(): void {
    const isHeard = this.#owner?.timeOut() === true || this.listenerCount('timeout') > 1;
    if (!isHeard) this.destroy();
  }
}

function timeOut(this: RequestSocket): void {
  this.timeOut();
}
