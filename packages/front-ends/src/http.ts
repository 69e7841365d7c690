// HTTP: node:http is the codec. This file maps its requests and responses.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { statusPage } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import { Deadlines } from './deadlines.ts';
import type { FrontEnd, FrontEndServer, Site } from './front-end.ts';
import { Gate } from './gate.ts';
import { HttpConnection } from './http-connection.ts';
import { HttpExchange } from './http-exchange.ts';
import {
  type HttpListener,
  type HttpRequestHead,
  listenerBehind,
  readRequest,
} from './http-request.ts';
import { canBeTakenOver, HttpUpgradeExchange, withoutUpgrade } from './http-upgrade.ts';
import { openStdio } from './stdio.ts';

/** The HTTP front-end. */
export const http: FrontEnd = {
  name: 'http',
  defaultPort: 8000,
  believesPeers: false,
  createServer: (site) => new HttpServer(site),
  async serveProcess(site) {
    const { server } = new HttpServer(site);
    const transport = openStdio(site.stderr);
    server.keepAliveTimeout = 1;
    server.maxRequestsPerSocket = 1; // inetd starts a program for each connection
    server.emit('connection', transport);
    await new Promise((resolve) => transport.on('close', resolve));
    server.close();
  },
};

const connections = new WeakMap<Duplex, HttpConnection>();

class HttpServer implements FrontEndServer {
  readonly server: Server;
  readonly #site: Site;
  readonly #listener: HttpListener;
  readonly #deadlines: Deadlines<HttpConnection>;
  readonly #gate: Gate;
  readonly #parse: (socket: Duplex) => void;
  #deadline: number | undefined; // of connections without a request, once the server stops

