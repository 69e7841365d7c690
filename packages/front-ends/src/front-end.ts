// The contract of a front-end. A protocol is a pure mapping, its Channel; sockets, time limits,
// back-pressure and aborts are the driver's (connection.ts).
import type { Server } from 'node:net';
import type { Gateway, Log, ResponsePart } from '@sluice/gateway';
import type { AllowList } from './allow-list.ts';
import type { Limits } from './limits.ts';

/** What a channel reports of the bytes that came. `id` tells requests on one connection apart. */
export type Incoming =
  | {
      /** A head is complete; name, value, name, value … */ readonly type: 'request';
      readonly id: number;
      readonly variables: readonly string[] /** Whether `body` or at least `body-end` follows. */;
      readonly hasBody: boolean;
    }
  | { readonly type: 'body'; readonly id: number; readonly chunk: Uint8Array }
  | { readonly type: 'body-end'; readonly id: number }
  | { /** Bytes that belong to no request. */ readonly type: 'surplus'; readonly size: number };

/** The protocol of one connection: bytes to events, response parts to bytes. No sockets, no timers. */
export interface Channel {
  /** Whether the connection may carry another request after this one. */
  readonly reusable: boolean;
  /** Reads bytes. @throws ProtocolError when they break the protocol */
  receive(chunk: Uint8Array): Incoming[];
  /** The peer sent its last byte. @throws ProtocolError when it stopped too early */
  finish(): Incoming[];
  /** Writes the next part of the response to request `id`: the pieces to send, in order. */
  send(id: number, part: ResponsePart): readonly Uint8Array[];
  /** Writes an answer to bytes that could not be read as a request; nothing when none can be framed. */
  refuse(part: ResponsePart): readonly Uint8Array[];
}

/** What a listener serves, and under which conditions. */
export interface Site {
  readonly gateway: Gateway;
  readonly log: Log;
  readonly limits: Limits;
  /** Peers that may connect; undefined: all. Peers on Unix sockets always may. */
  readonly allow: AllowList | undefined;
  /** Peers whose forwarding headers are believed; undefined: none. */
  readonly trust: AllowList | undefined;
}

/** What is served on the standard streams. */
export interface ProcessSite extends Site {
  /** A file that takes what is written to the standard error stream, at its end. */
  readonly stderr?: string | undefined;
}

/** A server made by a front-end. */
export interface FrontEndServer {
  /** Not listening yet: the caller decides on what it listens. */
  readonly server: Server;
  /** Takes no new work, lets requests in progress finish, and settles when the last connection is closed. */
  stop(): Promise<void>;
  /** Cuts every connection that is left. */
  destroy(): void;
}

/** A protocol that web servers speak to us. */
export interface FrontEnd {
  /** The scheme of its addresses. */
  readonly name: string;
  /** The TCP port where none is given; undefined for a protocol that has no listener. */
  readonly defaultPort: number | undefined;
  /** Whether every peer is believed whatever it says of a request, so that only local ones may connect unless said otherwise. */
  readonly believesPeers: boolean;
  /** Makes the server of one listener; undefined for a protocol that has none. */
  readonly createServer: ((site: Site) => FrontEndServer) | undefined;
  /** Serves the one request that the process was started for, on its standard streams. */
  serveProcess(site: ProcessSite): Promise<void>;
}
