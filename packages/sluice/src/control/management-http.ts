// A small HTTP server for whoever steers or watches this process. Nothing that a peer does reaches the
// application's server: every failure ends in an answer or in a closed connection.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import { type Address, bind, listenFailure } from '@sluice/concurrency';
import { PROMETHEUS_TYPE, prometheusText, type ServerStatus, statusJson } from '@sluice/monitor';
import { OptionError } from '@sluice/protocol';
import { suggest } from '../suggest.ts';

/** What tells that a control socket or a statistics listener answers, and nobody else. */
export const MANAGEMENT_SERVER = 'sluice-management';

const LONGEST_BODY = 1024; // bytes: a number is all that is ever sent
const HEAD_BYTES = 8192;
const HEAD_TIME = 5000; // milliseconds
const REQUEST_TIME = 10_000; // milliseconds
const LOOKS = 500; // milliseconds between looks at these times
const CONNECTIONS = 64;
const FAREWELL = 1000; // milliseconds that answers have to leave when it closes

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly allow?: string;
}

/** A request. */
export interface Asked {
  readonly query: URLSearchParams;
  /** Its body, without blanks around it. */
  readonly text: string;
  /** Its Host header. */
  readonly host: string | undefined;
}

/** The way back. */
export interface Reply {
  /** Whether it is answered, or nobody waits for it any more. */
  readonly isOver: boolean;
  /** Answers it, within this very call; later answers are not sent. */
  send(answer: Answer): void;
  /** Calls back when it is over, and its connection done with. */
  onclose(listener: () => void): void;
}

/** What is done for a path. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Names of its parameters. */
  readonly takes: readonly string[];
  /** Answers now or later. @throws OptionError for what a person can put right */
  run(asked: Asked, reply: Reply): void | Promise<void>;
}

/** A server that listens. */
export interface Management {
  readonly address: Address;
  /** Removes the socket's file at once; settles when the last answer has left. */
  close(): Promise<void>;
}

/**
 * Listens at an address of its own.
 *
 * @param routes - by path
 * @param admits - whether the peer of a connection may stay
 * @throws OptionError `ERR_LISTEN_IN_USE`, `ERR_LISTEN_NOT_A_SOCKET` or `ERR_LISTEN_ADDRESS`, naming the address
 */
export async function openManagement(
  address: Address,
  routes: Readonly<Record<string, Route>>,
  admits: (socket: Socket) => boolean = () => true,
): Promise<Management> {
  const bound = await bind(address);
  const http = createHttp(routes, admits);
  try {
    http.listen(bound.handle as ListenOptions);
    await once(http, 'listening');
  } catch (error) {
    bound.close();
    throw listenFailure(address, error as NodeJS.ErrnoException);
  }
  http.on('error', () => {}); // an accept that failed: the peer tries again
  bound.listening();
  let closed: Promise<void> | undefined;
  return {
    address: bound.address,
    close() {
      if (!closed) bound.close();
      closed ??= closeHttp(http);
      return closed;
    },
  };
}

function createHttp(
  routes: Readonly<Record<string, Route>>,
  admits: (socket: Socket) => boolean,
): Server {
  const http = createServer({
    maxHeaderSize: HEAD_BYTES,
    headersTimeout: HEAD_TIME,
    requestTimeout: REQUEST_TIME,
    connectionsCheckingInterval: LOOKS,
  });
  http.maxConnections = CONNECTIONS;
  http.on('connection', (socket: Socket) => {
    socket.on('error', () => {}); // it has gone
    if (!admits(socket)) socket.destroy();
  });
  http.on('request', (request, response) => void answer(request, response, routes));
  return http;
}

function closeHttp(http: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => http.closeAllConnections(), FAREWELL);
    http.close(() => {
      clearTimeout(cut);
      resolve();
    });
    http.closeIdleConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Readonly<Record<string, Route>>,
): Promise<void> {
  const reply = replyOf(response);
  try {
    const text = await bodyOf(request);
    if (text === undefined)
      return reply.send(refusal(413, `a body has ${LONGEST_BODY} bytes at most`));
    const [path = '', query = ''] = splitAt(request.url ?? '', '?');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route)
      return reply.send(refusal(404, `there is no ${path}${suggest(path, Object.keys(routes))}`));
    const { method } = request;
    if (method !== route.method && !(method === 'HEAD' && route.method === 'GET')) {
      const why = `${path} is asked for by ${route.method}, not by ${method}`;
      return reply.send({ ...refusal(405, why), allow: route.method });
    }
    const asked = { query: new URLSearchParams(query), text, host: request.headers.host };
    checkNames(path, asked.query, route.takes);
    await route.run(asked, reply);
  } catch (error) {
    reply.send(failure(error));
  }
}

/** Reads a body to its end; undefined when it is too long. @throws when the peer leaves inside it */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of request) {
    length += block.length;
    if (length <= LONGEST_BODY) blocks.push(block);
  }
  return length > LONGEST_BODY ? undefined : Buffer.concat(blocks).toString().trim();
}

function splitAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function checkNames(path: string, query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const others = known.length > 0 ? suggest(name, known) : '; it takes none';
    throw new OptionError('ERR_OPTION_UNKNOWN', `${path} has no parameter ${name}${others}`);
  }
}

function replyOf(response: ServerResponse): Reply {
  let isOver = false;
  response.on('error', () => {});
  response.on('close', () => {
    isOver = true;
  });
  return {
    get isOver() {
      return isOver;
    },
    send({ status, type, text, allow }) {
      if (isOver) return;
      isOver = true;
      response.writeHead(status, {
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        Server: MANAGEMENT_SERVER,
        Connection: 'close',
        ...(allow && { Allow: allow }),
      });
      response.end(text);
    },
    onclose: (listener) => void response.on('close', listener),
  };
}

/** An answer that is an object of JSON. */
export function json(status: number, value: object): Answer {
  return { status, type: 'application/json', text: `${JSON.stringify(value)}\n` };
}

/** An answer that says why not. */
export function refusal(status: number, error: string): Answer {
  return json(status, { error });
}

/** An answer for what was thrown. */
export function failure(error: unknown): Answer {
  if (!(error instanceof OptionError)) return refusal(500, String(error));
  return refusal(error.code === 'ERR_OPTION_COMBINATION' ? 409 : 400, error.message);
}

/** A status as JSON. */
export function jsonStatus(status: ServerStatus): Answer {
  return { status: 200, type: 'application/json', text: statusJson(status) };
}

/** A status for Prometheus. */
export function prometheusStatus(status: ServerStatus): Answer {
  return { status: 200, type: PROMETHEUS_TYPE, text: prometheusText(status) };
}
