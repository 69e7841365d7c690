// The error codes of this package.

/** Codes of the errors that this package throws. */
export const ERROR_CODES = {
  ERR_LISTEN_IN_USE: 'another process listens at an address',
  ERR_LISTEN_ADDRESS: 'an address cannot be listened at',
  ERR_LISTEN_NOT_A_SOCKET:
    'the path of a Unix socket holds something else, which is not ours to delete',
  ERR_WORKERS_FAILED: 'workers keep failing before they are ready',
  ERR_ACCOUNT_UNKNOWN: 'there is no user or group of a name',
  ERR_PRIVILEGES_NOT_ROOT: 'only root can become another user or group',
  ERR_PRIVILEGES_KEPT: 'the rights of root could not be given up',
  ERR_PIDFILE_IN_USE: 'the process that a pidfile names runs',
  ERR_PIDFILE_PATH: 'a pidfile cannot be written, or something else is in its place',
  ERR_DAEMON_START: 'a log file or directory of a daemon cannot be used',
} as const;
