// The contract of a back-end: another server, called as an application.
import type { Application } from '@sluice/gateway';

/** Where another server is. */
export type Target =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string }
  | {
      /** A script or a directory of scripts. */ readonly type: 'file';
      readonly path: string;
      readonly args: readonly string[];
    };

/** Limits of a back-end; times in milliseconds, sizes in bytes. */
export interface BackEndOptions {
  /** Until the connection is there. */
  readonly connectTimeout: number;
  /** Until the first byte of the answer, and between two arrivals of bytes. */
  readonly readTimeout: number;
  /** Between asking a script to end and ending it. */
  readonly killTimeout: number;
  /** Body of unknown length that is stored at most, for protocols that need the length first. */
  readonly maxSpoolBytes: number;
  /** Pass X-Sendfile and X-Accel-* headers of the answer on: the web server in front would deliver its files. */
  readonly sendfile: boolean;
  /** Pass Authorization to scripts: other users of the machine can read the environment of a process they own. */
  readonly authorization: boolean;
}

/** What holds where nothing else is said. */
export const DEFAULT_BACK_END_OPTIONS: BackEndOptions = Object.freeze({
  connectTimeout: 5_000,
  readTimeout: 60_000,
  killTimeout: 5_000,
  maxSpoolBytes: 1_073_741_824,
  sendfile: false,
  authorization: false,
});

/** A protocol that another server speaks. */
export interface BackEnd {
  /** The scheme of its addresses. */
  readonly name: string;
  /**
   * Makes an application of a server.
   *
   * @throws OptionError `ERR_BACK_END_TARGET` when the protocol has no such targets
   */
  open(target: Target, options?: Partial<BackEndOptions>): Application;
}
