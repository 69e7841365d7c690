// An HTTP client that sends exactly what it is told and shows exactly what came.
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { Readable } from 'node:stream';

/** A request. */
export interface Sent {
  readonly method?: string;
  /** A list of values sends as many lines. */
  readonly headers?: OutgoingHttpHeaders;
  /** Bytes go with their length; a stream goes in chunks. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
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

const LONGEST = 15_000; // milliseconds for one exchange

/**
 * Sends a request; settles when the head of the answer is there.
 *
 * @param origin - `http://127.0.0.1:8000`
 * @param path - goes out as it is, `..` and `//` too
 */
export function open(origin: string, path: string, sent: Sent = {}): Promise<IncomingMessage> {
  const { hostname, port } = new URL(origin);
  const { method = 'GET', body, from, agent = false } = sent;
  const headers: OutgoingHttpHeaders = { ...sent.headers };
  if (body instanceof Uint8Array) headers['Content-Length'] = body.length;
  else if (body) headers['Transfer-Encoding'] = 'chunked';
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LONGEST);
    const outgoing = request(
      { hostname, port, path, method, headers, agent, signal, ...(from && { localAddress: from }) },
      resolve,
    );
    outgoing.on('error', reject); // after the answer has begun, that fails instead
    if (body === undefined) outgoing.end();
    else if (body instanceof Uint8Array) outgoing.end(body);
    else Readable.from(body).pipe(outgoing);
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

/** An agent with one connection, which it keeps. */
export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
