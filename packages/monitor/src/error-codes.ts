// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_LOG_FORMAT: 'the format of an access log is not understood',
  ERR_LOG_FILE: 'a log file cannot be opened at the start',
} as const;
