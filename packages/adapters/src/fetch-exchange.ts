// A Request of the Fetch standard as a gateway sees it.
import {
  ClientLeftError,
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponseHead,
  type ResponsePart,
} from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';

const ENOUGH = 65536; // bytes that wait for whoever reads the response

/** One Request, and its Response. */
export class FetchExchange implements Exchange {
  readonly protocol = 'fetch';
  readonly peer = 'a Fetch client';
  readonly body: RequestBody | undefined;
  listener: ExchangeListener | undefined = undefined;
  /** Settles with the head of the answer, or rejects when there is none. */
  readonly response: Promise<Response>;
  #settle!: { resolve(response: Response): void; reject(error: unknown): void };
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isReading = false;
  #drain: { resolve(): void; reject(error: unknown): void } | undefined;

  /** @param request - what is to be answered */
  constructor(request: Request) {
    const { body } = request;
    this.#reader = body?.getReader();
    this.body = body ? new RequestBody(() => this.#demand()) : undefined;
    this.response = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    request.signal.addEventListener('abort', () => this.#leave(request.signal.reason), {
      once: true,
    });
  }

  send({ head, chunk, last }: ResponsePart): boolean {
    if (head) this.#settle.resolve(this.#begin(head, last ? (chunk ?? null) : undefined));
    const controller = this.#controller;
    if (last) {
      this.body?.discard();
      this.#reader?.cancel().catch(() => {});
    }
    if (!controller) return true;
    if (chunk && chunk.length > 0) controller.enqueue(chunk);
    if (last) controller.close();
    return (controller.desiredSize ?? 0) > 0;
  }

  drained(): Promise<void> {
    if ((this.#controller?.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#drain = { resolve, reject };
    });
  }

  abort(): void {
    const error = new ClientLeftError();
    this.#settle.reject(error);
    this.#controller?.error(new Error('the response was cut short'));
  }

  /** The Response; `whole` is its body, undefined when that follows block by block. */
  #begin({ status, headers }: ResponseHead, whole: Uint8Array | null | undefined): Response {
    const code = Number(status.slice(0, 3));
    const init = { status: code, statusText: status.slice(4), headers };
    if (code === 204 || code === 205 || code === 304) return new Response(null, init);
    if (whole !== undefined) return new Response(whole as Uint8Array<ArrayBuffer> | null, init);
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller as ReadableStreamDefaultController<Uint8Array>;
        },
        pull: () => this.#drain?.resolve(),
        cancel: (reason) => this.#leave(reason),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: ENOUGH }),
    );
    return new Response(stream, init);
  }

  #leave(cause: unknown): void {
    const error = new ClientLeftError(cause);
    this.#drain?.reject(error);
    this.listener?.leave(error);
    this.#settle.reject(error);
  }

  /** Reads blocks until enough are held. */
  async #demand(): Promise<void> {
    const reader = this.#reader;
    const body = this.body;
    if (this.#isReading || !reader || !body) return;
    this.#isReading = true;
    try {
      for (let more = true; more; ) {
        const { done, value } = await reader.read();
        if (done) {
          body.end();
          return;
        }
        more = body.push(value);
      }
    } catch (cause) {
      const message = 'the request body is broken';
      body.fail(new ProtocolError('ERR_ADAPTER_REQUEST', message, { statusHint: 400, cause }));
    } finally {
      this.#isReading = false;
    }
  }
}
