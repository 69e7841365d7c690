// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_LISTEN_IN_USE: 'another process listens at an address',
  ERR_LISTEN_ADDRESS: 'an address cannot be listened at',
  ERR_LISTEN_NOT_A_SOCKET:
    'the path of a Unix socket holds something else, which is not ours to delete',
  ERR_WORKERS_FAILED: 'workers keep failing before they are ready',
} as const;
