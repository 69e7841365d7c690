// A WebSocket client that waits for one thing after the other.
import { WebSocket } from 'ws';
import { inTime } from '../support/until.ts';

/** An open WebSocket. */
export class Client {
  readonly socket: WebSocket;
  readonly #messages: (string | Buffer)[] = [];
  #wake: () => void = () => {};
  /** Code and reason of the end. */
  readonly closed: Promise<[code: number, reason: string]>;

  /** @param socket - that opens */
  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      this.#messages.push(isBinary ? (data as Buffer) : String(data));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve([code, String(reason)]));
    });
  }

  /** The next message: a text as a string, a binary one as bytes. */
  async message(): Promise<string | Buffer> {
    while (this.#messages.length === 0) {
      await inTime(
        'a message arrives',
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    return this.#messages.shift() as string | Buffer;
  }

  /** Sends, and gives what comes. */
  async ask(message: string | Buffer): Promise<string | Buffer> {
    this.socket.send(message);
    return await this.message();
  }

  /** How it ended. */
  async end(): Promise<[code: number, reason: string]> {
    return await inTime('the WebSocket is closed', this.closed);
  }
}

/**
 * Opens a WebSocket.
 *
 * @param url - `ws://127.0.0.1:8000/path`
 * @param from - an address of this machine to connect from
 * @throws Error when it does not open: `Unexpected server response: 501`
 */
export async function openWebSocket(url: string, from: string): Promise<Client> {
  const socket = new WebSocket(url, { localAddress: from, maxPayload: 16_777_216 });
  const client = new Client(socket);
  const opened = new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  await inTime('the WebSocket opens', opened);
  socket.on('error', () => {}); // told by 'close'
  return client;
}
