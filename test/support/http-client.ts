// An HTTP client that sends exactly what it is told and shows exactly what came.
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { pipeline, Readable } from 'node:stream';

/** A request. */
export interface Sent {
  readonly method?: string;
  /** A list of values sends as many lines. */
  readonly headers?: OutgoingHttpHeaders;
  /** Bytes go with their length; a stream goes in chunks, unless `headers` has its length. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Breaks the exchange off. */
  readonly signal?: AbortSignal;
  /** An address of this machine to connect from. */
  readonly from?: string;
  /** Another connection for each request, unless an agent keeps them. */
  readonly agent?: Agent;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly text: string;
}

const LONGEST = 25_000; // milliseconds for one exchange

/**
 * Sends a request; settles when the head of the answer is there.
 *
 * @param origin - `http://127.0.0.1:8000`, or `https:`, where every certificate is believed
 * @param path - goes out as it is, `..` and `//` too
 */
export function open(origin: string, path: string, sent: Sent = {}): Promise<IncomingMessage> {
  const { protocol, hostname, port } = new URL(origin);
  const { method = 'GET', body, agent = false } = sent;
  const headers: OutgoingHttpHeaders = { ...sent.headers };
  if (body instanceof Uint8Array) headers['Content-Length'] = body.length;
  else if (body && headers['Content-Length'] === undefined)
    headers['Transfer-Encoding'] = 'chunked';
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(LONGEST);
    const signal = sent.signal ? AbortSignal.any([late, sent.signal]) : late;
    const from = sent.from && { localAddress: sent.from };
    const options = { hostname, port, path, method, headers, agent, signal, ...from };
    const outgoing =
      protocol === 'https:'
        ? secureRequest({ ...options, rejectUnauthorized: false }, resolve)
        : request(options, resolve);
    outgoing.on('error', reject); // after the answer has begun, that fails instead
    if (body === undefined) outgoing.end();
    else if (body instanceof Uint8Array) outgoing.end(body);
    else pipeline(Readable.from(body), outgoing, (error) => error && reject(error));
  });
}

/** Sends a request and reads the whole answer. */
export async function exchange(origin: string, path: string, sent: Sent = {}): Promise<Answer> {
  const incoming = await open(origin, path, sent);
  const blocks: Buffer[] = [];
  for await (const block of incoming) blocks.push(block as Buffer);
  const body = Buffer.concat(blocks);
  return {
    status: incoming.statusCode ?? 0,
    reason: incoming.statusMessage ?? '',
    headers: incoming.headers,
    body,
    text: body.toString(),
  };
}

/** An agent with one connection, which it keeps, to an origin by HTTP or HTTPS. */
export function oneConnection(origin: string): Agent {
  const options = { keepAlive: true, maxSockets: 1 };
  return origin.startsWith('https:') ? new SecureAgent(options) : new Agent(options);
}
