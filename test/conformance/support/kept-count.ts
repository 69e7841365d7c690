// How many requests a worker answers on one connection, and how it says that no more will be.
import { expect } from 'vitest';
import { httpRequest, httpResponses } from './http.ts';
import { keptClient } from './kept.ts';
import { peerFor } from './peer.ts';
import { until } from './until.ts';

/** What came of a connection that was used until the server ended it. */
export interface Counted {
  /** Requests that were answered. */
  readonly count: number;
  /** What the answers were, without repetition. */
  readonly bodies: ReadonlySet<string>;
}

/** The protocols whose connections are kept. */
export const KEPT = ['http', 'fastcgi', 'ajp'] as const;

/** Asks for `/` on one connection until that ends; every answer has to be complete, and the end orderly. */
export async function countOnOne(url: string, most: number): Promise<Counted> {
  return url.startsWith('http') ? await countHttp(url, most) : await countKept(url, most);
}

async function countHttp(url: string, most: number): Promise<Counted> {
  const peer = peerFor(url);
  const bodies = new Set<string>();
  for (let count = 1; count <= most; count++) {
    const from = peer.size;
    await peer.send(httpRequest('/'));
    const [answer] = await until(`answer ${count}`, () => {
      const text = peer.bytes.subarray(from).toString('latin1');
      return /\r\n\r\n[\s\S]*\d+:\d+/.test(text) ? tryRead(text) : undefined;
    });
    expect(answer?.status).toBe(200);
    bodies.add(answer?.body ?? '');
    if (answer?.headers.get('connection')?.[0] !== 'close') continue;
    expect((await peer.finish()).ending).toBe('closed');
    return { count, bodies };
  }
  throw new Error(`${most} requests were not the last`);
}

function tryRead(text: string) {
  try {
    return httpResponses(text);
  } catch {
    return undefined;
  }
}

async function countKept(url: string, most: number): Promise<Counted> {
  const client = keptClient(url);
  const bodies = new Set<string>();
  for (let count = 1; count <= most; count++) {
    try {
      const { status, body, isLast } = await client.ask();
      expect(status).toBe(200);
      bodies.add(body);
      if (!isLast) continue;
      await client.ended;
      return { count, bodies };
    } catch (error) {
      // FastCGI cannot say that a request was the last: the connection ends behind its END_REQUEST.
      expect({ url, ...(error as object) }).toMatchObject({ received: 0, answered: count - 1 });
      expect(url).toMatch(/^fastcgi/);
      return { count: count - 1, bodies };
    }
  }
  throw new Error(`${most} requests were not the last`);
}
