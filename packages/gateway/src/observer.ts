// Watching requests from outside of the application: for logs, statistics, limits.
import type { Environ } from './application.ts';
import { statusPage } from './error-page.ts';
import type { Exchange, ExchangeListener, ResponsePart } from './exchange.ts';
import type { RequestBody } from './request-body.ts';

/** Watches the requests of a gateway. */
export interface RequestObserver {
  /**
   * A request has come.
   *
   * @param environ - the environ that the application gets, or what of it was read before a refusal; read it at the end rather than now, it may still be completed
   * @param request - where it came from; can be ended from here
   * @returns who is told of its end; undefined: nobody
   */
  begin(environ: Environ, request: ObservedExchange): RequestEnd | undefined;
}

/** Told once how a request ended. An upgraded connection has ended as a request when it is taken over. */
export interface RequestEnd {
  /**
   * The request has ended.
   *
   * @param status - of the response; 0 when none was sent
   * @param bytes - of the body that were sent
   * @param isCut - whether it ended before it was complete: the client left, or the response was cut
   */
  end(status: number, bytes: number, isCut: boolean): void;
}

/** An exchange that tells its end, and can be ended from outside. */
export class ObservedExchange implements Exchange {
  readonly #exchange: Exchange;
  #end: RequestEnd | undefined;
  #listener: ExchangeListener | undefined;
  #status = 0;
  #bytes = 0;
  #isOver = false;

  /** @param exchange - where the request came from */
  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Sets who is told of the end. */
  set end(end: RequestEnd | undefined) {
    this.#end = end;
  }

  get protocol(): string {
    return this.#exchange.protocol;
  }

  get peer(): string {
    return this.#exchange.peer;
  }

  get body(): RequestBody | undefined {
    return this.#exchange.body;
  }

  get upgrade(): (() => RequestBody) | undefined {
    return this.#exchange.upgrade;
  }

  get listener(): ExchangeListener | undefined {
    return this.#listener;
  }

  set listener(listener: ExchangeListener | undefined) {
    this.#listener = listener;
    this.#exchange.listener = listener && {
      leave: (reason) => {
        listener.leave(reason);
        this.#over(true);
      },
      halfClose: () => listener.halfClose(),
    };
  }

  send(part: ResponsePart): boolean {
    const more = this.#exchange.send(part);
    if (part.head) this.#status = Number(part.head.status.slice(0, 3));
    this.#bytes += part.chunk?.length ?? 0;
    if (part.last || this.#status === SWITCHING_PROTOCOLS) this.#over(false);
    return more;
  }

  drained(): Promise<void> {
    return this.#exchange.drained();
  }

  abort(): void {
    this.#exchange.abort();
    this.#over(true);
  }

  report(text: string): void {
    this.#exchange.report?.(text);
  }

  /**
   * Ends the request: its application is told that nobody waits any more, and its client gets a page or
   * sees that the response is cut.
   *
   * @param reason - for the application
   * @param code - of the page, where nothing was sent yet
   */
  expire(reason: Error, code: number): void {
    if (this.#isOver) return;
    this.#listener?.leave(reason);
    if (this.#status > 0) {
      this.abort();
      return;
    }
    const page = statusPage(code);
    this.send({ head: page, chunk: page.body, last: true });
  }

  #over(isCut: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end?.end(this.#status, this.#bytes, isCut);
  }
}

const SWITCHING_PROTOCOLS = 101;
