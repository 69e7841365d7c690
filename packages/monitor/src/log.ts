// The error log: levels, and where its lines go.
import { threadId } from 'node:worker_threads';
import { type Log, type LogLevel, stderrLog } from '@sluice/gateway';
import { LogFile } from './log-file.ts';
import { isoTime } from './time-format.ts';

/** The levels of a log, the gravest first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies LogLevel[];

/** How a line of the error log looks: `plain` is `level: message`, `full` has time, process and thread before that. */
export type LogFormat = 'plain' | 'full';

/** What {@link createLog} makes. */
export interface LogOptions {
  /** The least grave level that is logged; `info` by default. */
  readonly level?: LogLevel | undefined;
  /** Where lines go; the standard error stream by default. */
  readonly target?: LogFile | undefined;
  /** `full` by default where lines go to a file, `plain` on a standard stream. */
  readonly format?: LogFormat | undefined;
}

/**
 * Makes a log for a gateway. Errors are in the file before the call returns, other lines 50 ms later.
 * What comes after the file is closed goes to the standard error stream.
 *
 * @example
 * ```ts
 * const log = createLog({ level: 'warn', target: new LogFile('/var/log/sluice/error.log') });
 * log('error', 'it is there, whatever happens next');
 * ```
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = 'info' } = options;
  const isFile = options.target?.isStandard === false;
  const { format = isFile ? 'full' : 'plain' } = options;
  const target = options.target ?? (format === 'full' ? new LogFile('stderr') : undefined);
  const gravest = LOG_LEVELS.indexOf(level);
  return (of, message) => {
    if (LOG_LEVELS.indexOf(of) > gravest) return;
    if (!target || target.isClosed) {
      stderrLog(of, message);
      return;
    }
    const before = format === 'full' ? `${isoTime(new Date())} ${PLACE} ` : '';
    target.write(`${before}${of}: ${message}`);
    if (of === 'error') target.flush();
  };
}

/** Process and thread: `4711`, or `4711/3` in a thread. */
const PLACE = threadId === 0 ? String(process.pid) : `${process.pid}/${threadId}`;
