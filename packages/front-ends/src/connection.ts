// The driver: one connection of any protocol, between its socket and the gateway.
//
// Theory. Input: 'open' until the peer's FIN. A FIN after a whole request may be a half-close, so the
// answer is still sent. A connection carries one request, or several after each other, or several at
// once; the channel knows which. When the last of them is answered and the channel takes no more, the
// connection ends at once where all was read and the kernel has the answer; it lingers where something
// of the peer is unread, since closing then would reset the answer on its way: our side is shut and the
// rest read away, within limits; it is reset where an answer could not be completed.
// Time: `wait` is what the peer has to do by the deadline. Output is watched beside it, from tick to tick.
import { printable, type ResponsePart } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import type { Deadlines, Timed } from './deadlines.ts';
import { SocketExchange } from './exchange.ts';
import type { Channel, Incoming, Site } from './front-end.ts';
import { Output } from './output.ts';
import { refusal } from './refusal.ts';
import { Requests } from './requests.ts';
import { readBlocks } from './shared-read-buffer.ts';
import type { Transport } from './transport.ts';
import { Wait, type Waiting } from './wait.ts';

/** One connection of a byte-stream protocol. */
export class Connection implements Timed {
  readonly channel: Channel;
  readonly output: Output;
  readonly requests: Requests;
  readonly #transport: Transport;
  readonly #site: Site;
  readonly #protocol: string;
  readonly #deadlines: Deadlines<Connection>;
  readonly #wait: Wait;
  #surplus = 0;
  #patience = 0; // milliseconds that lingering may take
  #ending: 'no' | 'when idle' | 'lingering' = 'no';
  #isOver = false; // nothing more can be read: the peer ended its side, or broke the protocol

