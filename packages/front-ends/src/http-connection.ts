// One HTTP connection: what node:http leaves to its users. Requests in progress, output that stalls, and
// an end that does not destroy the answer on its way.
import type { Socket } from 'node:net';
import { type ExchangeListener, printable } from '@sluice/gateway';
import type { Deadlines, Timed } from './deadlines.ts';
import type { Site } from './front-end.ts';
import type { HttpListener } from './http-request.ts';
import { OutputStall } from './output-stall.ts';

/** A request in progress, as its connection sees it. */
export interface HttpConversation {
  readonly listener: ExchangeListener | undefined;
  /** Tells the client, if it can still be told, that the connection ends with this response. */
  beLast(): void;
  /**
   * What came next on the connection is no HTTP.
   *
   * @returns whether the application is told, and will say so
   */
  misread(cause: Error): boolean;
  /** The connection is closed. */
  leave(): void;
}

/** A connection of an HTTP listener. */
export class HttpConnection implements Timed {
  /** Requests in progress: the client leaves all of them at once. */
  readonly exchanges = new Set<HttpConversation>();
  /** Something that came could not be read as a request: nothing more is read as one. */
  isRefused = false;
  /** The last request's body is not read to its end. */
  isUnread = false;
  /** What its requests have in common with others. */
  readonly listener: HttpListener;
  readonly #socket: Socket;
  readonly #site: Site;
  readonly #deadlines: Deadlines<HttpConnection>;
  readonly #stall = new OutputStall();
  #deadline = Number.POSITIVE_INFINITY;
  #isLingering = false;

  /** @param socket - accepted
   * @param site - what is served
   * @param deadlines - the listener's clock
   * @param listener - what its requests have in common with others */
  constructor(
    socket: Socket,
    site: Site,
    deadlines: Deadlines<HttpConnection>,
    listener: HttpListener,
  ) {
    this.listener = listener;
    this.#socket = socket;
    this.#site = site;
    this.#deadlines = deadlines;
    deadlines.add(this);
    // The standard streams in one have no destroySoon.
    const destroySoon =
      socket.destroySoon?.bind(socket) ?? (() => socket.end(() => socket.destroy()));
    // node:http closes so after the last response; with input unread that would reset it away.
    socket.destroySoon = () => {
      if (this.isUnread) this.linger(this.isRefused ? site.limits.linger : site.limits.drain);
      else destroySoon();
    };
    socket.on('end', () => {
      if (this.#isLingering) destroySoon();
      for (const exchange of this.exchanges) exchange.listener?.halfClose();
    });
    socket.on('close', () => this.#closed());
  }

  /** Lets requests in progress be the last ones; from some moment on, a connection without any is closed. */
  stop(at: number): void {
    // One that has had an answer may be idle: it gets a tick or two.
    this.#deadline = this.#socket.bytesWritten > 0 ? this.#deadlines.in(0) : at;
    for (const exchange of this.exchanges) exchange.beLast();
  }

  /** Shuts our side and reads away what still comes. */
  linger(milliseconds: number): void {
    this.#isLingering = true;
    this.#deadline = this.#deadlines.in(milliseconds);
    this.#socket.end();
    this.#socket.resume();
  }

  check(now: number): void {
    const { limits } = this.#site;
    if (this.#stall.check(this.#socket, now, limits.writeStall)) {
      this.log(`no output taken within ${limits.writeStall} ms`);
      this.#socket.destroy();
    } else if (now > this.#deadline && this.exchanges.size === 0) {
      // Lingering counts from the moment at which the output is out.
      if (this.#socket.writableLength > 0) this.#deadline = this.#deadlines.in(limits.linger);
      else this.#socket.destroy();
    }
  }

  /** Cuts the connection; applications hear of it before the process may end. */
  destroy(): void {
    this.#socket.destroy();
    this.#closed();
  }

  #closed(): void {
    this.#deadlines.delete(this);
    for (const exchange of this.exchanges) exchange.leave();
    this.exchanges.clear();
  }

  /** Tells the operator something about the client. */
  log(message: string): void {
    const { remoteAddress, remotePort } = this.#socket;
    const peer = remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
    this.#site.log('warn', printable(`http from ${peer}: ${message}`));
  }
}
