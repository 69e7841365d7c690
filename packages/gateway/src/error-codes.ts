// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_GATEWAY_STATUS:
    'startResponse: the status is not three digits from 200 to 599, a space and a reason',
  ERR_GATEWAY_HEADERS:
    'startResponse: headers are not a list of name and value, or one of them is not allowed',
  ERR_GATEWAY_HEAD_TWICE: 'startResponse was called a second time without error information',
  ERR_GATEWAY_HEAD_MISSING:
    'the application produced a body, or its end, without calling startResponse',
  ERR_GATEWAY_BODY: 'the application returned something that is not a list or stream of blocks',
  ERR_GATEWAY_LENGTH: 'the body is shorter than the Content-Length that the application gave',
  ERR_GATEWAY_FINISHED: 'startResponse or write was called after the response was complete',
  ERR_GATEWAY_UPGRADE: 'sluice.upgrade was called after the response had begun',
  ERR_GATEWAY_CLIENT_LEFT: 'the client went away before the response was complete',
  ERR_GATEWAY_BODY_TOO_LARGE: 'the request body is above the limit',
  ERR_GATEWAY_REQUEST:
    'the request lacks what every request must say, or says it in a way that cannot be',
  ERR_GATEWAY_VALIDATOR: 'the validator found a rule of PEP 3333 broken',
} as const;
