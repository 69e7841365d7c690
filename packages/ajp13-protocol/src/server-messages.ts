// What the container's side is told, reports and sends.
import type { ProtocolError } from '@sluice/protocol';
import type { Ajp13Request } from './forward-request.ts';
import type { Ajp13ResponseHead } from './response-writer.ts';
import type { Ajp13ServerCodec } from './server-codec.ts';

/** What an {@link Ajp13ServerCodec} is told. */
export interface Ajp13ServerOptions {
  /** Requests without this secret are refused; without it, any peer is believed. One byte for each character, up to U+00FF. */
  readonly secret?: string | undefined;
  /** Bytes of the longest packet, header included, as configured in the web server; 8192 by default, 65536 at most. */
  readonly maxPacketSize?: number | undefined;
  /** Headers of a request, 1000 by default. */
  readonly maxHeaders?: number | undefined;
  /** Whether packets with body bytes carry their inner length; `false` for lighttpd's mod_ajp13, which leaves it out. */
  readonly dataLength?: boolean | undefined;
}

/** What an {@link Ajp13ServerCodec} reports. */
export type Ajp13Event =
  | Ajp13Request
  | {
      /** Bytes of the body, as a view of what was fed. */ readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | { /** The body is complete. */ readonly type: 'end' }
  | {
      /** The web server has no more of the body, though Content-Length says so. */
      readonly type: 'truncated';
      readonly error: ProtocolError;
    }
  | {
      /** Bytes to send at once: the answer to CPing. */ readonly type: 'reply';
      readonly bytes: Uint8Array;
    };

/** What an {@link Ajp13ServerCodec} sends. */
export type Ajp13Command =
  | {
      /** The next part of the response, all of it in one piece. */
      readonly type: 'response';
      /** With the first part. */
      readonly head?: Ajp13ResponseHead | undefined;
      /** Bytes of the body; left out where the response has none, to HEAD and with status 204, 205 and 304. */
      readonly chunk?: Uint8Array | undefined;
      /** Whether the response is complete; else the web server is asked to send on what it has. */
      readonly last: boolean;
      /** With `last`: whether the connection carries another request, yes by default. */
      readonly reuse?: boolean | undefined;
    }
  | {
      /** Asks for the next packet of the body; no bytes when it is on its way already, or there is none. */
      readonly type: 'get-body';
    };
