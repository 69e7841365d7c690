// Makes a front-end of a channel: the listener's side of every byte-stream protocol.
import { createServer, type Server, type Socket } from 'node:net';
import { printable } from '@sluice/gateway';
import { Connection } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import type { Channel, FrontEnd, FrontEndServer, Site } from './front-end.ts';
import { openStdio } from './stdio.ts';

/** What a byte-stream protocol has to say about itself. */
export interface StreamProtocol {
  readonly name: string;
  readonly defaultPort: number;
  /** The state of a new connection. */
  open(): Channel;
}

/** Makes a front-end of a byte-stream protocol. Every variable that a peer sends is believed. */
export function streamFrontEnd(protocol: StreamProtocol): FrontEnd {
  return {
    name: protocol.name,
    defaultPort: protocol.defaultPort,
    believesPeers: true,
    createServer: (site) => new StreamServer(protocol, site),
    serveProcess: (site) => serveStdio(protocol, site),
  };
}

class StreamServer implements FrontEndServer {
  readonly server: Server;
  readonly #deadlines: Deadlines;
  readonly #refused = new Set<string>();

  constructor(protocol: StreamProtocol, site: Site) {
    const deadlines = clockFor(site);
    this.#deadlines = deadlines;
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      if (site.allow && !site.allow.admits(socket)) {
        this.#refuse(socket, protocol.name, site);
        return;
      }
      new Connection(protocol.name, socket, protocol.open(), site, deadlines);
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.#deadlines.watched) (connection as Connection).stop();
    await closed;
    this.#deadlines.close();
  }

  destroy(): void {
    for (const connection of this.#deadlines.watched) (connection as Connection).destroy();
  }

  /** Closes before a byte is read; one log line for each peer. */
  #refuse(socket: Socket, name: string, site: Site): void {
    const peer = socket.remoteAddress ?? 'a peer that is gone';
    socket.on('error', () => {}); // a peer that resets its refused connection is no news
    socket.destroy();
    if (this.#refused.has(peer)) return;
    if (this.#refused.size < 1000) this.#refused.add(peer);
    site.log('warn', printable(`${name}: ${peer} is not on the allow list, connection closed`));
  }
}

/** One connection on the standard streams, as inetd starts programs (`nowait`). */
async function serveStdio(protocol: StreamProtocol, site: Site): Promise<void> {
  const transport = openStdio();
  const deadlines = clockFor(site);
  new Connection(protocol.name, transport, protocol.open(), site, deadlines);
  await new Promise((resolve) => transport.on('close', resolve));
  deadlines.close();
}

function clockFor(site: Site): Deadlines {
  const { firstByte, head, body, idle, writeStall, drain, linger } = site.limits;
  return new Deadlines(Math.min(firstByte, head, body, idle, writeStall, drain, linger));
}
