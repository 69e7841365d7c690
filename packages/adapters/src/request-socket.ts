// The socket of a request: what an application may ask of it is told by the web server.
import { type AddressInfo, isIPv6, Socket } from 'node:net';
import type { Environ } from '@sluice/gateway';

/** Whom a socket tells that the application closes it. */
export interface SocketOwner {
  /** The connection shall end here. */
  cut(error: Error | undefined): void;
  /** Time has passed without a byte, as `setTimeout()` asked; false: nobody minds. */
  timeOut(): boolean;
}

/**
 * A real `net.Socket` without a connection of its own: addresses are the client's and the web server's,
 * `encrypted` is what the client sees. Bytes are not written to it, since there is no HTTP behind it.
 */
export class RequestSocket extends Socket {
  /** The response that is on its way; node:http has it here. */
  _httpMessage: unknown = undefined;
  /** The server that gave it to its listeners, where there is one. */
  server: unknown = undefined;
  readonly #environ: Environ;
  #owner: SocketOwner | undefined;

  /** @param environ - of the request */
  constructor(environ: Environ) {
    super();
    this.#environ = environ;
  }

  /** Whom it tells. */
  set owner(owner: SocketOwner) {
    this.#owner = owner;
  }

  /** Whether the client came by HTTPS. */
  get encrypted(): boolean {
    return this.#environ['wsgi.url_scheme'] === 'https';
  }

  override get remoteAddress(): string | undefined {
    return text(this.#environ.REMOTE_ADDR);
  }

  override get remotePort(): number | undefined {
    return port(this.#environ.REMOTE_PORT);
  }

  override get remoteFamily(): string | undefined {
    return family(this.remoteAddress);
  }

  override get localAddress(): string | undefined {
    return text(this.#environ.SERVER_ADDR);
  }

  override get localPort(): number | undefined {
    return port(this.#environ.SERVER_PORT);
  }

  override get localFamily(): string | undefined {
    return family(this.localAddress);
  }

  override get pending(): boolean {
    return false;
  }

  override address(): AddressInfo | Record<string, never> {
    const { localAddress: address, localPort: port = 0, localFamily: family = 'IPv4' } = this;
    return address === undefined ? {} : { address, port, family };
  }

  override setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.listenerCount('timeout') === 0) this.on('timeout', this.#timeOut);
    return super.setTimeout(milliseconds, callback);
  }

  override destroy(error?: Error): this {
    if (this.destroyed) return this;
    super.destroy(); // an error goes to whom it concerns: nobody listens for it here
    this.#owner?.cut(error);
    return this;
  }

  override _write(_chunk: unknown, _encoding: unknown, done: (error?: Error) => void): void {
    done(new Error('there is no HTTP connection behind this socket: answer by the response'));
  }

  /** As node:http does: whoever listens decides, else the connection ends. */
  #timeOut(): void {
    const others = this.listenerCount('timeout') > 1;
    if (!this.#owner?.timeOut() && !others) this.destroy();
  }
}
// Corked blocks come one by one.
Object.defineProperty(RequestSocket.prototype, '_writev', { value: null });

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function port(value: unknown): number | undefined {
  const number = Number(text(value));
  return Number.isInteger(number) ? number : undefined;
}

function family(address: string | undefined): string | undefined {
  return address === undefined ? undefined : isIPv6(address) ? 'IPv6' : 'IPv4';
}
