// One HTTP request, as the gateway sees it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ClientLeftError,
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponsePart,
} from '@sluice/gateway';
import { fromLatin1, ProtocolError } from '@sluice/protocol';
import { drained } from './drained.ts';
import type { Site } from './front-end.ts';
import type { HttpConnection, HttpConversation } from './http-connection.ts';

const SMALL = 4096; // a body up to this size travels in one string with its head, which node:http sends in one write

/** A request that came over HTTP. */
export class HttpExchange implements Exchange, HttpConversation {
  readonly protocol = 'http';
  readonly body: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #site: Site;
  readonly #connection: HttpConnection;
  #expectsContinue: boolean;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param request - as node:http gives it
   * @param response - the way back
   * @param body - whether one follows, and whether the client waits to be asked for it
   * @param site - what is served
   * @param connection - that it came over */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    body: { readonly hasBody: boolean; readonly expectsContinue: boolean },
    site: Site,
    connection: HttpConnection,
  ) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = body.expectsContinue;
    this.#site = site;
    this.#connection = connection;
    this.body = body.hasBody ? new RequestBody(() => this.#demand()) : undefined;
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.#request.socket;
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
  }

  send(part: ResponsePart): boolean {
    const response = this.#response;
    const { head, chunk, last } = part;
    if (head) {
      // An answer before the body: the client has not been told to send it, and may or may not.
      if (this.#expectsContinue) response.shouldKeepAlive = false;
      const { status } = head;
      response.writeHead(Number(status.slice(0, 3)), status.slice(4), head.headers as never);
    }
    if (!last) {
      const more = chunk ? response.write(chunk) : true;
      if (!chunk) response.flushHeaders();
      return more;
    }
    this.#stopTimer();
    this.#connection.exchanges.delete(this);
    if (this.body && !this.body.ended) this.#drain();
    if (!chunk) response.end();
    else if (head && chunk.length <= SMALL) response.end(fromLatin1(chunk), 'latin1');
    else response.end(chunk);
    return true;
  }

  drained(): Promise<void> {
    return drained(this.#response);
  }

  abort(): void {
    this.#stopTimer();
    this.#connection.exchanges.delete(this);
    this.#request.socket.destroy();
  }

  beLast(): void {
    if (!this.#response.headersSent) this.#response.shouldKeepAlive = false;
  }

  /** If what came belongs to this request, its body is broken. */
  misread(cause: Error): boolean {
    this.beLast();
    const { body } = this;
    if (this.#request.complete || !body) return false;
    const { wanted } = body;
    const message = `the body of the request is broken: ${cause.message}`;
    body.fail(new ProtocolError('ERR_HTTP_REQUEST', message, { statusHint: 400, cause }));
    return wanted;
  }

  leave(): void {
    this.#stopTimer();
    this.listener?.leave(new ClientLeftError());
  }

  #demand(): void {
    const { limits } = this.#site;
    const body = this.body as RequestBody;
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      this.#response.writeContinue();
    }
    const wait = () =>
      this.#limit('no body', limits.body, () =>
        body.fail(
          new ProtocolError('ERR_FRONT_END_TIMEOUT', 'no body within the time limit', {
            statusHint: 408,
          }),
        ),
      );
    wait();
    if (this.#reading) {
      this.#request.resume();
      return;
    }
    this.#reading = true;
    this.#request.on('data', (chunk: Buffer) => {
      if (body.push(chunk)) return wait();
      this.#request.pause();
      this.#stopTimer();
    });
    this.#request.on('end', () => {
      this.#stopTimer();
      body.end();
    });
    this.#request.on('error', () => {}); // told by 'close'
    this.#request.on('close', () => {
      if (!this.#request.complete) {
        body.fail(
          new ProtocolError('ERR_HTTP_REQUEST', 'the client stopped in the middle of the body', {
            statusHint: 400,
          }),
        );
      }
    });
  }

  /** Reads away what is left of the body, so that the answer is not reset; node:http does the reading. */
  #drain(): void {
    const request = this.#request;
    const connection = this.#connection;
    this.body?.discard();
    if (request.complete) return;
    connection.isUnread = true;
    request.resume();
    const timer = setTimeout(() => connection.destroy(), this.#site.limits.drain).unref();
    request.once('end', () => {
      connection.isUnread = false;
    });
    request.once('close', () => clearTimeout(timer));
  }

  #limit(what: string, milliseconds: number, expire: () => void): void {
    if (this.#timer) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#site.log('warn', `http: ${what} within the time limit`);
      expire();
    }, milliseconds).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
