// A socket whose addresses are those that an environ tells.
import { isIPv6, type Socket } from 'node:net';
import type { Environ } from '@sluice/gateway';
import { LazySocket } from './lazy-socket.ts';

/**
 * A real `net.Socket` without a connection of its own: `remoteAddress` is the client's, the local
 * address the web server's, and `encrypted` says whether the client came by HTTPS.
 */
export class EnvironSocket extends LazySocket {
  readonly #environ: Environ;
  #encrypted: boolean | undefined;

  /** @param environ - of the request */
  constructor(environ: Environ) {
    super();
    this.#environ = environ;
  }

  /** Whether the client came by HTTPS, unless middleware knows better. */
  get encrypted(): boolean {
    return this.#encrypted ?? this.#environ['wsgi.url_scheme'] === 'https';
  }

  set encrypted(encrypted: boolean) {
    this.#encrypted = encrypted;
  }

  override address(): ReturnType<Socket['address']> {
    const { localAddress: address, localPort: port, localFamily: family } = this;
    return (address === undefined ? {} : { address, port, family }) as ReturnType<
      Socket['address']
    >;
  }

  static {
    // Accessors of net.Socket, which its types have as properties.
    const tell = (name: keyof Socket, what: (environ: Environ) => unknown) =>
      Object.defineProperty(EnvironSocket.prototype, name, {
        configurable: true,
        get(this: EnvironSocket) {
          return what(this.#environ);
        },
      });
    tell('remoteAddress', ({ REMOTE_ADDR }) => text(REMOTE_ADDR));
    tell('remotePort', ({ REMOTE_PORT }) => port(REMOTE_PORT));
    tell('remoteFamily', ({ REMOTE_ADDR }) => family(REMOTE_ADDR));
    tell('localAddress', ({ SERVER_ADDR }) => text(SERVER_ADDR));
    tell('localPort', ({ SERVER_PORT }) => port(SERVER_PORT));
    tell('localFamily', ({ SERVER_ADDR }) => family(SERVER_ADDR));
    tell('pending', () => false);
    // Blocks that were corked come to _write() one by one: _writev() of net.Socket needs a handle.
    Object.defineProperty(EnvironSocket.prototype, '_writev', { value: null });
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function port(value: unknown): number | undefined {
  const digits = text(value);
  return digits === undefined ? undefined : Number(digits);
}

function family(value: unknown): string | undefined {
  const address = text(value);
  return address === undefined ? undefined : isIPv6(address) ? 'IPv6' : 'IPv4';
}
