// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_FASTCGI_VERSION: 'a record whose version is not 1, or bytes of another protocol',
  ERR_FASTCGI_ID: 'a record of a request with the request id 0, which belongs to management',
  ERR_FASTCGI_LENGTH: 'a BEGIN_REQUEST, END_REQUEST or UNKNOWN_TYPE that is not 8 bytes long',
  ERR_FASTCGI_STATE: 'a record that cannot come where it came',
  ERR_FASTCGI_PAIRS: 'a name-value pair is longer than what is left of its block',
  ERR_FASTCGI_PARAMS_TOO_LARGE: 'the parameters, or their number, are above the limit',
  ERR_FASTCGI_CONTENT_LENGTH: 'CONTENT_LENGTH is not plain digits',
  ERR_FASTCGI_CONTRADICTION:
    'CONTENT_LENGTH, REQUEST_METHOD or SCRIPT_FILENAME is there twice and differs',
  ERR_FASTCGI_TRUNCATED: 'the peer stopped in the middle of a record, a request or an answer',
  ERR_FASTCGI_COMMAND: 'a command that cannot be written as FastCGI, or not at this moment',
} as const;
