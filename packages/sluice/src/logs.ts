// The logs of a process or thread: opened as the options say, opened anew when they were moved away.
import type { Log, RequestObserver } from '@sluice/gateway';
import { AccessLog, createLog, LogFile } from '@sluice/monitor';
import type { ServeOptions } from './options/serve-options.ts';

/** The logs of this process or thread. */
export interface Logs {
  /** Takes log lines. */
  readonly log: Log;
  /** Writes the access log; undefined: there is none. */
  readonly access: RequestObserver | undefined;
  /** Opens the files anew. */
  reopen(): void;
  /** Writes what is left. */
  close(): void;
}

/**
 * Opens logs.
 *
 * @throws OptionError `ERR_LOG_FORMAT` when the format of the access log is not understood
 */
export function openLogs({
  log,
  logLevel,
  errorLog,
  accessLog,
  accessLogFormat,
}: ServeOptions): Logs {
  const errors = errorLog === undefined ? undefined : new LogFile(errorLog);
  const accesses = accessLog === undefined ? undefined : new LogFile(accessLog);
  const files = [errors, accesses].filter((file) => file !== undefined);
  return {
    log: log ?? createLog({ level: logLevel, target: errors }),
    access: accesses && new AccessLog(accessLogFormat, accesses),
    reopen: () => {
      for (const file of files) file.reopen();
    },
    close: () => {
      for (const file of files) file.close();
    },
  };
}
