// A client of a storm: one connection at a time, kept where the protocol keeps it, one request at a time.
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { targetOf } from '../conformance/support/back-end.ts';
import type { Wire, WireAnswer } from './wire.ts';

const PATIENCE = 30_000; // milliseconds for an answer

/** A request that got no answer. */
export class Unanswered extends Error {
  /** Our port on the connection, which tells whose it was. */
  readonly port: number | undefined;
  /**
   * Whether a kept connection ended between two answers: the server closed it at the moment at which
   * the request was on its way, and a web server sends the request again.
   */
  readonly isRace: boolean;

  constructor(message: string, port: number | undefined, isRace: boolean) {
    super(message);
    this.port = port;
    this.isRace = isRace;
  }
}

/** One client. */
export class Client {
  readonly #wire: Wire;
  readonly #url: string;
  #connection: Connection | undefined;

  /** @param url - of the server
   * @param wire - its protocol */
  constructor(url: string, wire: Wire) {
    this.#url = url;
    this.#wire = wire;
  }

  /** Sends a request; settles with its answer. @throws Unanswered */
  async ask(path: string): Promise<WireAnswer> {
    // As a web server looks at a kept connection before it uses it again: an end that is there is seen
    // in the next turn of the event loop.
    if (this.#connection) await nextTurn().then(() => nextTurn());
    if (!this.#connection?.isOpen) this.#connection = new Connection(this.#url, this.#wire);
    const connection = this.#connection;
    const answer = await connection.ask(path);
    if (answer.isLast || !this.#wire.isKept) this.drop();
    return answer;
  }

  /** Is gone. */
  drop(): void {
    this.#connection?.drop();
    this.#connection = undefined;
  }
}

class Connection {
  isOpen = true;
  readonly #wire: Wire;
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #answered = 0;
  #port: number | undefined;
  #error: string | undefined;
  #waiting: { resolve(answer: WireAnswer): void; reject(error: Error): void } | undefined;

  constructor(url: string, wire: Wire) {
    this.#wire = wire;
    const socket = connect({ ...targetOf(url), noDelay: true });
    this.#socket = socket;
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('no answer in time')));
    socket.on('connect', () => {
      this.#port = socket.localPort;
    });
    socket.on('error', ({ message }) => {
      this.#error = message;
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => {
      this.isOpen = false;
    });
    socket.on('close', () => this.#closed());
  }

  ask(path: string): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(this.#wire.request(path));
    });
  }

  drop(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#wire.isKept) this.#answer();
  }

  #closed(): void {
    this.isOpen = false;
    if (!this.#wire.isKept && this.#error === undefined) this.#answer();
    const received = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    const what = this.#error ?? 'the connection ended';
    this.#fail(`${what} with ${received} bytes of answer ${this.#answered + 1}`, received === 0);
  }

  #answer(): void {
    let answer: WireAnswer | undefined;
    try {
      answer = this.#wire.answer(Buffer.concat(this.#chunks));
    } catch (error) {
      this.#fail((error as Error).message, false);
      this.drop();
      return;
    }
    if (!answer) return;
    this.#chunks = [];
    this.#answered++;
    this.#waiting?.resolve(answer);
    this.#waiting = undefined;
  }

  #fail(message: string, isClean: boolean): void {
    this.#waiting?.reject(new Unanswered(message, this.#port, isClean && this.#answered > 0));
    this.#waiting = undefined;
  }
}
