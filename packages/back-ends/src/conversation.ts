// One request over one connection to another server.
//
// Theory: the head goes out at once, the body as the client brings it, or as the server asks for it; the
// answer is read at the same time, since a server may answer before it has read everything. The head of
// the answer becomes startResponse, its bytes the body. Whoever stops first - the client, the server or
// a time limit - ends both directions.
import type { Environ } from '@sluice/gateway';
import { BackEndError, ProtocolError, SluiceError } from '@sluice/protocol';
import type { Answer } from './client-channel.ts';
import type { Link } from './link.ts';
import type { Pool } from './pool.ts';
import { sendBody } from './send-body.ts';
import type { MeasuredBody } from './spool.ts';

/** The body of a request: measured and sent, or read when the server asks for it. */
export type OutgoingBody = MeasuredBody | { readonly length: number | undefined };

/** What a server may still say behind the last byte that anybody reads, and how long: its own end of the answer. */
const EPILOGUE = { bytes: 65_536, milliseconds: 1_000 } as const;

/** One request and its answer. */
export class Conversation implements AsyncIterable<Uint8Array> {
  readonly #link: Link;
  readonly #pool: Pool;
  readonly #environ: Environ;
  readonly #body: OutgoingBody;
  readonly #where: string;
  readonly #leave = () => this.#link.destroy();
  #ahead: Answer[] = []; // that came, and were not taken yet
  #hasAnswer = false;
  #sending = 0; // parts of the request that are on their way
  #left: Uint8Array = new Uint8Array(0); // of a block that was larger than the server asked for
  #isOver = false; // the answer has ended
  #blocks: AsyncIterator<Uint8Array> | undefined;
  #failure: unknown; // of the request body: the answer is then worth nothing

