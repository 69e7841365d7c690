// HTTP: node:http is the codec. This file maps its requests and responses.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  ClientLeftError,
  type Exchange,
  printable,
  RequestBody,
  type ResponsePart,
  statusPage,
} from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import type { FrontEnd, FrontEndServer, Site } from './front-end.ts';
import { type HttpListener, requestVariables } from './http-request.ts';
import { openStdio } from './stdio.ts';

/** The HTTP front-end. */
export const http: FrontEnd = {
  name: 'http',
  defaultPort: 8000,
  believesPeers: false,
  createServer: (site) => new HttpServer(site),
  async serveProcess(site) {
    const { server } = new HttpServer(site);
    const transport = openStdio();
    server.keepAliveTimeout = 1;
    server.maxRequestsPerSocket = 1; // inetd starts a program for each connection
    server.emit('connection', transport);
    await new Promise((resolve) => transport.on('close', resolve));
    server.close();
  },
};

const SMALL = 4096; // a body up to this size travels in one string with its head, which node:http sends in one write

/** The requests in progress on each connection: the client leaves all of them at once. */
const inProgress = new WeakMap<Duplex, Set<HttpExchange>>();

class HttpServer implements FrontEndServer {
  readonly server: Server;
  readonly #site: Site;
  readonly #listener: HttpListener;
  readonly #sockets = new Set<Socket>();
  #stopping = false;

  constructor(site: Site) {
    this.#site = site;
    const { limits } = site;
    this.server = createServer({
      maxHeaderSize: 65536,
      headersTimeout: limits.head,
      requestTimeout: 0, // the body has limits of its own
      keepAliveTimeout: limits.idle,
      connectionsCheckingInterval: Math.min(1000, Math.max(10, limits.head / 4)),
    });
    this.server.maxHeadersCount = 0; // the size is limited; a count would drop headers without a word
    Object.assign(this.server, { httpAllowHalfOpen: true }); // a client that shuts its side still gets its answer
    this.server.timeout = 0;
    this.#listener = { server: this.server, trust: site.trust };
    this.server.on('connection', (socket: Socket) => this.#connect(socket));
    this.server.on('request', (request, response) => this.#serve(request, response, false));
    this.server.on('checkContinue', (request, response) => this.#serve(request, response, true));
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#refuse(error, socket),
    );
    this.server.on('connect', (_request, socket: Duplex) =>
      socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
  }

  destroy(): void {
    this.server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(socket: Socket): void {
    const { allow, log } = this.#site;
    if (allow && !allow.admits(socket)) {
      log(
        'warn',
        printable(`http: ${socket.remoteAddress} is not on the allow list, connection closed`),
      );
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const exchanges = new Set<HttpExchange>();
    inProgress.set(socket, exchanges);
    socket.on('end', () => {
      for (const exchange of exchanges) exchange.onhalfclose?.();
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      for (const exchange of exchanges) exchange.leave();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const exchanges = inProgress.get(request.socket);
    if (this.#stopping) response.shouldKeepAlive = false;
    try {
      const variables = requestVariables(request, this.#listener);
      if (!variables) return answerAsterisk(response);
      const exchange = new HttpExchange(request, response, expectsContinue, exchanges, this.#site);
      this.#site.gateway.handle(variables, exchange);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#log(request.socket, `${error.code}: ${error.message}`);
      const page = statusPage(error.statusHint ?? 400);
      response.shouldKeepAlive = false; // what follows on this connection cannot be trusted
      response.writeHead(Number(page.status.slice(0, 3)), page.headers.flat());
      response.end(request.method === 'HEAD' ? undefined : page.body);
    }
  }

  /** What node:http could not read as a request. */
  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const exchanges = inProgress.get(socket);
    if (!socket.writable || (exchanges && exchanges.size > 0) || error.code === 'ECONNRESET') {
      socket.destroy(error);
      return;
    }
    this.#log(socket as Socket, `${error.code}: ${error.message}`);
    const { status, body } = statusPage(CLIENT_ERRORS[error.code ?? ''] ?? 400);
    const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.end(head + body.toString('latin1'));
    // Closing on unread bytes would reset the answer away: read on for a moment.
    socket.resume();
    setTimeout(() => socket.destroy(), this.#site.limits.linger).unref();
  }

  #log(socket: Socket, message: string): void {
    this.#site.log(
      'warn',
      printable(`http from ${socket.remoteAddress ?? 'local peer'}: ${message}`),
    );
  }
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** `OPTIONS *` asks about the server, not about the application (RFC 9110, section 9.3.7). */
function answerAsterisk(response: ServerResponse): void {
  response.writeHead(204, { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' });
  response.end();
}

class HttpExchange implements Exchange {
  readonly protocol = 'http';
  readonly body: RequestBody | undefined;
  onleave: ((reason: Error) => void) | undefined = undefined;
  onhalfclose: (() => void) | undefined = undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #exchanges: Set<HttpExchange> | undefined;
  readonly #site: Site;
  #expectsContinue: boolean;
  #reading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    exchanges: Set<HttpExchange> | undefined,
    site: Site,
  ) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.#exchanges = exchanges;
    this.#site = site;
    const { headers } = request;
    const hasBody =
      headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
    this.body = hasBody ? new RequestBody(() => this.#demand()) : undefined;
    exchanges?.add(this);
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
      if (!more)
        this.#limit('the client takes no output', this.#site.limits.writeStall, () => this.abort());
      return more;
    }
    this.#stopTimer();
    this.#exchanges?.delete(this);
    if (!chunk) response.end();
    else if (head && chunk.length <= SMALL)
      response.end((chunk as Buffer).toString('latin1'), 'latin1');
    else response.end(chunk);
    if (this.body && !this.body.ended) this.#drain();
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
        this.#stopTimer();
        if (response.destroyed) reject(new ClientLeftError());
        else resolve();
      };
      response.on('drain', settle);
      response.on('close', settle);
    });
  }

  abort(): void {
    this.#stopTimer();
    this.#exchanges?.delete(this);
    this.#request.socket.destroy();
  }

  /** The connection is closed. */
  leave(): void {
    this.#stopTimer();
    this.onleave?.(new ClientLeftError());
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
    this.body?.discard();
    request.resume();
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy();
    }, this.#site.limits.drain).unref();
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
