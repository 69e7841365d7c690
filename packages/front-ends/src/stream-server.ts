// Makes a front-end of a channel: the listener's side of every byte-stream protocol.
import { createServer, type Server } from 'node:net';
import { Connection } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import type {
  Channel,
  FrontEnd,
  FrontEndServer,
  ListenerOptions,
  ProcessSite,
  Site,
} from './front-end.ts';
import { Gate } from './gate.ts';
import { openStdio } from './stdio.ts';
import { waitLimits } from './wait.ts';

/** What a byte-stream protocol has to say about itself. */
export interface StreamProtocol
  extends Pick<FrontEnd, 'name' | 'peersVariable' | 'options' | 'checkOptions'> {
  readonly defaultPort: number;
  /**
   * Reads the options of a listener.
   *
   * @returns what makes the state of a new connection
   * @throws OptionError `ERR_FRONT_END_OPTION`
   */
  configure(options: ListenerOptions): () => Channel;
}

/** Makes a front-end of a byte-stream protocol. Every variable that a peer sends is believed. */
export function streamFrontEnd(protocol: StreamProtocol): FrontEnd {
  return {
    checkOptions: (options) => void protocol.configure(options),
    ...protocol,
    believesPeers: true,
    createServer: (site) => new StreamServer(protocol, site),
    serveProcess: (site) => serveStdio(protocol, site),
  };
}

class StreamServer implements FrontEndServer {
  readonly server: Server;
  readonly #deadlines: Deadlines<Connection>;
  readonly #gate: Gate;
  #isStopping = false;

  constructor(protocol: StreamProtocol, site: Site) {
    const deadlines = clockFor(site);
    const open = protocol.configure(site.options);
    const limits = waitLimits(site.limits);
    this.#deadlines = deadlines;
    this.server = createServer({ allowHalfOpen: true });
    this.#gate = new Gate(this.server, protocol.name, site, (socket) => {
      const connection = new Connection(protocol.name, socket, open(), site, deadlines, limits);
      if (this.#isStopping) connection.stop();
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.#gate.stop();
    for (const connection of this.#deadlines.members) connection.stop();
    await closed;
    this.#gate.close();
    this.#deadlines.close();
  }

  destroy(): void {
    this.#gate.destroy();
    for (const connection of this.#deadlines.members) connection.destroy();
  }
}

/** One connection on the standard streams, as inetd starts programs (`nowait`). */
async function serveStdio(protocol: StreamProtocol, site: ProcessSite): Promise<void> {
  const transport = openStdio(site.stderr);
  const deadlines = clockFor(site);
  const channel = protocol.configure(site.options)();
  new Connection(protocol.name, transport, channel, site, deadlines, waitLimits(site.limits));
  await new Promise((resolve) => transport.on('close', resolve));
  deadlines.close();
}

function clockFor({ limits }: Site): Deadlines<Connection> {
  const { firstByte, head, body, idle, writeStall, drain, linger } = limits;
  return new Deadlines([firstByte, head, body, idle, writeStall, drain, linger]);
}
