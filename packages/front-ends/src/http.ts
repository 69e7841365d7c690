// HTTP: node:http is the codec. This file maps its requests and responses.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { printable, statusPage } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import { Admission } from './admission.ts';
import { Deadlines, type Timed } from './deadlines.ts';
import type { FrontEnd, FrontEndServer, Site } from './front-end.ts';
import { HttpExchange } from './http-exchange.ts';
import { type HttpListener, readRequest } from './http-request.ts';
import { OutputStall } from './output-stall.ts';
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

/** One connection: the client leaves all of its requests at once. */
class HttpConnection implements Timed {
  readonly exchanges = new Set<HttpExchange>();
  readonly #socket: Socket;
  readonly #site: Site;
  readonly #stall = new OutputStall();
  #deadline = Number.POSITIVE_INFINITY;

  constructor(socket: Socket, site: Site) {
    this.#socket = socket;
    this.#site = site;
  }

  /** Lets requests in progress be the last ones; from some moment on, a connection without any is closed. */
  stop(at: number): void {
    this.#deadline = at;
    for (const exchange of this.exchanges) exchange.beLast();
  }

  check(now: number): void {
    const { limits, log } = this.#site;
    if (this.#stall.check(this.#socket, now, limits.writeStall)) {
      const { remoteAddress } = this.#socket;
      log(
        'warn',
        `http from ${remoteAddress ?? 'local peer'}: no output taken within ${limits.writeStall} ms`,
      );
      this.#socket.destroy();
    } else if (now > this.#deadline && this.exchanges.size === 0) {
      this.#socket.destroy();
    }
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }
}

const connections = new WeakMap<Duplex, HttpConnection>();

class HttpServer implements FrontEndServer {
  readonly server: Server;
  readonly #site: Site;
  readonly #listener: HttpListener;
  readonly #deadlines: Deadlines<HttpConnection>;
  #stopping = false;

  constructor(site: Site) {
    this.#site = site;
    const { limits } = site;
    this.#deadlines = new Deadlines([limits.writeStall, limits.linger]);
    const admission = new Admission('http', site);
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
    this.#listener = { address: undefined, trust: site.trust };
    this.server.on('listening', () => {
      const address = this.server.address();
      this.#listener.address = typeof address === 'object' ? (address ?? undefined) : undefined;
    });
    this.server.on('connection', (socket: Socket) => {
      if (admission.admits(socket)) this.#connect(socket);
    });
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
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    // One that was accepted just now has its request on the way.
    const deadline = this.#deadlines.in(this.#site.limits.linger);
    for (const connection of this.#deadlines.members) connection.stop(deadline);
    await closed;
    this.#deadlines.close();
  }

  destroy(): void {
    for (const connection of this.#deadlines.members) connection.destroy();
  }

  #connect(socket: Socket): void {
    const connection = new HttpConnection(socket, this.#site);
    connections.set(socket, connection);
    this.#deadlines.add(connection);
    socket.on('end', () => {
      for (const exchange of connection.exchanges) exchange.listener?.halfClose();
    });
    socket.on('close', () => {
      this.#deadlines.delete(connection);
      for (const exchange of connection.exchanges) exchange.leave();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const exchanges = connections.get(request.socket)?.exchanges;
    if (this.#stopping) response.shouldKeepAlive = false;
    try {
      const head = readRequest(request, this.#listener);
      if (!head) {
        answerAsterisk(response);
        return;
      }
      const { variables, hasBody } = head;
      const body = { hasBody, expectsContinue };
      const finished = (exchange: HttpExchange) => void exchanges?.delete(exchange);
      const exchange = new HttpExchange(request, response, body, this.#site, finished);
      exchanges?.add(exchange);
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
    const exchanges = connections.get(socket)?.exchanges;
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
