// A request of a framework as a gateway sees it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ClientLeftError,
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponseHead,
  type ResponsePart,
} from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import type { FrameworkRequest } from './wsgi-variables.ts';

/** Headers that a framework may have set, and that are none the less for one more. */
const ADDED = new Set(['set-cookie', 'vary']);

/** One request of node:http, and the way back for its answer. */
export class NodeExchange implements Exchange {
  readonly protocol = 'http';
  readonly body: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #isReading = false;

  /** @param request - as the framework gives it
   * @param response - the way back */
  constructor(request: FrameworkRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.body = hasBody(request) ? new RequestBody(() => this.#demand()) : undefined;
    if (this.body && (request.readableEnded || request.readableDidRead))
      giveRead(this.body, request);
    response.once('close', () => {
      if (!response.writableFinished) this.listener?.leave(new ClientLeftError());
    });
  }

  get peer(): string {
    const { remoteAddress, remotePort } = this.#request.socket;
    return remoteAddress ? `${remoteAddress}:${remotePort}` : 'local peer';
  }

  send({ head, chunk, last }: ResponsePart): boolean {
    const response = this.#response;
    if (head) begin(response, head);
    if (last) {
      this.body?.discard();
      if (this.#isReading) this.#request.resume();
      response.end(chunk);
      return true;
    }
    if (chunk) return response.write(chunk);
    response.flushHeaders();
    return true;
  }

  async drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed) throw new ClientLeftError();
    if (!response.writableNeedDrain) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        response.off('drain', settle);
        response.off('close', settle);
        if (response.destroyed) reject(new ClientLeftError());
        else resolve();
      };
      response.on('drain', settle);
      response.on('close', settle);
    });
  }

  abort(): void {
    this.#response.destroy();
  }

  #demand(): void {
    const request = this.#request;
    const body = this.body as RequestBody;
    if (this.#isReading) {
      request.resume();
      return;
    }
    this.#isReading = true;
    const cut = (cause?: Error) => {
      const message = 'the client stopped in the middle of the body';
      body.fail(new ProtocolError('ERR_ADAPTER_REQUEST', message, { statusHint: 400, cause }));
    };
    request.on('data', (block: Buffer) => {
      if (!body.push(block)) request.pause();
    });
    request.on('end', () => body.end());
    request.on('error', cut);
    request.on('close', () => cut());
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A body that somebody has read before, where its bytes are still there. */
function giveRead(body: RequestBody, { rawBody, body: parsed }: FrameworkRequest): void {
  const bytes = [rawBody, parsed].find((value) => value instanceof Uint8Array);
  if (bytes) {
    body.push(bytes as Uint8Array);
    body.end();
    return;
  }
  const message =
    'somebody has read the request body already: mount the application before body parsers, or let them keep the bytes as request.rawBody';
  body.fail(new ProtocolError('ERR_ADAPTER_BODY_READ', message, { blame: 'local' }));
}

function begin(response: ServerResponse, { status, headers }: ResponseHead): void {
  const fresh = new Set<string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (ADDED.has(key) || fresh.has(key)) response.appendHeader(name, value);
    else response.setHeader(name, value);
    fresh.add(key);
  }
  response.writeHead(Number(status.slice(0, 3)), status.slice(4));
}
