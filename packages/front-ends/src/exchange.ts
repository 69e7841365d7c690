// One request on a connection, as the gateway sees it.
import {
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponsePart,
} from '@sluice/gateway';
import type { Connection } from './connection.ts';
import type { Incoming } from './front-end.ts';

/** A request that came over a {@link Connection}. */
export class SocketExchange implements Exchange {
  readonly protocol: string;
  /** Tells the requests of one connection apart. */
  readonly id: number;
  /** The second input of a request that has one. */
  readonly second: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  /** Whether something of the request is still to come. */
  unread: boolean;
  /** Whether the application has begun to read. */
  demanded = false;
  /** Whether the connection was taken over from HTTP: then its client may be silent as long as it likes. */
  upgraded = false;
  #body: RequestBody | undefined;
  readonly #connection: Connection;

  /** @param connection - where the request came from
   * @param protocol - name of the front-end
   * @param request - as the channel reported it */
  constructor(
    connection: Connection,
    protocol: string,
    request: Incoming & { readonly type: 'request' },
  ) {
    const { id, hasBody, secondInput } = request;
    this.#connection = connection;
    this.protocol = protocol;
    this.id = id;
    this.unread = hasBody;
    this.#body = hasBody ? this.#input() : undefined;
    this.second = secondInput === undefined ? undefined : this.#input();
  }

  get body(): RequestBody | undefined {
    return this.#body;
  }

  get peer(): string {
    return this.#connection.output.peer;
  }

  /** Whether an application waits for bytes, and the peer has to send them in time. */
  get waits(): boolean {
    if (this.upgraded) return false;
    return this.#body?.wanted === true || this.second?.wanted === true;
  }

  /** Whether more bytes are held than should be. */
  get full(): boolean {
    return this.#body?.full === true || this.second?.full === true;
  }

  get upgrade(): (() => RequestBody) | undefined {
    const { channel } = this.#connection;
    if (!channel.upgrade || channel.upgradable?.(this.id) === false) return undefined;
    return () => {
      this.upgraded = this.unread = true;
      channel.upgrade?.(this.id);
      this.#body = this.#input();
      return this.#body;
    };
  }

  send(part: ResponsePart): boolean {
    return this.#connection.send(this, part);
  }

  drained(): Promise<void> {
    return this.#connection.output.drained();
  }

  abort(): void {
    this.#connection.abort(this);
  }

  report(text: string): void {
    const { channel, output, requests } = this.#connection;
    if (channel.report && requests.get(this.id) === this)
      output.write([channel.report(this.id, text)]);
  }

  /** The body is complete, or the second input, which follows it. */
  end(second: boolean): void {
    (second ? this.second : this.#body)?.end();
    this.unread = this.second !== undefined && !second;
  }

  /** The rest of the request will not come. */
  fail(error: Error): void {
    this.#body?.fail(error);
    this.second?.fail(error);
  }

  /** Drops what the application has left. */
  discard(): void {
    this.#body?.discard();
    this.second?.discard();
  }

  #input(): RequestBody {
    return new RequestBody(() => this.#connection.demand(this));
  }
}
