// The way into a listener: how many may come, who, and what they have to say before the first byte.
import type { Server, Socket } from 'node:net';
import { Admission } from './admission.ts';
import { limitConnections } from './connection-limit.ts';
import type { Site } from './front-end.ts';
import { ProxiedSockets } from './proxied-sockets.ts';
import type { ProxyHeader } from './proxy-protocol.ts';

/** Serves a connection; the header is that of the PROXY protocol, and its socket then paused. */
export type ServeSocket = (socket: Socket, header?: ProxyHeader) => void;

/** Looks at each new connection of a server, and passes those on that may stay. */
export class Gate {
  readonly #proxied: ProxiedSockets | undefined;

  /** @param server - not listening yet
   * @param protocol - name of the front-end
   * @param site - its lists, limits and log
   * @param serve - takes the connections that may stay */
  constructor(server: Server, protocol: string, site: Site, serve: ServeSocket) {
    const { allow, log, proxyProtocol } = site;
    const allowed = new Admission(protocol, allow, log, 'is not on the allow list');
    const trusted = new Admission(
      protocol,
      proxyProtocol,
      log,
      'is not on the trust list, and may send no PROXY header',
    );
    const proxied = proxyProtocol && new ProxiedSockets(protocol, site);
    this.#proxied = proxied;
    limitConnections(server, protocol, site);
    server.on('connection', (socket: Socket) => {
      if (!allowed.admits(socket)) return;
      if (!proxied) serve(socket);
      else if (trusted.admits(socket)) proxied.read(socket, serve);
    });
  }

  /** What is on its way has to be here soon. */
  stop(): void {
    this.#proxied?.stop();
  }

  /** Cuts what did not get through yet. */
  destroy(): void {
    this.#proxied?.destroy();
  }

  /** The last connection is closed. */
  close(): void {
    this.#proxied?.close();
  }
}
