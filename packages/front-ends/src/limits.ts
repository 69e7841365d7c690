// How long anything may take, and how much may be thrown away; one declaration for all protocols.

/** Time limits in milliseconds and sizes in bytes. Times are kept to within a second. */
export interface Limits {
  /** From the accepted connection to its first byte. */
  readonly firstByte: number;
  /** From the first byte of a request to the last one of its head. */
  readonly head: number;
  /** Between two arrivals of body bytes, while the application waits for them. */
  readonly body: number;
  /** A kept connection without a request. */
  readonly idle: number;
  /** Output of which the peer takes nothing. Progress shows in lumps of up to megabytes, as the kernel's buffer has room again. */
  readonly writeStall: number;
  /** Reading away what the application left of a request body. */
  readonly drain: number;
  /** Reading away what a peer sends beyond its request. */
  readonly linger: number;
  /** Bytes beyond a request that are read away. */
  readonly surplus: number;
}

/** The limits that hold where nothing else is said. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  firstByte: 10_000,
  head: 20_000,
  body: 60_000,
  idle: 65_000,
  writeStall: 300_000,
  drain: 30_000,
  linger: 1_000,
  surplus: 1_048_576,
});
