// What the web server's side is told, sends and reports.
import type { Ajp13ClientCodec } from './client-codec.ts';
import type { Ajp13RequestHead } from './forward-writer.ts';
import type { Ajp13Head } from './send-headers.ts';

/** What an {@link Ajp13ClientCodec} is told. */
export interface Ajp13ClientOptions {
  /** Bytes of the longest packet, header included, as configured in the container; 8192 by default, 65536 at most. */
  readonly maxPacketSize?: number | undefined;
  /** Headers of a response, 1000 by default. */
  readonly maxHeaders?: number | undefined;
}

/** What an {@link Ajp13ClientCodec} sends. */
export type Ajp13ClientCommand =
  | (Ajp13RequestHead & { /** The head of a request. */ readonly type: 'request' })
  | {
      /** Bytes of the body: the first ones where Content-Length announces them, then as many as are wanted. */
      readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | {
      /** The body is complete; no bytes unless the container asks for more. */
      readonly type: 'body-end';
    }
  | { /** Asks whether the container is there. */ readonly type: 'ping' };

/** What an {@link Ajp13ClientCodec} reports. */
export type Ajp13ClientEvent =
  | Ajp13Head
  | {
      /** Bytes of the body, as a view of what was fed. */ readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | {
      /** The container wants a packet of at most `size` bytes of body, or `body-end`. */
      readonly type: 'want';
      readonly size: number;
    }
  | {
      /** The response is complete. */
      readonly type: 'end';
      /** Whether the connection can carry another request. */
      readonly reuse: boolean;
    }
  | { /** The container is there. */ readonly type: 'pong' };
