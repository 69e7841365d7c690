// What a front-end hands to the gateway for one request, and takes back.
import type { ResponseHeaders } from './application.ts';
import type { RequestBody } from './request-body.ts';

/** The head of a response, checked and complete. */
export interface ResponseHead {
  /** Three digits, a space and a reason. */
  readonly status: string;
  /** Headers in order; one character is one byte, control characters are excluded. */
  readonly headers: ResponseHeaders;
}

/** A part of a response. The first one has the head; the one with `last` is the end. */
export interface ResponsePart {
  /** The head, with the first part only. */
  readonly head: ResponseHead | undefined;
  /** Bytes of the body, possibly none. */
  readonly chunk: Uint8Array | undefined;
  /** Whether the response is complete with this part. */
  readonly last: boolean;
}

/** What the front-end tells of the client. */
export interface ExchangeListener {
  /** The client went away before the response was complete. Called once, at most. */
  leave(reason: Error): void;
  /** The client will send nothing more, and may have gone: it can still take an answer. */
  halfClose(): void;
}

/** One request and the way back for its answer; each front-end has its own. */
export interface Exchange {
  /** Name of the protocol that the request came by. */
  readonly protocol: string;
  /** Who sent it, for the log: address and port. */
  readonly peer: string;
  /** The request body; undefined when there is none. */
  readonly body: RequestBody | undefined;
  /**
   * Sends the next part of the response.
   *
   * @returns false when the client is slower than the application: wait for {@link Exchange.drained}
   */
  send(part: ResponsePart): boolean;
  /** Settles when more may be sent; rejects when the client went away. */
  drained(): Promise<void>;
  /** Ends a response that cannot be completed so that the client sees it is cut short. */
  abort(): void;
  /** Tells the web server of an error, where the protocol has a way to: printable lines, each with its line feed. */
  report?(text: string): void;
  /** Where the connection can be taken over from HTTP: does so, and gives what the client sends from then on. */
  readonly upgrade?: (() => RequestBody) | undefined;
  /** Set by the gateway: whom the front-end tells of the client. */
  listener: ExchangeListener | undefined;
}