  /** @param link - the connection, and `pool`, where it goes afterwards
   * @param environ - the request, with its `body`
   * @param where - the server, for messages */
  constructor(link: Link, pool: Pool, environ: Environ, body: OutgoingBody, where: string) {
    this.#link = link;
    this.#pool = pool;
    this.#environ = environ;
    this.#body = body;
    this.#where = where;
    const signal = environ['sluice.signal'];
    signal.addEventListener('abort', this.#leave, { once: true });
    if (signal.aborted) this.#leave();
  }

  /** Sends the request; its body goes on by itself. */
  begin(): void {
    const { channel } = this.#link;
    const { bytes, want } = channel.request({
      environ: this.#environ,
      contentLength: this.#body.length,
    });
    // What goes out together cannot meet a server that has answered and closed in between.
    const isWhole = 'chunks' in this.#body && this.#body.length === 0 && channel.bodyEnd;
    this.#link.write(isWhole ? Buffer.concat([bytes, isWhole.call(channel)]) : bytes);
    if ('chunks' in this.#body && this.#body.length > 0) this.#run(this.#send(this.#body));
    else if (want !== undefined) this.#run(this.#give(want));
  }

  /**
   * Waits for the first bytes of the answer.
   *
   * @returns false when the connection has ended without any: it was closed before the request came
   * @throws SluiceError when something else is wrong
   */
  async isAnswered(): Promise<boolean> {
    try {
      return (await this.#read()) || this.#hasAnswer;
    } catch (error) {
      const isLate = error instanceof SluiceError && error.code === 'ERR_BACK_END_TIMEOUT';
      if (this.#hasAnswer || isLate || this.#environ['sluice.signal'].aborted) throw error;
      return false;
    }
  }

  /**
   * Waits for the head of the answer.
   *
   * @throws SluiceError when there is none
   */
  async head(): Promise<Answer & { type: 'head' }> {
    for (;;) {
      const answer = await this.#next();
      if (answer?.type === 'head') return answer;
      if (answer === undefined || answer.type === 'end') throw this.#nothing();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const answer = await this.#next();
      if (answer?.type === 'body') yield answer.chunk;
      else if (answer === undefined || answer.type === 'end') return;
    }
  }

  /** Ends the conversation, and with it the connection, if that cannot be used again. */
  async close(): Promise<void> {
    this.#environ['sluice.signal'].removeEventListener('abort', this.#leave);
    if (this.#sending === 0 && !this.#failure) await this.#epilogue();
    if (this.#isOver && this.#sending === 0) this.#pool.put(this.#link);
    else this.#link.destroy();
    this.#environ['wsgi.errors'].flush();
    if ('close' in this.#body) await this.#body.close();
  }

  /** Lets the server come to its end behind an answer whose length was known: it may have errors to tell. */
  async #epilogue(): Promise<void> {
    const timer = setTimeout(this.#leave, EPILOGUE.milliseconds);
    try {
      for (let size = 0; size <= EPILOGUE.bytes; ) {
        const answer = await this.#next();
        if (answer === undefined || answer.type === 'end') return;
        if (answer.type === 'body') size += answer.chunk.length;
        else if (answer.type === 'surplus') size += answer.size;
      }
    } catch {
      this.#leave(); // whoever read the answer has all of it
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next thing that concerns the answer; undefined when the server has closed. */
  async #next(): Promise<Answer | undefined> {
    for (;;) {
      const answer = this.#ahead.shift();
      if (!answer) {
        if (this.#isOver || !(await this.#read())) return undefined;
        continue;
      }
      switch (answer.type) {
        case 'errors':
          this.#environ['wsgi.errors'].write(answer.text);
          break;
        case 'failed':
          throw answer.error;
        case 'want':
          this.#run(this.#give(answer.size));
          break;
        case 'end':
          this.#isOver = true;
          return answer;
        default:
          return answer;
      }
    }
  }

  /** Reads what the server sent; false when there is nothing more. */
  async #read(): Promise<boolean> {
    const { channel } = this.#link;
    try {
      const block = await this.#link.next();
      if (this.#failure) throw this.#failure;
      if (block) {
        this.#hasAnswer = true;
        this.#ahead = channel.receive(block);
        return true;
      }
      this.#ahead = channel.finish();
      if (this.#ahead.length > 0) await this.#link.confirmEnd();
      return this.#ahead.length > 0;
    } catch (error) {
      // A client that has left is no fault of the server.
      const { aborted, reason } = this.#environ['sluice.signal'];
      throw this.#failure ?? (aborted ? reason : error);
    }
  }

  #nothing(): SluiceError {
    return new BackEndError(
      'ERR_BACK_END_CONNECT',
      `${this.#where} closed the connection without an answer`,
      502,
    );
  }

  #run(task: Promise<void>): void {
    this.#sending++;
    this.#link.isSending = true;
    task.then(
      () => {
        this.#sending--;
        this.#link.isSending = this.#sending > 0;
      },
      (error: unknown) => {
        this.#failure = error;
        this.#link.destroy();
      },
    );
  }

  /** Sends the whole body. */
  async #send(body: MeasuredBody): Promise<void> {
    const { channel, socket } = this.#link;
    let due = body.length;
    const encode = (chunk: Uint8Array) => {
      due -= chunk.length;
      const bytes = channel.body(chunk);
      const isLast = due === 0 && channel.bodyEnd;
      return this.#link.shown(isLast ? Buffer.concat([bytes, isLast.call(channel)]) : bytes);
    };
    await sendBody(body.chunks, socket, encode);
    if (due === 0 || socket.destroyed) return;
    throw new ProtocolError(
      'ERR_BACK_END_BODY_SHORT',
      `the request body is ${due} bytes shorter than its CONTENT_LENGTH`,
      { statusHint: 400 },
    );
  }

  /** Sends one block of the body, which the server has asked for, or its end. */
  async #give(size: number): Promise<void> {
    const { channel, socket } = this.#link;
    const input = this.#environ['wsgi.input'];
    this.#blocks ??= input[Symbol.asyncIterator]();
    while (this.#left.length === 0) {
      const { value, done } = await this.#blocks.next();
      if (done) break;
      this.#left = value;
    }
    if (socket.destroyed) return;
    const chunk = this.#left.subarray(0, size);
    this.#left = this.#left.subarray(chunk.length);
    const block = chunk.length > 0 ? channel.body(chunk) : channel.bodyEnd?.();
    if (block) this.#link.write(block);
  }
}
