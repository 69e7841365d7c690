// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_FRONT_END_TIMEOUT: 'the peer took longer than a time limit allows',
  ERR_FRONT_END_ALLOW: 'an entry of the allow list is no address and no network',
  ERR_FRONT_END_OPTION: 'an option of a listener has a value that its protocol does not know',
  ERR_FRONT_END_PROXY_HEADER:
    'a connection begins without the header of the PROXY protocol, or with a malformed one',
  ERR_HTTP_REQUEST: 'a request that HTTP forbids, or that cannot be expressed as an environ',
  ERR_CGI_TRUNCATED_BODY: 'the standard input ended before CONTENT_LENGTH bytes',
  ERR_CGI_ENVIRONMENT: 'the process was not started as a CGI program',
} as const;
