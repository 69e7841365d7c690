// What a person gave for an option, as the value that it is; or what would have been right.
import { OptionError } from '@sluice/protocol';
import { nearest } from '../suggest.ts';
import type { Option } from './option.ts';
import { nameOption, type Origin } from './origin.ts';

/** What was given for an option. */
export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
  /** Texts stand for everything: the environment and ini files have nothing else. */
  readonly isText?: boolean;
}

/** The words for true and false, as Paste has them. */
const TRUE = ['true', 'yes', 'on', 'y', 't', '1'];
const FALSE = ['false', 'no', 'off', 'n', 'f', '0'];

/**
 * Reads a value.
 *
 * @throws OptionError `ERR_OPTION_VALUE`, naming the option, its place, and what would be right
 */
export function readValue(option: Option, given: Given): unknown {
  const { value } = given;
  if (option.nullWord !== undefined && (value === option.nullWord || value === null)) return null;
  const read = readType(option, given);
  const why = option.check?.(read as never);
  if (why === undefined) return read;
  throw new OptionError('ERR_OPTION_VALUE', `${nameOption(option.name, given.origin)}: ${why}`);
}

function readType(option: Option, given: Given): unknown {
  const { value } = given;
  switch (option.type) {
    case 'boolean':
      return readBoolean(option, given);
    case 'number':
      return readNumber(option, given);
    case 'list':
      return readList(option, given);
    case 'string':
      return readString(option, given);
    case 'object':
      if (value === null) throw wrong(option, given, 'left out, or a value');
      return value;
  }
}

/** A word for true or false; undefined: it is none. */
export function booleanOf(word: string): boolean | undefined {
  const lower = word.toLowerCase();
  if (TRUE.includes(lower)) return true;
  return FALSE.includes(lower) ? false : undefined;
}

function readBoolean(option: Option, given: Given): boolean {
  const { value, isText } = given;
  if (typeof value === 'boolean') return value;
  if (!isText) throw wrong(option, given, 'true or false');
  const read = booleanOf(String(value));
  if (read === undefined)
    throw wrong(option, given, `one of ${TRUE.join(', ')}, or one of ${FALSE.join(', ')}`);
  return read;
}

function readString(option: Option, given: Given): string {
  const { value } = given;
  const { choices, names, nullWord } = option;
  if (typeof value !== 'string')
    throw wrong(option, given, nullWord === undefined ? 'a text' : 'a text or null');
  if (choices && !choices.includes(value))
    throw wrong(option, given, `one of ${choices.join(', ')}${nearest(value, choices)}`);
  if (names !== undefined && value === '')
    throw wrong(option, given, `the name of ${names === 'address' ? 'an' : 'a'} ${names}`);
  return value;
}

function readList(option: Option, given: Given): readonly string[] {
  const { value } = given;
  if (Array.isArray(value)) {
    if (!value.every((entry) => typeof entry === 'string'))
      throw wrong(option, given, 'a list of texts');
    return Object.freeze([...value]);
  }
  if (typeof value !== 'string' || value.trim() === '') throw wrong(option, given, 'a list');
  return Object.freeze(value.trim().split(option.verbatim ? /\s+/ : /[\s,]+/));
}

function readNumber(option: Option, given: Given): number {
  const { value, origin } = given;
  const { octal, min = 0, max = Number.MAX_SAFE_INTEGER } = option;
  const pattern = octal ? /^0?o?[0-7]{1,4}$/ : /^\d{1,15}$/;
  const what = octal
    ? `an octal number such as 022, ${max.toString(8)} at most`
    : `a whole number${option.min === undefined ? '' : ` from ${min} up`}`;
  if (typeof value === 'string' && !pattern.test(value)) throw wrong(option, given, what);
  // JSON has no octal numbers: 22 would be another umask than the one that is meant.
  if (octal && typeof value === 'number' && origin.from === 'file' && origin.file.endsWith('.json'))
    throw wrong(option, given, 'a text with an octal number, such as "022"');
  const number =
    typeof value === 'string' ? Number.parseInt(value.replace('o', ''), octal ? 8 : 10) : value;
  if (!Number.isSafeInteger(number) || (number as number) < min || (number as number) > max)
    throw wrong(option, given, what);
  return number as number;
}

function wrong({ name }: Option, { value, origin }: Given, right: string): OptionError {
  const shown = typeof value === 'function' ? 'a function' : JSON.stringify(value);
  return new OptionError(
    'ERR_OPTION_VALUE',
    `${nameOption(name, origin)} cannot be ${shown}: it has to be ${right}`,
  );
}
