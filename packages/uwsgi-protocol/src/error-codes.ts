// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_UWSGI_NOT_UWSGI: 'the first four bytes belong to another protocol',
  ERR_UWSGI_MODIFIER: 'modifier1 says that the packet is no request',
  ERR_UWSGI_VARS_TOO_LARGE: 'the vars block is above the limit, or above what the protocol can say',
  ERR_UWSGI_TOO_MANY_VARS: 'the number of variables is above the limit',
  ERR_UWSGI_VARS: 'the vars block is empty, or no list of names and values with their lengths',
  ERR_UWSGI_METHOD: 'REQUEST_METHOD is missing, no token, or there twice and differs',
  ERR_UWSGI_CONTENT_LENGTH: 'CONTENT_LENGTH is not plain digits, or there twice and differs',
  ERR_UWSGI_CONTROL: 'a variable that stands for a line of HTTP holds NUL, CR or LF',
  ERR_UWSGI_TRUNCATED: 'the peer stopped in the middle of a request or of a pong',
  ERR_UWSGI_PONG: 'the answer to a ping is no pong',
  ERR_UWSGI_COMMAND: 'a request or a body that cannot be written as uwsgi',
} as const;
