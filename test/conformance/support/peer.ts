// A peer on a raw socket: sends what no client library would, and sees what really comes back.
import { connect, type NetConnectOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { onTestFinished } from 'vitest';
import { targetOf } from './back-end.ts';
import { until, within } from './until.ts';

/** How the other side ended a connection. */
export type Ending = 'closed' | 'reset';

/** One connection. */
export class Peer {
  readonly socket: Socket;
  /** Settles when the other side has ended the connection. */
  readonly ending: Promise<Ending>;
  /** Code of what the connection failed with, if it did. */
  error: string | undefined;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(url: string, options: Partial<NetConnectOpts> = {}) {
    const target = targetOf(url);
    this.socket = connect({ ...target, allowHalfOpen: true, ...options } as NetConnectOpts);
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    });
    this.ending = new Promise((resolve) => {
      this.socket.on('error', ({ code }: NodeJS.ErrnoException) => {
        this.error = code;
        resolve('reset');
      });
      this.socket.on('end', () => {
        // libuv may tell of a reset as of an end, when both it and the last bytes came at once; a write does not
        // (over TCP: a Unix socket has no reset).
        if (!this.socket.writable || target.type === 'unix') resolve('closed');
        else this.socket.write('\0', (error) => resolve(error ? 'reset' : 'closed'));
      });
      this.socket.on('close', () => resolve('closed'));
    });
  }

  /** Bytes that have come so far. */
  get size(): number {
    return this.#size;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** What has come so far, one character for each byte. */
  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Sends bytes; settles when the kernel has them. */
  send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Sends no more. */
  end(): void {
    this.socket.end();
  }

  /** Is gone at once. */
  drop(): void {
    this.socket.destroy();
  }

  /** Is gone at once, and a reset says so. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits for what matches; gives the match. */
  async sees(pattern: RegExp, deadline?: number): Promise<RegExpExecArray> {
    try {
      return await until(`${pattern}`, () => pattern.exec(this.text), deadline);
    } catch (error) {
      throw new Error(
        `${(error as Error).message}, only ${JSON.stringify(this.text.slice(0, 500))}`,
      );
    }
  }

  /** Waits until the other side ends the connection; gives all that came. */
  async finish(deadline = 5000): Promise<{ answer: string; ending: Ending }> {
    const ending = await within('the end of the connection', this.ending, deadline).finally(() =>
      this.socket.destroy(),
    );
    return { answer: this.text, ending };
  }
}

/** A peer that is gone when the test is finished. */
export function peerFor(url: string, options?: Partial<NetConnectOpts>): Peer {
  const peer = new Peer(url, options);
  onTestFinished(() => peer.drop());
  return peer;
}

/** How {@link exchange} behaves. */
export interface ExchangeOptions extends Partial<TcpNetConnectOpts> {
  /** Whether our side is shut behind the bytes. */
  readonly half?: boolean;
  /** Milliseconds for all of it. */
  readonly deadline?: number;
}

/** Sends bytes on a connection of their own and waits for its end. */
export async function exchange(
  url: string,
  data: string | Uint8Array,
  { half = false, deadline = 5000, ...options }: ExchangeOptions = {},
): Promise<{ answer: string; ending: Ending }> {
  const peer = new Peer(url, options);
  try {
    void peer.send(data);
    if (half) peer.end();
    return await peer.finish(deadline);
  } finally {
    peer.drop();
  }
}
