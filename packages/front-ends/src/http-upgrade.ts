// Requests for another protocol on an HTTP connection (RFC 9110, section 7.8): node:http lets go of the socket.
//
// Theory: asked → taken (101, then bytes both ways) or refused (an answer that ends with the connection).
// What an application cannot take over stays with node:http, or goes back to it without its Upgrade.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  ClientLeftError,
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponseHeaders,
  type ResponsePart,
} from '@sluice/gateway';
import { httpAnswer } from './cgi-answer.ts';
import { drained } from './drained.ts';
import type { Site } from './front-end.ts';
import type { HttpConnection, HttpConversation } from './http-connection.ts';

/** Protocols that clients offer by the way, and that nobody here speaks. */
const BY_THE_WAY = /^\s*(?:h2c?|HTTP\/[\d.]+|TLS\/[\d.]+)\s*$/i;

/** Whether an application may take over the connection of a request. */
export function canBeTakenOver({ method, headers, httpVersion }: IncomingMessage): boolean {
  if (method !== 'GET' || httpVersion !== '1.1') return false;
  if (headers['transfer-encoding'] !== undefined) return false;
  if ((headers['content-length'] ?? '0') !== '0') return false;
  const offered = headers.upgrade ?? '';
  return offered.split(',').some((protocol) => !BY_THE_WAY.test(protocol));
}

/** The head of a request as it came, but without Upgrade, and as the last one of its connection. */
export function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\nConnection: close\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    let value = rawHeaders[at + 1] as string;
    if (/^upgrade$/i.test(name)) continue;
    if (/^connection$/i.test(name)) {
      const tokens = value
        .split(',')
        .filter((token) => !/^\s*(?:upgrade|keep-alive)\s*$/i.test(token));
      value = tokens.join(',');
    }
    text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

/** A request that asks for another protocol, as the gateway sees it. */
export class HttpUpgradeExchange implements Exchange, HttpConversation {
  readonly protocol = 'http';
  readonly body = undefined;
  listener: ExchangeListener | undefined = undefined;
  readonly #socket: Socket;
  readonly #site: Site;
  readonly #connection: HttpConnection;
  readonly #input: RequestBody;
  #isTaken = false;

  /** @param socket - which node:http reads no more
   * @param head - what came behind the request
   * @param site - what is served
   * @param connection - that the request came over */
  constructor(socket: Socket, head: Buffer, site: Site, connection: HttpConnection) {
    this.#socket = socket;
    this.#site = site;
    this.#connection = connection;
    this.#input = new RequestBody(() => socket.resume());
    const take = (chunk: Buffer) => {
      if (!this.#input.push(chunk)) socket.pause();
    };
    socket.on('error', () => {}); // told by 'close'
    socket.on('end', () => this.#input.end());
    if (head.length > 0) socket.unshift(head);
    socket.on('data', take);
    socket.resume();
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
  }

  readonly upgrade = (): RequestBody => {
    this.#isTaken = true;
    return this.#input;
  };

  send(part: ResponsePart): boolean {
    const { head, last } = part;
    const whole =
      head && !this.#isTaken
        ? { ...part, head: { ...head, headers: closing(head.headers) } }
        : part;
    let more = !this.#socket.writableNeedDrain;
    for (const piece of httpAnswer(whole)) more = this.#socket.write(piece);
    if (last) {
      this.#connection.exchanges.delete(this);
      this.#input.discard();
      this.#connection.linger(this.#site.limits.linger);
    }
    return more;
  }

  drained(): Promise<void> {
    return drained(this.#socket);
  }

  abort(): void {
    this.#connection.exchanges.delete(this);
    this.#socket.destroy();
  }

  beLast(): void {}

  misread(): boolean {
    return false;
  }

  leave(): void {
    this.listener?.leave(new ClientLeftError());
  }
}

/** Headers of an answer that ends with its connection. */
function closing(headers: ResponseHeaders): ResponseHeaders {
  const own: ResponseHeaders = [...headers, ['Connection', 'close']];
  if (!headers.some(([name]) => name.toLowerCase() === 'date'))
    own.push(['Date', new Date().toUTCString()]);
  return own;
}
