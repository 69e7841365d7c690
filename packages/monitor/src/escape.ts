// Text from outside, made fit for one line of a log.

const LONGEST = 4096; // characters of one value; a request's head may be 64 KiB and more
const UNSAFE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const UNSAFE_OR_BLANK = /[^\x21\x23-\x5b\x5d-\x7e]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');
const EACH_UNSAFE_OR_BLANK = new RegExp(UNSAFE_OR_BLANK, 'g');

/**
 * A value that stands between quotation marks: control characters, `"`, `\` and what is no ASCII
 * become `\xHH`. Of a value longer than 4096 characters the rest is left out, and `...` stands for it.
 */
export function escapeQuoted(value: string): string {
  return value.length <= LONGEST && !UNSAFE.test(value) ? value : replace(value, EACH_UNSAFE);
}

/** A value that blanks end: they are escaped too, so that columns stay where they are. */
export function escapeBare(value: string): string {
  return value.length <= LONGEST && !UNSAFE_OR_BLANK.test(value)
    ? value
    : replace(value, EACH_UNSAFE_OR_BLANK);
}

/** A value as a string of JSON, with its quotation marks, of ASCII alone; bounded in the same way. */
export function escapeJson(value: string): string {
  if (value.length <= LONGEST && !UNSAFE.test(value)) return `"${value}"`;
  return JSON.stringify(bounded(value)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function replace(value: string, each: RegExp): string {
  return bounded(value).replace(each, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function bounded(value: string): string {
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value;
}
