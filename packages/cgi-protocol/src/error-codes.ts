// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_CGI_HEAD_TOO_LARGE: 'the header block of a response is above the limit',
  ERR_CGI_HEAD: 'a response has no header block, or a line in it that is not a header',
  ERR_CGI_STATUS: 'the status of a response is not three digits from 200 to 599',
  ERR_CGI_CONTENT_LENGTH:
    'Content-Length is there twice, not plain digits, or beside Transfer-Encoding',
  ERR_CGI_TRUNCATED: 'a response ended before its header block or its Content-Length',
} as const;
