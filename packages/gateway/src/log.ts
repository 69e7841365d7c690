// What the gateway says to the operator, one line for each event.
export { printable } from '@sluice/protocol';

/** How grave a log line is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Takes one log line; never throws. */
export type Log = (level: LogLevel, message: string) => void;

let isGuarded = false;

/** Logs to the standard error stream: `error: …`, one line for each call. */
export const stderrLog: Log = (level, message) => {
  if (!isGuarded) {
    // Nobody reads it any more: that is no reason to end, and telling about it would only go there too.
    process.stderr.on('error', () => {});
    isGuarded = true;
  }
  process.stderr.write(`${level}: ${message}\n`);
};
