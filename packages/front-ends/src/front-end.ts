// The contract of a front-end. A protocol is a pure mapping, its Channel; sockets, time limits,
// back-pressure and aborts are the driver's (connection.ts).
import type { Server } from 'node:net';
import type { Gateway, Log, ResponsePart, Variables } from '@sluice/gateway';
import type { ProtocolError } from '@sluice/protocol';
import type { AllowList } from './allow-list.ts';
import type { Limits } from './limits.ts';

/** What a channel reports of the bytes that came. `id` tells requests on one connection apart. */
export type Incoming =
  | {
      /** A head is complete. */
      readonly type: 'request';
      readonly id: number;
      /** The variables of the request; they become its environ. */
      readonly variables: Variables;
      /** Whether `body` or at least `body-end` follows; neither must where it is false. */
      readonly hasBody: boolean;
      /** The key of the environ under which a second input is read, for a request that has one. */
      readonly secondInput?: string;
    }
  | {
      readonly type: 'body';
      readonly id: number;
      readonly chunk: Uint8Array;
      /** Of the second input. */
      readonly second?: boolean;
    }
  | { readonly type: 'body-end'; readonly id: number; readonly second?: boolean }
  | {
      /** The body cannot be completed. */
      readonly type: 'body-failure';
      readonly id: number;
      readonly error: ProtocolError;
    }
  | {
      /** The peer wants no answer to this request any more. */
      readonly type: 'abort';
      readonly id: number;
    }
  | {
      /** What the protocol itself answers. */
      readonly type: 'reply';
      readonly bytes: Uint8Array;
    }
  | {
      /** The peer broke the protocol behind what came before. */
      readonly type: 'failure';
      readonly error: ProtocolError;
    }
  | {
      /** Bytes that belong to no request. */
      readonly type: 'surplus';
      readonly size: number;
    };

/**
 * The protocol of one connection: bytes to events, response parts to bytes. No sockets, no timers.
 *
 * SCGI is the pattern for one request on each connection (one-request.ts), AJP13 for one after the other,
 * FastCGI for several at once. What is reported of a request that is answered already is read away: a
 * channel goes on reporting the rest of its body, up to `body-end`. Bytes behind a request belong to the
 * next one, or are `surplus`; none can be held back until an answer is sent.
 */
export interface Channel {
  /** Whether the connection may carry another request after those it has carried; asked after each answer, and may change. */
  readonly reusable: boolean;
  /** Whether the protocol marks the end of an answer, so that a connection that is closed before it shows the cut. */
  readonly marksEnd: boolean;
  /** Reads bytes. @throws ProtocolError when they break the protocol */
  receive(chunk: Uint8Array): Incoming[];
  /** The peer sent its last byte. @throws ProtocolError when it stopped too early */
  finish(): Incoming[];
  /** Writes the next part of the response to request `id`: the pieces to send, in order. */
  send(id: number, part: ResponsePart): readonly Uint8Array[];
  /** Writes an answer to bytes that could not be read as a request; nothing when none can be framed. */
  refuse(part: ResponsePart): readonly Uint8Array[];
  /** Asks the peer for more of a body, in protocols where it waits to be asked; undefined: nothing to ask. */
  demand?(id: number): Uint8Array | undefined;
  /** Writes a line of text by the protocol's own way for errors. */
  report?(id: number, text: string): Uint8Array;
  /** Ends a request that the peer has given up, where the protocol wants that. */
  abandon?(id: number): Uint8Array;
  /** Whether this request can be upgraded, in protocols where not every one can. */
  upgradable?(id: number): boolean;
  /** Lets the bytes of this request pass as they come, from now on: its connection is taken over from HTTP. */
  upgrade?(id: number): void;
  /** No further request shall come on this connection; tells the peer so with the next answer, where it can. */
  stop?(): void;
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
  /** Peers of which each connection begins with a header of the PROXY protocol, and others that may not connect; undefined: no header. Peers on Unix sockets are always believed. */
  readonly proxyProtocol?: AllowList | undefined;
  /** Connections at once; undefined: as many as the descriptors of the process suffice for. */
  readonly maxConnections?: number | undefined;
  /** Options of the protocol, by name. */
  readonly options: ListenerOptions;
}

/** Options of one listener, as they were written behind its address. */
export type ListenerOptions = Readonly<Record<string, string>>;

/** What takes text, as a stream does. */
export interface TextTarget {
  /** Takes text. */
  write(text: string): unknown;
}

/** What is served on the standard streams. */
export interface ProcessSite extends Site {
  /** Takes what is written to the standard error stream: a file, at its end, or an object. */
  readonly stderr?: string | TextTarget | undefined;
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
  /** The environment variable by which a web server that starts us lists who may connect; undefined: none. */
  readonly peersVariable?: string;
  /** The options of a listener, `ajp://127.0.0.1:8009?secret=…`: name and meaning. None by default. */
  readonly options?: Readonly<Record<string, string>>;
  /**
   * Checks the options of a listener.
   *
   * @param options - as written
   * @param exposed - whether other machines can connect
   * @throws OptionError `ERR_FRONT_END_OPTION`, saying what would be right
   */
  checkOptions?(options: ListenerOptions, exposed: boolean): void;
  /** Makes the server of one listener; undefined for a protocol that has none. */
  readonly createServer: ((site: Site) => FrontEndServer) | undefined;
  /** Serves the one request that the process was started for, on its standard streams. */
  serveProcess(site: ProcessSite): Promise<void>;
}
