// One request on a connection, as the gateway sees it.
import {
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponsePart,
} from '@sluice/gateway';
import type { Connection } from './connection.ts';

/** A request that came over a {@link Connection}. */
export class SocketExchange implements Exchange {
  readonly protocol: string;
  /** Tells the requests of one connection apart. */
  readonly id: number;
  readonly body: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  readonly #connection: Connection;

  /** @param connection - where the request came from
   * @param protocol - name of the front-end
   * @param id - of the request on its connection
   * @param hasBody - whether a body follows */
  constructor(connection: Connection, protocol: string, id: number, hasBody: boolean) {
    this.#connection = connection;
    this.protocol = protocol;
    this.id = id;
    this.body = hasBody ? new RequestBody(() => connection.demand()) : undefined;
  }

  get peer(): string {
    return this.#connection.peer;
  }

  send(part: ResponsePart): boolean {
    return this.#connection.send(this, part);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  abort(): void {
    this.#connection.reset(this);
  }
}
