// The logs of a process or thread: opened as the options say, opened anew when they were moved away.
import type { Log, RequestObserver } from '@sluice/gateway';
import { AccessLog, createLog, LogFile } from '@sluice/monitor';
import type { ServeOptions } from '../options/serve-options.ts';
import { handOver } from './hand-over.ts';

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
export function openLogs(options: ServeOptions): Logs {
  const { logLevel, errorLog, accessLog, accessLogFormat } = options;
  const paths = [errorLog, accessLog].filter((path) => path !== undefined);
  const errors = errorLog === undefined ? undefined : new LogFile(errorLog);
  const accesses = accessLog === undefined ? undefined : new LogFile(accessLog);
  const files = [errors, accesses].filter((file) => file !== undefined);
  const log = options.log ?? createLog({ level: logLevel, target: errors });
  const share = () => {
    for (const [at, path] of paths.entries()) {
      if (files[at]?.isStandard) continue;
      try {
        handOver(path, options);
      } catch (error) {
        log('warn', `log file ${path} stays that of root: ${(error as Error).message}`);
      }
    }
  };
  share();
  return {
    log,
    access: accesses && new AccessLog(accessLogFormat, accesses),
    reopen: () => {
      for (const file of files) file.reopen();
      share();
    },
    close: () => {
      for (const file of files) file.close();
    },
  };
}
