// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  /** A text holds characters above U+00FF and cannot be sent as latin-1. */
  ERR_PROTOCOL_LATIN1: 'a text holds characters above U+00FF',
} as const;
