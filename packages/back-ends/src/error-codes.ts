// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_BACK_END_CONNECT: 'the server cannot be reached, or closed the connection without an answer',
  ERR_BACK_END_TIMEOUT: 'the server took longer than a time limit allows',
  ERR_BACK_END_RESPONSE: 'the server’s answer is not what its protocol allows',
  ERR_BACK_END_BODY_TOO_LARGE:
    'a request body of unknown length is above what is stored to measure it',
  ERR_BACK_END_SCRIPT: 'there is no such script, or it may not or cannot be run',
  ERR_BACK_END_TARGET: 'the address of a back-end is not of the form that its protocol needs',
  ERR_BACK_END_OPTION: 'an option of a back-end has a value that its protocol does not know',
  ERR_BACK_END_BODY_SHORT: 'a request body ended before its CONTENT_LENGTH',
  ERR_BACK_END_PATH: 'a path with dot segments below a mount could lead out of it',
  ERR_BACK_END_LOOP: 'a script redirected inside its own space too many times',
} as const;
