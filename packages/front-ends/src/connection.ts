// The driver: one connection of any protocol, between its socket and the gateway.
//
// Theory. Input: 'open' until the peer's FIN. A FIN after a whole request may be a half-close, so the
// answer is still sent. Output: 'open' until the last part, then 'closing', which is one of
//   - at once: the request was read to its end and the kernel took the answer whole; nobody waits
//   - lingering: something of the peer is unread; closing now would turn into a reset that destroys
//     the answer on its way, so our side is shut and the rest read away, within limits
//   - reset: the answer could not be completed, and the peer must see that.
// Time: `waiting` is what the peer has to send by the deadline; each wait of limits.ts has one place that
// sets it. Output is watched beside it, from tick to tick: nothing has to be set while it flows.

import {
  ClientLeftError,
  collectVariables,
  printable,
  type ResponsePart,
  statusPage,
} from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import type { Deadlines, Timed } from './deadlines.ts';
import { SocketExchange } from './exchange.ts';
import type { Channel, Incoming, Site } from './front-end.ts';
import { OutputStall } from './output-stall.ts';
import type { Transport } from './transport.ts';

/** What the peer has to send. */
type Waiting = 'first byte' | 'head' | 'body' | 'idle' | 'end' | 'nothing';

/** One connection of a byte-stream protocol. */
export class Connection implements Timed {
  readonly #transport: Transport;
  readonly #channel: Channel;
  readonly #site: Site;
  readonly #protocol: string;
  readonly #deadlines: Deadlines<Connection>;
  readonly #stall = new OutputStall();
  readonly #exchanges = new Map<number, SocketExchange>();
  readonly #drainWaiters: { resolve(): void; reject(reason: Error): void }[] = [];
  #waiting: Waiting = 'first byte';
  #deadline: number;
  #unread = true; // something of the current request, or beyond it, is not read yet
  #surplus = 0;
  #lingering = false;
  #patience = 0; // milliseconds that lingering may take
  #starting: { exchange: SocketExchange; variables: readonly string[] } | undefined;
  #error: Error | undefined;

