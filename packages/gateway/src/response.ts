// One response: calls the application and sends what it gives (PEP 3333, "Specification Details").
//
// Theory: the head waits until the first block that is not empty, so that an error can still replace
// it. sent = false: an error becomes a response. sent = true: an error cuts the response short, in the
// protocol's own way. finished: nothing is sent any more, whatever the application still does. An
// application that returns an array is answered in one call, without a promise.
import { GatewayError } from '@sluice/protocol';
import type {
  Application,
  Chunk,
  Environ,
  ResponseBody,
  ResponseHeaders,
  Write,
} from './application.ts';
import { iteratorOf, notABody, toBytes } from './blocks.ts';
import { BodyLength } from './body-length.ts';
import { ClientLeftError, isClientLeft } from './client-left.ts';
import { errorPage } from './error-page.ts';
import type { Exchange, ExchangeListener, ResponseHead } from './exchange.ts';
import { logFailure } from './failure.ts';
import type { Log } from './log.ts';
import { isThenable, rejected } from './promises.ts';
import { checkHead, type PendingHead } from './start-response.ts';

const ONE_WRITE = 65536; // blocks of an array are joined up to so many bytes
const TURN = 10; // milliseconds that a synchronous iterable may keep the event loop

/** What a response needs to know of its gateway. */
export interface ResponseContext {
  readonly application: Application;
  readonly log: Log;
  readonly debug: boolean;
}

/** Runs the application for one request. */
export class Response implements ExchangeListener {
  readonly #context: ResponseContext;
  readonly #exchange: Exchange;
  readonly #isHead: boolean;
  #length: BodyLength;
  #head: PendingHead | undefined;
  #sent = false;
  #finished = false;
  #handedOver = false; // to an upgraded connection
  #iterating = false;
  #close: (() => unknown) | undefined; // of the body; taken by whoever calls it
  #reason: Error | undefined; // why the client is gone
  #gone: Error | undefined; // the same, or that it may be
  #controller: AbortController | undefined;

  /** Answers one request; `isHead` says that its method is HEAD. */
  constructor(context: ResponseContext, exchange: Exchange, isHead: boolean) {
    this.#context = context;
    this.#exchange = exchange;
    this.#isHead = isHead;
    this.#length = new BodyLength(isHead);
  }