  /** Serves a connection; `deadlines` is the clock of its listener, `limits` how long each wait may take. */
  constructor(
    protocol: string,
    transport: Transport,
    channel: Channel,
    site: Site,
    deadlines: Deadlines<Connection>,
    limits: Readonly<Record<Waiting, number>>,
  ) {
    this.#protocol = protocol;
    this.#transport = transport;
    this.channel = channel;
    this.output = new Output(transport);
    this.requests = new Requests(site.gateway);
    this.#site = site;
    this.#deadlines = deadlines;
    this.#wait = new Wait(deadlines, limits);
    deadlines.add(this);
    readBlocks(transport, (chunk) => this.#receive(() => channel.receive(chunk)));
    transport.on('end', () => this.#receive(() => channel.finish(), true));
    transport.on('close', () => this.#closed());
  }

  /** Leaves no new request in; the connection ends when its requests have ended. */
  stop(): void {
    this.channel.stop?.();
    if (this.#ending === 'no') this.#ending = 'when idle';
    // A request may be on the way. One that waits for its next is given a tick or two.
    if (this.#wait.what === 'idle') this.#wait.for('idle', 0);
    if (this.#wait.what === 'first byte') this.#wait.for('first byte', this.#site.limits.linger);
  }

  /** Cuts the connection; applications hear of it before the process may end. */
  destroy(): void {
    this.#transport.destroy();
    this.#closed();
  }

  check(now: number): void {
    const { writeStall } = this.#site.limits;
    if (this.output.isStalled(now, writeStall)) {
      this.#log(`no output taken within ${writeStall} ms`);
      this.#transport.destroy();
    } else if (this.#wait.what === 'end' && this.output.isPending) {
      this.#wait.for('end', this.#patience); // counts from the moment at which the output is out
    } else if (this.#wait.isOver(now)) {
      this.#expire(this.#wait.what);
    }
  }

  #expire(waiting: Waiting): void {
    this.#wait.for('nothing');
    const message = `no ${waiting} within the time limit`;
    const error = new ProtocolError('ERR_FRONT_END_TIMEOUT', message, { statusHint: 408 });
    if (waiting === 'head') this.#refuse(error);
    else if (waiting === 'body') this.requests.expire(error);
    else this.#transport.destroy();
  }

  /** Sends the next part of a response; false when the peer is slow. */
  send(exchange: SocketExchange, part: ResponsePart): boolean {
    const pieces = this.channel.send(exchange.id, part);
    if (!part.last) this.output.hurry(); // parts that follow must not wait for acknowledgements
    const more = this.output.write(pieces);
    if (part.last) this.#finish(exchange);
    return more;
  }

  /** An application wants body bytes. */
  demand(exchange: SocketExchange): void {
    exchange.demanded = true;
    if (this.#wait.what === 'nothing') this.#awaitBody();
    this.#ask(exchange);
    this.#resume();
  }

  /** Ends a response that cannot be completed: the peer must see that it is cut short. */
  abort(exchange: SocketExchange): void {
    this.requests.delete(exchange);
    // Only the end of the connection tells. Other requests on it are answered first.
    if (!this.requests.isEmpty) this.#ending = 'when idle';
    else if (this.channel.marksEnd) this.output.close();
    else this.output.reset();
    this.#resume();
  }

  #receive(read: () => Incoming[], finish = false): void {
    try {
      const events = read();
      for (const event of events) this.#take(event);
      this.requests.start();
      if (finish) this.#halfClosed();
      else if (events.length === 0) this.#wait.begin();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#broken(error, finish);
    }
  }

  #take(event: Incoming): void {
    switch (event.type) {
      case 'request': {
        this.#wait.for('nothing');
        this.requests.add(event, new SocketExchange(this, this.#protocol, event));
        return;
      }
      case 'body':
        this.#takeBody(event);
        return;
      case 'body-end': {
        const exchange = this.requests.get(event.id);
        exchange?.end(event.second === true);
        if (exchange) this.#awaitBody();
        else if (this.#ending === 'lingering') this.output.close();
        else if (this.#wait.what === 'rest') this.#rest();
        return;
      }
      case 'body-failure':
        this.requests.get(event.id)?.fail(event.error);
        return;
      case 'abort':
        this.#abandon(event.id);
        return;
      case 'reply':
        this.#reply(event.bytes);
        return;
      case 'failure':
        throw event.error;
      case 'surplus':
        this.#surplus += event.size;
        if (this.#surplus > this.#site.limits.surplus) this.#transport.destroy();
        return;
    }
  }

  #takeBody(event: Incoming & { type: 'body' }): void {
    const exchange = this.requests.get(event.id);
    if (!exchange) {
      // What is left of a body after its answer is read away, for a while.
      if (this.#wait.what === 'idle') this.#wait.for('rest');
      return;
    }
    const body = event.second ? exchange.second : exchange.body;
    if (body?.push(event.chunk) === false) this.#transport.pause();
    else if (exchange.demanded) this.#ask(exchange);
    if (this.#wait.what === 'body') this.#awaitBody();
  }

  #ask(exchange: SocketExchange): void {
    const question = this.channel.demand?.(exchange.id);
    if (question) this.output.write([question]);
  }

  #resume(): void {
    if (!this.requests.isFull) this.#transport.resume();
  }

  /** Sends what the protocol answers by itself. A peer that asks without reading is not listened to. */
  #reply(bytes: Uint8Array): void {
    if (!this.output.write([bytes])) {
      this.#transport.pause();
      const resume = () => this.#resume();
      this.output.drained().then(resume, () => {}); // a peer that left needs no resuming
    }
    if (!this.requests.isEmpty) return;
    if (this.channel.reusable) this.#rest();
    else this.output.close();
  }

  /** The peer gave a request up: ends it as the protocol wants, and goes on with what comes behind it. */
  #abandon(id: number): void {
    if (!this.requests.abandon(id, this.output)) return;
    const bytes = this.channel.abandon?.(id);
    if (bytes) this.#reply(bytes);
    this.#resume();
  }

  /** The peer sent its last byte: all of it is read. */
  #halfClosed(): void {
    if (this.#ending === 'lingering' || this.requests.isEmpty) this.output.close();
    this.#isOver = true;
    this.requests.end();
  }

  /** The peer broke the protocol, or stopped in the middle: then applications are told, and can answer. */
  #broken(error: ProtocolError, finish: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.requests.isEmpty) {
      this.#refuse(error, finish);
      return;
    }
    const { code, message, statusHint } = error;
    const told = new ProtocolError(code, message, { statusHint: statusHint ?? 400 });
    if (!finish || !this.requests.end(told)) this.#log(`${code}: ${message}`);
    if (finish) return;
    // One request of several could not be read: it is answered, and the others are.
    if (statusHint === undefined) return void this.#transport.destroy();
    this.output.write(refusal(this.channel, error));
    this.requests.start();
  }

  #refuse(error: ProtocolError, finish = false): void {
    // What is missing of a request that is answered is no news.
    if (this.#ending === 'lingering' || (finish && this.#wait.what !== 'head')) {
      this.output.close();
      return;
    }
    this.#log(`${error.code}: ${error.message}`);
    const answer = refusal(this.channel, error);
    if (answer.length === 0) {
      this.#transport.destroy();
      return;
    }
    this.output.write(answer);
    this.#linger(this.#site.limits.linger);
  }

  /** A response is complete. */
  #finish(exchange: SocketExchange): void {
    this.requests.delete(exchange);
    if (!this.requests.isEmpty) {
      this.#awaitBody();
      this.#resume();
    } else if (this.channel.reusable && !this.#isOver && this.#ending === 'no') {
      this.#rest();
      this.#transport.resume();
    } else if (this.#surplus > 0) this.#linger(this.#site.limits.linger);
    else if (exchange.unread) this.#linger(this.#site.limits.drain);
    else this.output.close();
  }

  /** Nothing is to be answered: waits for the next request, if one may come. */
  #rest(): void {
    this.#surplus = 0;
    if (this.#ending === 'when idle') this.output.close();
    else this.#wait.for('idle');
    this.output.hurry(); // an answer must not wait for the acknowledgement of the one before
  }

  #linger(milliseconds: number): void {
    this.#ending = 'lingering';
    this.#patience = milliseconds;
    this.#wait.for('end', milliseconds);
    this.#transport.end();
    this.#transport.resume();
  }

  #closed(): void {
    this.#deadlines.delete(this);
    this.output.closed();
    if (!this.requests.isEmpty) this.requests.leave(this.output.reason);
  }

  #awaitBody(): void {
    // Of a connection that we have paused nothing can come.
    this.#wait.for(this.requests.wait && !this.requests.isFull ? 'body' : 'nothing');
  }

  #log(message: string): void {
    this.#site.log('warn', printable(`${this.#protocol} from ${this.output.peer}: ${message}`));
  }
}
