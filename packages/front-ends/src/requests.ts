// The requests of one connection that are not answered yet.
import { type Gateway, InputStream } from '@sluice/gateway';
import type { SocketExchange } from './exchange.ts';
import type { Incoming } from './front-end.ts';
import type { Output } from './output.ts';

/** The requests of one connection that are not answered yet: one at most, but for protocols that mix several. */
export class Requests {
  /** In order of arrival: a list, since there is one nearly always, and a handful otherwise. */
  readonly #exchanges: SocketExchange[] = [];
  readonly #gateway: Gateway;
  #starting: (Incoming & { type: 'request' }) | undefined;

  /** @param gateway - that answers them */
  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#exchanges.length === 0;
  }

  /** Whether an application waits for bytes of a body. */
  get wait(): boolean {
    return this.#exchanges.some((exchange) => exchange.waits);
  }

  /** Whether more bytes are held than should be. */
  get isFull(): boolean {
    return this.#exchanges.some((exchange) => exchange.full);
  }

  get(id: number): SocketExchange | undefined {
    return this.#exchanges.find((exchange) => exchange.id === id);
  }

  /** Takes a request out that is answered, and drops what its application has left of it. */
  delete(exchange: SocketExchange): void {
    exchange.discard();
    const at = this.#exchanges.indexOf(exchange);
    if (at < 0) return;
    if (this.#exchanges.length === 1) this.#exchanges.pop();
    else this.#exchanges.splice(at, 1);
  }

  /** Takes a request; it runs at {@link Requests.start}. */
  add(request: Incoming & { type: 'request' }, exchange: SocketExchange): void {
    this.start();
    this.#starting = request;
    this.#exchanges.push(exchange);
  }

  /** Runs the request that came last, once all that arrived with it is known: often that is all of it. */
  start(): void {
    const request = this.#starting;
    if (!request) return;
    this.#starting = undefined;
    const exchange = this.#exchanges.at(-1) as SocketExchange; // none has come since
    if (request.secondInput !== undefined && exchange.second) {
      const variables: Record<string, unknown> = request.variables;
      variables[request.secondInput] = new InputStream(exchange.second);
    }
    this.#gateway.handle(request.variables, exchange);
  }

  /** Fails what applications wait for; their answers can still be sent. */
  expire(error: Error): void {
    for (const exchange of [...this.#exchanges]) if (exchange.waits) exchange.fail(error);
  }

  /**
   * Nothing more comes from the peer.
   *
   * @param error - why, when that is not its own decision
   * @returns whether an application will tell of the error, because it has not read all
   */
  end(error?: Error): boolean {
    let isTold = false;
    for (const exchange of [...this.#exchanges]) {
      exchange.unread = false;
      isTold ||= exchange.body?.ended === false && exchange.demanded;
      if (error) exchange.fail(error);
      else if (exchange.upgraded) exchange.body?.end();
      exchange.listener?.halfClose();
    }
    return isTold;
  }

  /** The peer gave a request up; `output` tells why. False when it was answered already. */
  abandon(id: number, output: Output): boolean {
    const exchange = this.get(id);
    if (!exchange) return false;
    if (this.#starting?.id === id) this.#starting = undefined;
    exchange.listener?.leave(output.reason); // a read that waits is told before the body is dropped
    this.delete(exchange);
    return true;
  }

  /** The peer is gone. */
  leave(reason: Error): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.listener?.leave(reason);
  }
}