  constructor(site: Site) {
    this.#site = site;
    const { limits } = site;
    this.#deadlines = new Deadlines([limits.writeStall, limits.linger]);
    this.server = createServer({
      maxHeaderSize: 65536,
      requireHostHeader: false, // checked, and logged, with the other rules
      headersTimeout: limits.head,
      requestTimeout: 0, // the body has limits of its own
      keepAliveTimeout: limits.idle,
      connectionsCheckingInterval: Math.min(1000, Math.max(10, limits.head / 4)),
      // Node.js 24.9 and newer ask; older ones let go of every socket that could be taken over.
      ...{ shouldUpgradeCallback: canBeTakenOver },
    });
    this.server.maxHeadersCount = 0; // the size is limited; a count would drop headers without a word
    Object.assign(this.server, { httpAllowHalfOpen: true }); // a client that shuts its side still gets its answer
    this.server.timeout = 0;
    this.#listener = { address: undefined, trust: site.trust };
    this.server.on('listening', () => {
      const address = this.server.address();
      this.#listener.address = typeof address === 'object' ? (address ?? undefined) : undefined;
    });
    const parse = this.server.listeners('connection'); // node:http's own: it reads what it is given at once
    this.server.removeAllListeners('connection');
    this.#parse = (socket) => {
      for (const listener of parse) listener.call(this.server, socket);
    };
    this.#gate = new Gate(this.server, 'http', site, (socket, header) => {
      this.#parse(socket);
      const behind = header ? listenerBehind(this.#listener, header) : this.#listener;
      const connection = new HttpConnection(socket, site, this.#deadlines, behind);
      connections.set(socket, connection);
      if (this.#deadline !== undefined) connection.stop(this.#deadline);
      if (header) socket.resume();
    });
    this.server.on('request', (request, response) => this.#serve(request, response, false));
    this.server.on('checkContinue', (request, response) => this.#serve(request, response, true));
    this.server.on('checkExpectation', (request, response) => {
      const connection = connections.get(request.socket);
      const error = new ProtocolError(
        'ERR_HTTP_REQUEST',
        'an expectation that is not 100-continue',
        {
          statusHint: 417,
        },
      );
      if (connection) refuse(connection, request, response, error);
    });
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#misread(error, socket),
    );
    this.server.on('upgrade', (request, socket, rest) =>
      this.#upgrade(request, socket as Socket, rest),
    );
    this.server.on('connect', (_request, socket: Duplex) => this.#refuseTunnel(socket));
  }

  async stop(): Promise<void> {
    // One that was accepted just now has its request on the way.
    this.#deadline = this.#deadlines.in(this.#site.limits.linger);
    this.server.closeIdleConnections = () => {}; // close() calls it; to a kept one a request may be on the way, too
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.#gate.stop();
    for (const connection of this.#deadlines.members) connection.stop(this.#deadline);
    await closed;
    this.#gate.close();
    this.#deadlines.close();
  }

  destroy(): void {
    this.#gate.destroy();
    for (const connection of this.#deadlines.members) connection.destroy();
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const connection = connections.get(request.socket);
    if (!connection) return; // it was not let in
    if (this.#deadline !== undefined) response.shouldKeepAlive = false;
    try {
      const head = readRequest(request, connection.listener);
      if (!head) {
        answerAsterisk(response);
        return;
      }
      const { variables, hasBody } = head;
      const body = { hasBody, expectsContinue };
      const exchange = new HttpExchange(request, response, body, this.#site, connection);
      connection.exchanges.add(exchange);
      this.#site.gateway.handle(variables, exchange);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refuse(connection, request, response, error);
    }
  }

  /** What node:http could not read as a request, or as the rest of one. */
  #misread(error: NodeJS.ErrnoException, socket: Duplex): void {
    const connection = connections.get(socket);
    if (!connection || !socket.writable || error.code === 'ECONNRESET') {
      socket.destroy(error);
      return;
    }
    // What follows the last request is nobody's; what follows a refused one has its answer already.
    if (connection.isRefused || error.code === 'HPE_CLOSED_CONNECTION') return;
    connection.isRefused = true;
    const told = [...connection.exchanges].map((exchange) => exchange.misread(error));
    if (!told.includes(true)) connection.log(`${error.code}: ${error.message}`);
    if (told.length > 0) return; // they have their answers still to come
    const { status, body } = statusPage(CLIENT_ERRORS[error.code ?? ''] ?? 400);
    socket.write(plainAnswer(status, body.toString('latin1')));
    connection.linger(this.#site.limits.linger);
  }

  /** node:http has let go of the socket. */
  #upgrade(request: IncomingMessage, socket: Socket, rest: Buffer): void {
    const connection = connections.get(socket);
    if (!connection) return; // it was not let in
    socket.on('error', () => {}); // told by 'close'
    if ((socket as { _httpMessage?: unknown })._httpMessage) {
      // The answer to an earlier request is on its way: the client asks again on another connection.
      connection.isUnread = true;
      connection.stop(this.#deadlines.in(this.#site.limits.linger));
      return;
    }
    if (!canBeTakenOver(request)) {
      socket.unshift(Buffer.concat([withoutUpgrade(request), rest]));
      this.#parse(socket);
      return;
    }
    try {
      const { variables } = readRequest(request, connection.listener) as HttpRequestHead;
      variables.HTTP_UPGRADE = request.headers.upgrade as string;
      const exchange = new HttpUpgradeExchange(socket, rest, this.#site, connection);
      connection.exchanges.add(exchange);
      this.#site.gateway.handle(variables, exchange);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      connection.log(`${error.code}: ${error.message}`);
      const { status, body } = statusPage(error.statusHint ?? 400);
      socket.write(plainAnswer(status, body.toString('latin1')));
      connection.linger(this.#site.limits.linger);
    }
  }

  /** Tunnels lead to places that are none of an application. */
  #refuseTunnel(socket: Duplex): void {
    const connection = connections.get(socket);
    connection?.log('CONNECT refused');
    socket.write(plainAnswer('501 Not Implemented', ''));
    connection?.linger(this.#site.limits.linger);
  }
}

function refuse(
  connection: HttpConnection,
  request: IncomingMessage,
  response: ServerResponse,
  error: ProtocolError,
): void {
  connection.isRefused = true; // what follows on this connection cannot be trusted
  connection.isUnread = true;
  connection.log(`${error.code}: ${error.message}`);
  const page = statusPage(error.statusHint ?? 400);
  response.shouldKeepAlive = false;
  response.writeHead(Number(page.status.slice(0, 3)), page.headers.flat());
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function plainAnswer(status: string, text: string): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
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
