// What the gateway says to the operator, one line for each event.

/** How grave a log line is. */
export type LogLevel = 'error' | 'warn' | 'info';

/** Takes one log line; never throws. */
export type Log = (level: LogLevel, message: string) => void;

const UNPRINTABLE = /[^\x20-\x7e]/g;
const LONGEST = 4096;

/** Makes text from outside fit for a log line: anything but printable ASCII is escaped, and its length is bounded. */
export function printable(text: string): string {
  const bounded = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return bounded.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

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
