// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_ADAPTER_HANDLER: 'what was given is no handler of the kind that was asked for',
  ERR_ADAPTER_NOTHING_LISTENS: 'a module was loaded to catch its server, and none listened',
  ERR_ADAPTER_BODY_READ: 'the request body was read before the application got the request',
  ERR_ADAPTER_URL: 'a request has no URL that a Fetch handler could be given',
} as const;
