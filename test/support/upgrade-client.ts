// A client that asks for another protocol on its connection, and what it then reads and writes.
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { inTime } from './until.ts';

/** A connection that was taken over. */
export class Upgraded {
  /** The answer of status 101. */
  readonly answer: IncomingMessage;
  readonly socket: Socket;
  readonly #blocks: AsyncIterator<Buffer>;
  #rest: Buffer;

  constructor(answer: IncomingMessage, socket: Socket, head: Buffer) {
    this.answer = answer;
    this.socket = socket;
    this.#rest = head;
    this.#blocks = socket.iterator({ destroyOnReturn: false });
  }

  /** Reads as many bytes. */
  async read(size: number): Promise<Buffer> {
    const blocks = [this.#rest];
    for (let length = this.#rest.length; length < size; ) {
      const { value, done } = await inTime(`${size} bytes arrive`, this.#blocks.next());
      if (done) throw new Error(`the connection ended ${size - length} bytes early`);
      blocks.push(value);
      length += value.length;
    }
    const all = Buffer.concat(blocks);
    this.#rest = all.subarray(size);
    return all.subarray(0, size);
  }

  /** Reads up to the end; how many bytes that were. */
  async readToEnd(): Promise<number> {
    let length = this.#rest.length;
    for (;;) {
      const { value, done } = await inTime('the connection ends', this.#blocks.next());
      if (done) return length;
      length += value.length;
    }
  }
}

/** Asks for `Upgrade: websocket`. */
export async function upgrade(origin: string, path: string): Promise<Upgraded> {
  const { hostname, port } = new URL(origin);
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
  const outgoing = request({ hostname, port, path, headers, agent: false });
  const answered = new Promise<Upgraded>((resolve, reject) => {
    outgoing.on('upgrade', (answer, socket, head) =>
      resolve(new Upgraded(answer, socket as Socket, head)),
    );
    outgoing.on('response', (answer) =>
      reject(new Error(`status ${answer.resume().statusCode}, and no upgrade`)),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
  return await inTime('the upgrade is answered', answered);
}
