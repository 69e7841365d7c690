// The one error tree of Sluice. Match on `code`, never on message or class.

/**
 * Any failure that Sluice itself reports; `code` names it for good. `instanceof` holds for errors of other
 * copies of this module too: bundles have their own.
 */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError';
  /** `ERR_<AREA>_<WHAT>`; a used code is never reused. */
  readonly code: string;

  /** @param code - the stable name of the failure
   * @param message - one sentence for a person
   * @param cause - the failure behind this one */
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What a {@link ProtocolError} may carry beside its code and message. */
export interface ProtocolErrorOptions {
  /** Who broke the protocol; `remote` is the default. */
  readonly blame?: 'local' | 'remote';
  /** The HTTP status that fits as an answer; absent when no answer can be framed. */
  readonly statusHint?: number;
  /** The failure behind this one. */
  readonly cause?: unknown;
}

/** Bytes, or a command, that break a wire protocol. */
export class ProtocolError extends SluiceError {
  override readonly name = 'ProtocolError';
  /** Who broke the protocol. */
  readonly blame: 'local' | 'remote';
  /** The HTTP status that fits as an answer; undefined when no answer can be framed. */
  readonly statusHint: number | undefined;

  /** @param code - the stable name of the failure
   * @param message - one sentence for a person
   * @param options - blame, status hint and cause */
  constructor(code: string, message: string, options: ProtocolErrorOptions = {}) {
    super(code, message, options.cause);
    this.blame = options.blame ?? 'remote';
    this.statusHint = options.statusHint;
  }
}

/** The application broke PEP 3333. */
export class GatewayError extends SluiceError {
  override readonly name = 'GatewayError';
}

/** Another server, called as an application, failed: 502, 503 or 504. */
export class BackEndError extends SluiceError {
  override readonly name = 'BackEndError';
  /** The HTTP status that tells the client: 502, 503 or 504, or 4xx where the request is at fault. */
  readonly statusHint: number;

  /** @param code - the stable name of the failure
   * @param message - one sentence for a person
   * @param statusHint - the HTTP status that tells the client
   * @param cause - the failure behind this one */
  constructor(code: string, message: string, statusHint: number, cause?: unknown) {
    super(code, message, cause);
    this.statusHint = statusHint;
  }
}

/** An option, address, file or application that a person gave is wrong; the message says what would be right. */
export class OptionError extends SluiceError {
  override readonly name = 'OptionError';
}

const BRAND = Symbol.for('sluice.error');

/** What errors of these classes are called, in every copy. */
const NAMED = new Map<unknown, string>([
  [ProtocolError, 'ProtocolError'],
  [GatewayError, 'GatewayError'],
  [BackEndError, 'BackEndError'],
  [OptionError, 'OptionError'],
]);

Object.defineProperty(SluiceError.prototype, BRAND, { value: true });
Object.defineProperty(SluiceError, Symbol.hasInstance, {
  value(this: { readonly prototype: object }, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
    if (this === SluiceError || Object.prototype.isPrototypeOf.call(this.prototype, value))
      return true;
    return NAMED.get(this) === (value as unknown as SluiceError).name;
  },
});
