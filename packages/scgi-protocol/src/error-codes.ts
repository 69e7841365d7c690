// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_SCGI_NOT_SCGI: 'the first byte belongs to another protocol',
  ERR_SCGI_LENGTH: 'the netstring length is not written as SCGI wants it',
  ERR_SCGI_HEADERS_TOO_LARGE: 'the header block, or the number of headers, is above the limit',
  ERR_SCGI_HEADERS: 'the header block is not a list of names and values, each ended by NUL',
  ERR_SCGI_COMMA: 'the byte after the header block is not a comma',
  ERR_SCGI_CONTENT_LENGTH:
    'CONTENT_LENGTH is missing, not plain digits, or there twice and differs',
  ERR_SCGI_VERSION: 'SCGI is there and is not 1',
  ERR_SCGI_TRUNCATED: 'the peer stopped in the middle of a request',
  ERR_SCGI_COMMAND:
    'a request that cannot be written as SCGI: a name or value holds NUL, or a name is empty',
} as const;
