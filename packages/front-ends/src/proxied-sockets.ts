// Reads the PROXY header off accepted sockets, before a front-end sees them.
import type { Socket } from 'node:net';
import { printable } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import { Deadlines, type Timed } from './deadlines.ts';
import type { Site } from './front-end.ts';
import { type FoundHeader, type ProxyHeader, ProxyHeaderReader } from './proxy-protocol.ts';
import { Wait, waitLimits } from './wait.ts';

/** Takes a socket whose header is read; bytes that came behind it are to be read from the socket, which is paused. */
export type TakeProxied = (socket: Socket, header: ProxyHeader) => void;

/** The sockets of a listener whose headers are not read yet. */
export class ProxiedSockets {
  readonly #protocol: string;
  readonly #site: Pick<Site, 'limits' | 'log'>;
  readonly #deadlines: Deadlines<HeaderWait>;

  /** @param protocol - name of the front-end
   * @param site - with its time limits and log */
  constructor(protocol: string, site: Pick<Site, 'limits' | 'log'>) {
    const { firstByte, head, linger } = site.limits;
    this.#protocol = protocol;
    this.#site = site;
    this.#deadlines = new Deadlines([firstByte, head, linger]);
  }

  /**
   * Reads the header of a socket. One without, or with a malformed one, is closed with a log line.
   *
   * @param socket - just accepted
   * @param take - called with the socket, which tells the address of the client as its peer's from then on
   */
  read(socket: Socket, take: TakeProxied): void {
    const log = (error: ProtocolError) => {
      const { remoteAddress, remotePort } = socket;
      const peer = remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
      const { code, message } = error;
      this.#site.log('warn', printable(`${this.#protocol} from ${peer}: ${code}: ${message}`));
    };
    const wait = new Wait(this.#deadlines, waitLimits(this.#site.limits));
    const waiting = new HeaderWait(socket, wait, log, (found) => {
      this.#deadlines.delete(waiting);
      if (found) take(socket, found.header);
    });
    this.#deadlines.add(waiting);
  }

  /** A header that is on its way has to come soon. */
  stop(): void {
    for (const waiting of this.#deadlines.members) waiting.hurry(this.#site.limits.linger);
  }

  /** Cuts the connections that are left. */
  destroy(): void {
    for (const waiting of this.#deadlines.members) waiting.destroy();
  }

  /** Stops the clock. */
  close(): void {
    this.#deadlines.close();
  }
}

/** One socket until its header is read. */
class HeaderWait implements Timed {
  readonly #socket: Socket;
  readonly #wait: Wait;
  readonly #log: (error: ProtocolError) => void;
  readonly #done: (found: FoundHeader | undefined) => void;
  readonly #reader = new ProxyHeaderReader();

  constructor(
    socket: Socket,
    wait: Wait,
    log: (error: ProtocolError) => void,
    done: (found: FoundHeader | undefined) => void,
  ) {
    this.#socket = socket;
    this.#wait = wait;
    this.#log = log;
    this.#done = done;
    socket.on('data', this.#receive);
    socket.on('end', this.#end);
    socket.on('close', this.#close);
    socket.on('error', ignore);
  }

  check(now: number): void {
    if (!this.#wait.isOver(now)) return;
    this.#refuse(
      new ProtocolError('ERR_FRONT_END_TIMEOUT', 'no PROXY header within the time limit'),
    );
  }

  hurry(milliseconds: number): void {
    this.#wait.for(this.#wait.what, milliseconds);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #receive = (chunk: Buffer): void => {
    try {
      const found = this.#reader.feed(chunk);
      if (found) this.#handOver(found);
      else this.#wait.begin();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(error);
    }
  };

  readonly #end = (): void => {
    // Whoever only looks whether somebody listens says nothing.
    if (!this.#reader.isBegun) this.#socket.destroy();
    else
      this.#refuse(
        new ProtocolError('ERR_FRONT_END_PROXY_HEADER', 'the connection ends in its PROXY header'),
      );
  };

  readonly #close = (): void => this.#done(undefined);

  #handOver(found: FoundHeader): void {
    const socket = this.#socket;
    socket.off('data', this.#receive).off('end', this.#end).off('close', this.#close);
    socket.off('error', ignore);
    socket.pause(); // what is put back is for whoever takes the socket, and not before
    if (found.rest.length > 0) socket.unshift(found.rest);
    announce(socket, found.header);
    this.#done(found);
  }

  #refuse(error: ProtocolError): void {
    if (this.#socket.destroyed) return;
    this.#log(error);
    this.#socket.destroy();
  }
}

function ignore(): void {} // a peer that resets before it said who it is, is no news

/** Makes a socket tell the address of the client as its peer's. Its own end stays what it is. */
function announce(socket: Socket, header: ProxyHeader): void {
  if (header.type !== 'inet' && header.type !== 'unix') return;
  const { address, port } = header.type === 'inet' ? header.source : {};
  const family = address && (address.includes(':') ? 'IPv6' : 'IPv4');
  Object.defineProperties(socket, {
    remoteAddress: { value: address, configurable: true },
    remotePort: { value: port, configurable: true },
    remoteFamily: { value: family, configurable: true },
  });
}
