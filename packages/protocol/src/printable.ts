// Text from outside, made fit for a log line.

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
