// How much of a response body is sent (PEP 3333, "Handling the Content-Length Header"; RFC 9110, section 6.4).
import { GatewayError } from '@sluice/protocol';
import type { ResponseHead } from './exchange.ts';
import type { PendingHead } from './start-response.ts';

/** The length of one response body: none where HTTP allows none, else what Content-Length says. */
export class BodyLength {
  readonly #isHead: boolean;
  #due = Number.POSITIVE_INFINITY; // bytes that Content-Length still allows
  #bodyless = false;

  /** @param isHead - whether the request's method is HEAD */
  constructor(isHead: boolean) {
    this.#isHead = isHead;
  }

  /** Whether nothing more will be sent, whatever the application still gives. */
  get isOver(): boolean {
    return this.#bodyless || this.#due === 0;
  }

  /** Adds the length of a body that is known as a whole. */
  announce(head: PendingHead, length: number): PendingHead {
    if (head.contentLength !== undefined || isBodyless(head.code)) return head;
    if (this.#isHead && length === 0) return head; // the length that GET would have is not known
    head.headers.push(['Content-Length', String(length)]);
    return { ...head, contentLength: length };
  }

  /** Begins the body; gives the head as it is sent. */
  begin(head: PendingHead): ResponseHead {
    this.#bodyless = this.#isHead || isBodyless(head.code);
    if (head.code === 204) {
      const headers = head.headers.filter(([name]) => name.toLowerCase() !== 'content-length');
      return { status: head.status, headers };
    }
    if (!this.#bodyless && head.contentLength !== undefined) this.#due = head.contentLength;
    return head;
  }

  /** What of a block is sent; `report` takes a line when it is not all. */
  cut(block: Uint8Array | undefined, report: (line: string) => void): Uint8Array | undefined {
    if (!block || this.#bodyless) return undefined;
    let rest = block;
    if (rest.length > this.#due) {
      report(`${rest.length - this.#due} bytes of body beyond its Content-Length are cut`);
      rest = rest.subarray(0, this.#due);
    }
    this.#due -= rest.length;
    return rest;
  }

  /** Ends the body. @throws GatewayError `ERR_GATEWAY_LENGTH` when it is too short */
  end(): void {
    if (this.isOver || !Number.isFinite(this.#due)) return;
    throw new GatewayError(
      'ERR_GATEWAY_LENGTH',
      `the body is ${this.#due} bytes shorter than its Content-Length`,
    );
  }
}

function isBodyless(code: number): boolean {
  return code === 204 || code === 304;
}