  /** Calls the application; every outcome ends in the exchange or in the log, nothing is thrown. */
  run(environ: Environ): void {
    let body: ResponseBody | Promise<ResponseBody>;
    try {
      body = this.#context.application(environ, this.#startResponse);
      if (isThenable(body)) {
        body.then(
          (resolved) => this.#deliver(resolved),
          (error) => this.#fail(error),
        );
        return;
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#deliver(body);
  }

  /** Aborts when the client goes away. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#gone) this.#controller.abort(this.#gone);
    return this.#controller.signal;
  }

  /** The client may be gone: whoever watches the signal is told, and the response goes on. */
  halfClose(): void {
    this.#gone ??= new ClientLeftError();
    this.#controller?.abort(this.#gone);
  }

  /** Tells that the client is gone: stops the application where it can be stopped. */
  leave(reason: Error): void {
    this.#gone ??= reason;
    this.#controller?.abort(this.#gone);
    if (this.#finished) return;
    this.#finished = true;
    this.#reason = reason;
    this.#exchange.body?.fail(reason);
    this.#closeBody();
  }

  /**
   * Gives the exchange to whoever goes on without HTTP; what the application returns is then closed, not sent.
   *
   * @throws GatewayError `ERR_GATEWAY_UPGRADE` when a response has begun
   */
  handOver(): void {
    if (this.#head || this.#finished) {
      throw new GatewayError(
        'ERR_GATEWAY_UPGRADE',
        'sluice.upgrade was called after startResponse',
      );
    }
    this.#finished = this.#handedOver = true;
  }

  readonly #startResponse = (
    status: string,
    headers: ResponseHeaders,
    excInfo?: unknown,
  ): Write => {
    if (this.#finished && !this.#reason) {
      throw new GatewayError('ERR_GATEWAY_FINISHED', 'startResponse came after the response');
    }
    if (excInfo) {
      if (this.#sent) throw excInfo; // too late to replace: the error goes back to where it came from
    } else if (this.#head) {
      throw new GatewayError(
        'ERR_GATEWAY_HEAD_TWICE',
        'startResponse was called twice; a second call must pass the error as its third argument',
      );
    }
    this.#head = checkHead(status, headers);
    return this.#write;
  };

  readonly #write = (chunk: Chunk): boolean | Promise<boolean> => {
    if (this.#reason) return rejected(this.#reason);
    if (this.#finished || this.#iterating) {
      return rejected(
        new GatewayError('ERR_GATEWAY_FINISHED', 'write was called after the body was returned'),
      );
    }
    try {
      const bytes = toBytes(chunk);
      // As in wsgiref, writing nothing sends the head: a client may wait for it alone.
      if (this.#send(bytes.length === 0 ? undefined : bytes, false)) return true;
    } catch (error) {
      return rejected(error);
    }
    const drained = this.#exchange.drained().then(() => true);
    drained.catch(() => {}); // whoever does not await it must not bring the process down
    return drained;
  };

  #deliver(body: ResponseBody): void {
    try {
      if (typeof body !== 'object' || body === null || body instanceof Uint8Array)
        throw notABody(body);
      if (typeof body.close === 'function') this.#close = () => body.close?.();
      if (this.#finished) {
        this.#close ??= () => (body as { destroy?(): void }).destroy?.(); // a stream that nobody will read
        this.#closeBody();
        return;
      }
      if (Array.isArray(body) && this.#deliverList(body)) return;
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#iterate(body).catch((error) => this.#fail(error));
  }

  /** Sends a list in one piece where it is small; false when it has to be iterated. */
  #deliverList(blocks: readonly Chunk[]): boolean {
    let bytes: Uint8Array | undefined;
    if (blocks.length === 1) {
      bytes = toBytes(blocks[0] as Chunk);
    } else {
      const pieces = blocks.map(toBytes);
      const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (size > ONE_WRITE) return false;
      bytes = Buffer.concat(pieces, size);
    }
    // PEP 3333, "Handling the Content-Length Header": the length of a single block is the length of all.
    this.#finish(bytes, blocks.length <= 1);
    return true;
  }

  async #iterate(body: ResponseBody): Promise<void> {
    const iterator = iteratorOf(body);
    this.#close ??= () => iterator.return?.();
    let turn = performance.now();
    for (;;) {
      const next = iterator.next();
      const step = isThenable(next) ? await next : next;
      if (this.#finished) break;
      this.#iterating = true; // write() is no longer usable
      if (step.done) {
        if (typeof body.close !== 'function') this.#close = undefined; // it has come to its own end
        this.#finish(undefined, true);
        return;
      }
      const bytes = toBytes(step.value);
      if (bytes.length > 0 && !this.#send(bytes, false)) await this.#exchange.drained();
      if (this.#finished) break;
      if (this.#sent && this.#length.isOver) {
        this.#finish(undefined, false);
        return;
      }
      if (!isThenable(next) && performance.now() - turn > TURN) {
        await new Promise(setImmediate);
        turn = performance.now();
      }
    }
    this.#closeBody();
  }

  /** Ends the response with these bytes, which are all of the body when `whole`. */
  #finish(bytes: Uint8Array | undefined, whole: boolean): void {
    if (this.#finished) return;
    if (whole && !this.#sent && this.#head)
      this.#head = this.#length.announce(this.#head, bytes?.length ?? 0);
    this.#send(bytes, true);
    this.#closeBody();
  }

  /** Sends bytes, with the head if it still waits; false when the client is slow. */
  #send(bytes: Uint8Array | undefined, last: boolean): boolean {
    const head = this.#sent ? undefined : this.#takeHead();
    const chunk = this.#length.cut(bytes, (line) => this.#context.log('error', line));
    if (last) {
      this.#length.end();
      this.#finished = true;
    } else if (!head && !chunk) return true;
    this.#sent = true;
    try {
      return this.#exchange.send({ head, chunk, last });
    } catch (error) {
      this.#finished = false; // the protocol cannot carry it, and nothing was sent
      this.#sent = head === undefined;
      throw error;
    }
  }

  #takeHead(): ResponseHead {
    const head = this.#head;
    if (!head) {
      throw new GatewayError(
        'ERR_GATEWAY_HEAD_MISSING',
        'the application did not call startResponse before its first block',
      );
    }
    return this.#length.begin(head);
  }

  #fail(error: unknown): void {
    if (this.#finished) {
      this.#closeBody(); // the client is gone, or has its answer: nobody is left to be told
      if (this.#handedOver) this.#log(error);
      return;
    }
    if (isClientLeft(error)) {
      this.leave(error); // the application has given up at the signal of a half-close
      this.#exchange.abort();
      return;
    }
    this.#log(error);
    if (this.#sent) {
      this.#finished = true;
      this.#exchange.abort();
    } else {
      this.#head = undefined;
      this.#length = new BodyLength(this.#isHead);
      const page = errorPage(error, this.#context.debug);
      this.#head = checkHead(page.status, page.headers);
      this.#send(page.body, true);
    }
    this.#closeBody();
  }

  /** Calls close() of the body, once; its errors are for the log alone. */
  #closeBody(): void {
    const close = this.#close;
    this.#close = undefined;
    if (!close) return;
    const report = (error: unknown) => this.#log(error);
    try {
      const closed = close();
      if (isThenable(closed)) closed.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }

  #log(error: unknown): void {
    logFailure(this.#context.log, error, this.#exchange);
  }
}
