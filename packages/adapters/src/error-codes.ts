// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_ADAPTER_HANDLER: 'what was given is no handler of the kind that was asked for',
  ERR_ADAPTER_UNKNOWN: 'what a module exports is no application of any kind that is known',
  ERR_ADAPTER_NO_SERVER: 'a module was loaded for the server that it starts, and started none',
  ERR_ADAPTER_BODY_READ: 'the request body was read before the application got the request',
  ERR_ADAPTER_REQUEST:
    'a Fetch handler cannot be given the request: no URL, or a method it forbids',
  ERR_ADAPTER_HEAD:
    'what an application wrote to a socket by itself is no head of an HTTP response',
  ERR_ADAPTER_RESPONSE: 'a Fetch handler returned something that is no Response',
} as const;