  /** Serves a connection that was accepted; `deadlines` is the clock of its listener. */
  constructor(
    protocol: string,
    transport: Transport,
    channel: Channel,
    site: Site,
    deadlines: Deadlines<Connection>,
  ) {
    this.#protocol = protocol;
    this.#transport = transport;
    this.#channel = channel;
    this.#site = site;
    this.#deadlines = deadlines;
    this.#deadline = deadlines.in(site.limits.firstByte);
    deadlines.add(this);
    transport.on('data', (chunk: Buffer) => this.#receive(() => channel.receive(chunk)));
    transport.on('end', () => this.#receive(() => channel.finish(), true));
    transport.on('error', (error) => {
      this.#error = error;
    });
    transport.on('close', () => this.#closed());
  }

  /** Leaves no new request in; the connection ends when its requests have ended. */
  stop(): void {
    if (this.#waiting === 'idle') this.#transport.destroy();
    // One that was accepted just now has its request on the way.
    else if (this.#waiting === 'first byte') this.#await('first byte', this.#site.limits.linger);
  }

  /** Cuts the connection; applications hear of it before the process may end. */
  destroy(): void {
    this.#transport.destroy();
    this.#closed();
  }

  check(now: number): void {
    const { limits } = this.#site;
    if (this.#stall.check(this.#transport, now, limits.writeStall)) {
      this.#log(`no output taken within ${limits.writeStall} ms`);
      this.#transport.destroy();
    } else if (this.#waiting === 'end' && this.#transport.writableLength > 0) {
      this.#await('end', this.#patience); // counts from the moment at which the output is out
    } else if (now > this.#deadline) {
      this.#expire();
    }
  }

  #expire(): void {
    const waiting = this.#waiting;
    this.#await('nothing', Number.POSITIVE_INFINITY);
    const message = `no ${waiting} within the time limit`;
    const error = new ProtocolError('ERR_FRONT_END_TIMEOUT', message, { statusHint: 408 });
    switch (waiting) {
      case 'head':
        this.#refuse(error);
        return;
      case 'body':
        // The application's read fails; what it answers can still be sent.
        for (const exchange of this.#exchanges.values()) exchange.body?.fail(error);
        return;
      default:
        this.#transport.destroy();
    }
  }

  /** Sends the next part of a response; false when the peer is slow. */
  send(exchange: SocketExchange, part: ResponsePart): boolean {
    const pieces = this.#channel.send(exchange.id, part);
    let more = true;
    if (!part.last) this.#transport.setNoDelay?.(true); // parts that follow must not wait for acknowledgements
    for (const piece of pieces) more = this.#transport.write(piece);
    if (part.last) this.#finish(exchange);
    return more;
  }

  /** Settles when the peer has taken what was sent; rejects when it went away. */
  drained(): Promise<void> {
    if (this.#transport.destroyed) return Promise.reject(new ClientLeftError(this.#error));
    if (!this.#transport.writableNeedDrain) return Promise.resolve();
    if (this.#drainWaiters.length === 0) this.#transport.once('drain', () => this.#drained());
    return new Promise((resolve, reject) => this.#drainWaiters.push({ resolve, reject }));
  }

  /** The application wants body bytes. */
  demand(): void {
    if (this.#waiting === 'nothing') this.#awaitBody(true);
    this.#transport.resume();
  }

  /** Ends the connection so that the peer sees the answer is cut short. */
  reset(exchange: SocketExchange): void {
    this.#exchanges.delete(exchange.id);
    const { remoteAddress } = this.#transport; // a Unix socket has no reset; there the missing bytes must tell
    if (remoteAddress) this.#transport.resetAndDestroy?.();
    this.#transport.destroy();
  }

  #receive(read: () => Incoming[], finish = false): void {
    try {
      for (const event of read()) this.#take(event);
      this.#start();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#broken(error);
      return;
    }
    if (finish) this.#halfClosed();
    else if (this.#waiting === 'first byte' || this.#waiting === 'idle') {
      this.#await('head', this.#site.limits.head);
    }
  }

  #take(event: Incoming): void {
    switch (event.type) {
      case 'request': {
        this.#unread = event.hasBody;
        this.#await('nothing', Number.POSITIVE_INFINITY);
        const exchange = new SocketExchange(this, this.#protocol, event.id, event.hasBody);
        this.#exchanges.set(event.id, exchange);
        this.#start();
        this.#starting = { exchange, variables: event.variables };
        return;
      }
      case 'body': {
        const body = this.#exchanges.get(event.id)?.body;
        if (body && !body.push(event.chunk)) this.#transport.pause();
        if (this.#waiting === 'body') this.#awaitBody(body?.wanted);
        return;
      }
      case 'body-end':
        this.#unread = false;
        if (this.#waiting === 'body') this.#awaitBody(false);
        this.#exchanges.get(event.id)?.body?.end();
        if (this.#lingering) this.#close();
        return;
      case 'surplus':
        this.#unread = true;
        this.#surplus += event.size;
        if (this.#surplus > this.#site.limits.surplus) this.#transport.destroy();
        return;
    }
  }

  /** Runs the request that came last, once all that arrived with it is known: often that is all of it. */
  #start(): void {
    const starting = this.#starting;
    if (!starting) return;
    this.#starting = undefined;
    this.#site.gateway.handle(collectVariables(starting.variables), starting.exchange);
  }

  /** The peer sent its last byte: all of it is read. */
  #halfClosed(): void {
    this.#unread = false;
    if (this.#lingering || this.#exchanges.size === 0) this.#close();
    for (const exchange of this.#exchanges.values()) exchange.listener?.halfClose();
  }

  /** The peer broke the protocol: inside a body the application is told, else the peer. */
  #broken(error: ProtocolError): void {
    if (this.#exchanges.size === 0) {
      this.#refuse(error);
      return;
    }
    this.#unread = false;
    for (const exchange of this.#exchanges.values()) {
      if (exchange.body?.ended === false) exchange.body.fail(error);
      exchange.listener?.halfClose();
    }
  }

  #refuse(error: ProtocolError): void {
    if (this.#lingering) {
      this.#close();
      return;
    }
    this.#log(`${error.code}: ${error.message}`);
    const page = error.statusHint === undefined ? undefined : statusPage(error.statusHint);
    const answer = page ? this.#channel.refuse({ head: page, chunk: page.body, last: true }) : [];
    if (answer.length === 0) {
      this.#transport.destroy();
      return;
    }
    for (const piece of answer) this.#transport.write(piece);
    this.#linger(this.#site.limits.linger);
  }

  /** A response is complete. */
  #finish(exchange: SocketExchange): void {
    this.#exchanges.delete(exchange.id);
    exchange.body?.discard();
    if (this.#channel.reusable) {
      this.#await('idle', this.#site.limits.idle);
      this.#transport.resume();
      return;
    }
    if (!this.#unread) {
      this.#close();
      return;
    }
    this.#linger(this.#surplus > 0 ? this.#site.limits.linger : this.#site.limits.drain);
  }

  #linger(milliseconds: number): void {
    this.#lingering = true;
    this.#patience = milliseconds;
    this.#await('end', milliseconds);
    this.#transport.end();
    this.#transport.resume();
  }

  /** Closes without waiting for the peer: it has all it needs, or will have when the kernel has sent it. */
  #close(): void {
    if (this.#transport.writableLength === 0) this.#transport.destroy();
    else if (this.#transport.destroySoon) this.#transport.destroySoon();
    else this.#transport.end(() => this.#transport.destroy());
  }

  #drained(): void {
    for (const waiter of this.#drainWaiters.splice(0)) waiter.resolve();
  }

  #closed(): void {
    this.#deadlines.delete(this);
    if (this.#exchanges.size === 0 && this.#drainWaiters.length === 0) return;
    const reason = new ClientLeftError(this.#error);
    for (const exchange of this.#exchanges.values()) exchange.listener?.leave(reason);
    this.#exchanges.clear();
    for (const waiter of this.#drainWaiters.splice(0)) waiter.reject(reason);
  }

  #awaitBody(wanted: boolean | undefined): void {
    if (wanted) this.#await('body', this.#site.limits.body);
    else this.#await('nothing', Number.POSITIVE_INFINITY);
  }

  #await(what: Waiting, milliseconds: number): void {
    this.#waiting = what;
    this.#deadline = this.#deadlines.in(milliseconds);
  }

  /** Who is at the other end, for the log. */
  get peer(): string {
    const { remoteAddress, remotePort } = this.#transport;
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
  }

  #log(message: string): void {
    this.#site.log('warn', printable(`${this.#protocol} from ${this.peer}: ${message}`));
  }
}
