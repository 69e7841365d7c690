// One answer of a Node handler on its way to a gateway.
//
// Theory: while the handler runs, blocks are kept: an answer that is complete when it returns is one list
// for the gateway, sent in one part, without a promise. Later on the blocks of one turn are kept until its
// end, as node:http corks them, and then written; the last ones are the body that the application returns.
// open → ended: end() was called. open → cut: the client is gone, the application has closed the
// connection, or it has failed. Neither is ever left.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Chunk,
  ClientLeftError,
  type Environ,
  type ResponseBody,
  type ResponseHeaders,
  type StartResponse,
  type Write,
} from '@sluice/gateway';
import { nodeRequest } from './node-request.ts';
import { closeResponse, drainResponse, nodeResponse } from './node-response.ts';
import { RequestSocket, type SocketOwner } from './request-socket.ts';
import type { Done, ResponseTaker } from './response-taker.ts';

const ENOUGH = 65536; // bytes: blocks are joined up to so many, and the handler shall wait when there are more
const NOTHING = Buffer.alloc(0);

/** Request and response for a Node handler, and the way from there to a gateway. */
export class Answer implements ResponseTaker, SocketOwner {
  /** What the handler is called with. */
  readonly request: IncomingMessage;
  /** What the handler answers by. */
  readonly response: ServerResponse;
  readonly #socket: RequestSocket;
  readonly #environ: Environ;
  readonly #start: StartResponse;
  #state: 'open' | 'ended' | 'cut' = 'open';
  #handling = true;
  #blocks: Chunk[] = [];
  #held = 0;
  #headWanted = false; // even before there is a block
  #scheduled = false;
  #done: Done[] = [];
  #write: Write | undefined;
  #draining: Promise<unknown> | undefined;
  #failure: unknown;
  #resolve: ((body: ResponseBody) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  /** @param environ - of the request
   * @param startResponse - begins the answer
   * @param url - what `req.url` is
   * @param server - the `http.Server` whose listeners get the request */
  constructor(environ: Environ, startResponse: StartResponse, url: string, server: unknown) {
    this.#environ = environ;
    this.#start = startResponse;
    this.#socket = new RequestSocket(environ, server);
    this.#socket.owner = this;
    this.request = nodeRequest(environ, this.#socket, url);
    this.response = nodeResponse(this.request, this.#socket, this);
  }

  /** Takes the head. */
  begin(status: string, headers: ResponseHeaders): void {
    if (this.#state === 'cut') return; // the gateway may have answered instead
    this.#write = this.#start(status, headers);
  }

  /** Takes bytes, or none with the wish that the head be sent; false when they are enough for now. */
  take(data: string | Uint8Array, encoding: BufferEncoding, done: Done | undefined): boolean {
    if (this.#state === 'cut') {
      if (done) process.nextTick(done, new ClientLeftError());
      return false;
    }
    if (done) this.#done.push(done);
    if (data.length === 0) this.#headWanted = true;
    else {
      const isOther = typeof data === 'string' && encoding !== 'utf8' && encoding !== 'utf-8';
      this.#blocks.push(isOther ? Buffer.from(data, encoding) : data);
      this.#held += data.length;
    }
    if (!this.#handling) this.#schedule();
    return this.#held < ENOUGH && !this.#draining;
  }

  /** Nothing follows any more. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    if (this.#handling) return;
    this.#resolve?.(this.#last());
    // The gateway has asked for the body before, so it is told before.
    Promise.resolve(this).then(Answer.#complete);
  }

  /** The handler has returned: what the application returns. @throws what the handler has thrown */
  body(): ResponseBody | Promise<ResponseBody> {
    this.#handling = false;
    if (this.#state === 'cut') throw this.#failure;
    if (this.#state === 'ended') {
      process.nextTick(Answer.#complete, this);
      return this.#last();
    }
    this.#schedule();
    const { 'sluice.signal': signal } = this.#environ;
    if (signal.aborted) process.nextTick(() => this.#leave(signal.reason));
    else signal.addEventListener('abort', () => this.#leave(signal.reason), { once: true });
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#state === 'cut') reject(this.#failure);
    });
  }

  /** The handler has failed: that becomes an error page, or an answer that is cut short. */
  fail(error: unknown): void {
    if (this.#state === 'open') this.#cut(error);
    else if (this.#state === 'ended') {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#environ['wsgi.errors'].write(`after the response: ${text}\n`);
    }
  }

  cut(error: Error | undefined): void {
    if (this.#state === 'open') this.#cut(error ?? new ClientLeftError());
  }

  timeOut(): boolean {
    const { request, response } = this;
    const isHeard = !request.complete && request.emit('timeout');
    return response.emit('timeout') || isHeard;
  }

  #schedule(): void {
    if (this.#scheduled || (this.#held === 0 && !this.#headWanted)) return;
    this.#scheduled = true;
    process.nextTick(Answer.#flush, this);
  }

  /** The end of a turn: what is kept is written. */
  static #flush(answer: Answer): void {
    answer.#scheduled = false;
    if (answer.#state === 'open') answer.#writeHeld();
  }

  #writeHeld(): void {
    const done = this.#done;
    this.#done = [];
    this.#headWanted = false;
    const blocks = this.#held > 0 ? this.#rest() : [NOTHING];
    const writes = blocks.map((block) => this.#write?.(block) ?? true);
    if (writes.every((more) => more === true)) {
      for (const each of done) each();
      if (this.#state === 'open') drainResponse(this.response);
      return;
    }
    const settle = (error?: unknown) => {
      const isLast = this.#draining === draining;
      if (isLast) this.#draining = undefined;
      if (error && this.#state === 'open') this.#cut(error);
      for (const each of done) each(error as Error | undefined);
      if (isLast && this.#state === 'open') drainResponse(this.response);
    };
    const draining: Promise<void> = Promise.all(writes).then(() => settle(), settle);
    this.#draining = draining;
  }

  /** The last blocks. Many bytes are written first: so the handler learns when they are taken. */
  #last(): Chunk[] {
    if (this.#held > ENOUGH) this.#writeHeld();
    return this.#rest();
  }

  /** The blocks that are kept; small ones in one piece. */
  #rest(): Chunk[] {
    const blocks = this.#blocks;
    if (blocks.length === 0) return blocks;
    const isSmall = blocks.length > 1 && this.#held <= ENOUGH;
    this.#blocks = [];
    this.#held = 0;
    return isSmall ? [Buffer.concat(blocks.map(bytesOf))] : blocks;
  }

  /** The answer is sent. */
  static #complete(answer: Answer): void {
    if (answer.#draining) {
      answer.#draining.then(() => Answer.#complete(answer));
      return;
    }
    for (const each of answer.#done) each();
    process.nextTick(Answer.#close, answer);
  }

  /** Ends request and response as node:http does when both are done. */
  static #close(answer: Answer): void {
    const { request, response } = answer;
    answer.#socket._httpMessage = null;
    if (request.listenerCount('end') + request.listenerCount('close') > 0) dump(request);
    closeResponse(response);
  }

  /** The client may be gone: where somebody listens that is the end, else the handler may go on. */
  #leave(reason: unknown): void {
    const { request, response } = this;
    const listeners =
      response.listenerCount('close') +
      request.listenerCount('close') +
      request.listenerCount('aborted') +
      this.#socket.listenerCount('close') -
      this.#socket.ownListeners;
    if (this.#state === 'open' && listeners > 0) this.#cut(reason);
  }

  #cut(error: unknown): void {
    this.#state = 'cut';
    this.#failure = error;
    this.#socket.destroy();
    if (!this.request.destroyed && !this.request.readableEnded) this.request.destroy(aborted());
    this.response.destroyed = true;
    process.nextTick(Answer.#lose, this);
    this.#reject?.(error);
  }

  /** The answer is not sent. */
  static #lose(answer: Answer): void {
    answer.#socket._hadError = true; // node:http: no 'finish' then
    for (const each of answer.#done) each(aborted());
    closeResponse(answer.response);
  }
}

function bytesOf(block: Chunk): Uint8Array {
  return typeof block === 'string' ? Buffer.from(block) : block;
}

/** Reads away what the handler has left of a body, so that 'end' and 'close' come. */
function dump(request: IncomingMessage): void {
  (request as IncomingMessage & { _dump(): void })._dump();
}

/** What node:http says when a client goes away. */
function aborted(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}
