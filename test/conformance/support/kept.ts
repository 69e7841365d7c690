// Clients that keep their connection for request after request, by FastCGI or AJP13.
import { connect, type Socket } from 'node:net';
import { KEEP_CONN } from 'fastcgi-protocol';
import { onTestFinished } from 'vitest';
import { ajpHeardIn, ajpRequest } from './ajp.ts';
import { targetOf } from './back-end.ts';
import { fastcgiRequest, heardIn } from './fastcgi.ts';

/** The protocols whose connections are kept. */
export const KEPT_PROTOCOLS = ['fastcgi', 'ajp'] as const;

/** What is asked for: a path, an application of every.js, a journal. */
export interface KeptRequest {
  readonly path?: string;
  readonly application?: string;
  readonly journal?: string;
}

/** An answer on a kept connection. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the server said that no other follows on this connection; only AJP13 can. */
  readonly isLast: boolean;
}

/** The connection ended instead of an answer. */
class ConnectionEnded extends Error {
  /** Bytes of the answer that had come. */
  readonly received: number;
  /** Answers that had come before. */
  readonly answered: number;

  constructor(received: number, answered: number) {
    super(`the connection ended with ${received} bytes of answer ${answered + 1}`);
    this.received = received;
    this.answered = answered;
  }
}

/** A whole request without a body, as bytes. */
export function keptRequest(url: string, request: KeptRequest = {}): Uint8Array {
  const { path = '/', application = 'bodies.single', journal } = request;
  if (url.startsWith('ajp')) {
    const headers = journal === undefined ? [] : [['x-journal', journal] as const];
    return ajpRequest(application, { uri: path, headers });
  }
  const variables = { REQUEST_URI: path, ...(journal && { HTTP_X_JOURNAL: journal }) };
  return fastcgiRequest(application, { flags: KEEP_CONN, variables });
}

/** The first whole answer among these bytes, if there is one. */
function answerIn(url: string, bytes: Buffer): KeptAnswer | undefined {
  if (url.startsWith('ajp')) {
    const [answer] = ajpHeardIn(bytes).answers;
    return answer?.reuse === undefined ? undefined : { ...answer, isLast: !answer.reuse };
  }
  const [answer] = heardIn(bytes).answers;
  return answer && { ...answer, isLast: false };
}

/** One connection with one request at a time. */
export class KeptClient {
  readonly socket: Socket;
  /** Settles when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #url: string;
  #bytes: Buffer[] = [];
  #answered = 0;
  #hasEnded = false;
  #waiting: { resolve(answer: KeptAnswer): void; reject(error: Error): void } | undefined;

  constructor(url: string) {
    this.#url = url;
    this.socket = connect(targetOf(url));
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.ended = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#hasEnded = true;
        resolve();
        const received = Buffer.concat(this.#bytes).length;
        this.#waiting?.reject(new ConnectionEnded(received, this.#answered));
      });
    });
  }

  /** Whether the connection has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends a request; settles with its answer. @throws ConnectionEnded */
  async ask(request: KeptRequest = {}): Promise<KeptAnswer> {
    if (this.#hasEnded) throw new ConnectionEnded(0, this.#answered);
    const answer = new Promise<KeptAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.socket.write(keptRequest(this.#url, request));
    return await answer;
  }

  /** Sends bytes that are no request. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  drop(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes.push(chunk);
    if (!this.#waiting) return;
    const answer = answerIn(this.#url, Buffer.concat(this.#bytes));
    if (!answer) return;
    this.#bytes = [];
    this.#answered++;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(answer);
  }
}

/** A client that is gone when the test is finished. */
export function keptClient(url: string): KeptClient {
  const client = new KeptClient(url);
  onTestFinished(() => client.drop());
  return client;
}

/** Requests one after the other, from several clients that keep their connections, until a test has seen enough. */
export class KeptLoad {
  ok = 0;
  /** Requests that were sent again, since their connection was closed between requests. */
  repeated = 0;
  /** What was answered. */
  readonly seen = new Set<string>();
  /** Requests that were lost: begun to be answered and not ended, or refused on a new connection. */
  readonly lost: string[] = [];
  #over = false;
  readonly #clients: Promise<void>[];

  /** Begins at once. */
  constructor(url: string, path: string, clients: number) {
    this.#clients = Array.from({ length: clients }, () => this.#run(url, path));
  }

  /** Ends, with every request answered. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }

  async #run(url: string, path: string): Promise<void> {
    let client = new KeptClient(url);
    while (!this.#over) {
      try {
        const { status, body, isLast } = await client.ask({ path });
        if (status !== 200) throw new Error(`status ${status}: ${body}`);
        this.seen.add(body);
        this.ok++;
        if (!isLast) continue;
      } catch (error) {
        const { received, answered } = error as ConnectionEnded;
        if (received === 0 && answered > 0) this.repeated++;
        else this.lost.push(String(error));
      }
      client.drop();
      client = new KeptClient(url);
    }
    client.drop();
  }
}
