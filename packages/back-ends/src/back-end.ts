// The contract of a back-end: another server, called as an application.
import type { Application } from '@sluice/gateway';
import type { Diagnosis } from './diagnosis.ts';

/** Where another server is. */
export type Target =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string }
  | {
      /** A script or a directory of scripts. */ readonly type: 'file';
      readonly path: string;
      readonly args: readonly string[];
    };

/** Options of a back-end; times in milliseconds, sizes in bytes. */
export interface BackEndOptions {
  /** Until the connection is there: 5,000 by default. */
  readonly connectTimeout: number;
  /** Until the first byte of the answer, and between two arrivals of bytes that are waited for: 60,000 by default. */
  readonly readTimeout: number;
  /** Between asking a script to end and ending it: 5,000 by default. */
  readonly killTimeout: number;
  /** Connections without a request that are kept for the next one; undefined: as many as the protocol's servers can bear. */
  readonly keep: number | undefined;
  /** How long such a connection is kept: 30,000 by default, which is less than servers wait. */
  readonly keepTimeout: number;
  /** Body of unknown length that is stored at most, for protocols that need the length first: 1 GiB by default. */
  readonly maxSpoolBytes: number;
  /** Pass X-Sendfile and X-Accel-Redirect headers of the answer on: the web server in front would deliver its files. False by default. */
  readonly sendfile: boolean;
  /** Pass Authorization to scripts: other users of the machine can read the environment of a process they own. False by default. */
  readonly authorization: boolean;
  /** Options of the protocol itself, by name; see {@link BackEnd.options}. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sees all bytes of all connections, as they pass. */
  readonly observe: ((direction: 'sent' | 'received', bytes: Uint8Array) => void) | undefined;
}

/** What holds where nothing else is said. */
export const DEFAULT_BACK_END_OPTIONS: BackEndOptions = Object.freeze({
  connectTimeout: 5_000,
  readTimeout: 60_000,
  killTimeout: 5_000,
  keep: undefined,
  keepTimeout: 30_000,
  maxSpoolBytes: 1_073_741_824,
  sendfile: false,
  authorization: false,
  settings: Object.freeze({}),
  observe: undefined,
});

/** Tells a person what passes on one connection: a line for each unit of the protocol. */
export interface Tracer {
  /** What we sent. */
  sent(bytes: Uint8Array): string[];
  /** What the server sent. */
  received(bytes: Uint8Array): string[];
  /** The server has sent its last byte: what came of a unit that is not complete. */
  finish(): string[];
}

/** A protocol that another server speaks. */
export interface BackEnd {
  /** The scheme of its addresses. */
  readonly name: string;
  /** Options that the protocol itself has, as `fastcgi://127.0.0.1:9000?root=/srv/www`: name and meaning. None by default. */
  readonly options?: Readonly<Record<string, string>>;
  /**
   * Makes an application of a server.
   *
   * @throws OptionError `ERR_BACK_END_TARGET` when the protocol has no such targets, `ERR_BACK_END_OPTION` for a wrong option
   */
  open(target: Target, options?: Partial<BackEndOptions>): Application;
  /**
   * Asks the server whether it is there, by the protocol's own question.
   *
   * @returns what it answered, for a person
   * @throws BackEndError when it is not there, or answers something else
   */
  ping?(target: Target, options?: Partial<BackEndOptions>): Promise<string>;
  /** Whether a CGI variable has a way to the server; all have where this is left out. */
  carries?(variable: string): boolean;
  /** Makes what tells of the units of this protocol. */
  trace?(): Tracer;
  /** Finds the usual mistakes; without it only what every protocol has in common is told. */
  readonly diagnosis?: Diagnosis;
}
