// The contract between the driver of back-ends and their protocols: a pure mapping.
import type { Environ, ResponseHeaders } from '@sluice/gateway';

/** What the other server said. */
export type Answer =
  | {
      readonly type: 'head';
      readonly status: number;
      readonly reason: string;
      readonly headers: ResponseHeaders;
    }
  | { readonly type: 'body'; readonly chunk: Uint8Array }
  | { /** Bytes beyond the answer. */ readonly type: 'surplus'; readonly size: number }
  | { /** Text for the error log. */ readonly type: 'errors'; readonly text: string }
  | {
      /** It asks for a block of the request body, of so many bytes at most. */
      readonly type: 'want';
      readonly size: number;
    }
  | {
      /** The answer is broken behind what came before. */ readonly type: 'failed';
      readonly error: Error;
    }
  | { readonly type: 'pong' /** For a person. */; readonly text: string }
  | { readonly type: 'end' };

/** A request that is to be sent. */
export interface ClientRequest {
  readonly environ: Environ;
  /** Bytes of its body; undefined when nobody knows yet. */
  readonly contentLength: number | undefined;
}

/** The protocol of one connection to another server. No sockets, no timers. */
export interface ClientChannel {
  /** Whether the connection can take another request, now that the answer has ended. */
  readonly reusable: boolean;
  /** Writes the head of a request; `want` is the size of a first block of body that must follow unasked. */
  request(request: ClientRequest): { readonly bytes: Uint8Array; readonly want?: number };
  /** Writes a block of its body. */
  body(chunk: Uint8Array): Uint8Array;
  /** Writes the end of its body, where the protocol marks it. */
  bodyEnd?(): Uint8Array;
  /** Asks whether the server is there; it answers with `pong`. */
  ping?(): Uint8Array;
  /** Reads bytes of the answer. @throws ProtocolError when they break the protocol */
  receive(chunk: Uint8Array): Answer[];
  /** The server closed. @throws ProtocolError when it did so too early */
  finish(): Answer[];
}

/** What a protocol has to say about itself. */
export interface ClientProtocol {
  readonly name: string;
  /** Whether the server asks for each block of a body; then its length need not be known. */
  readonly asksForBody: boolean;
  /** Idle connections that are kept where nothing else is said; 0 where a connection takes one request. */
  readonly keep: number;
  /** The state of a new connection. */
  open(): ClientChannel;
}
