// The directives of access log formats, in the words of Apache's mod_log_config.
import { isToken } from '@sluice/protocol';
import { type AccessEntry, textOf } from './access-entry.ts';
import { CONVERSIONS, commonTime, type TimeFormat } from './time-format.ts';

/** Writes one field of a line. */
export type FieldWriter = (entry: AccessEntry) => string;

/** Makes a field of a value: escaped, `-` when it is empty. */
export type Escape = (value: string) => string;

/** A directive that is none; the message says what would be right. */
export class Mistake extends Error {}

const PID = String(process.pid);

type Plain = (escaped: Escape, slot: number) => FieldWriter;

/** Directives of one letter. */
const PLAIN: Readonly<Record<string, Plain>> = {
  h: variable('REMOTE_ADDR'),
  a: variable('REMOTE_ADDR'),
  l: () => () => '-',
  u: variable('REMOTE_USER'),
  t: (_escape, slot) => (entry) => `[${entry.stamp.text(slot, commonTime)}]`,
  r: (escaped) => (entry) => escaped(`${entry.method} ${entry.target} ${entry.version}`),
  s: () => statusOf,
  b: () => (entry) => (entry.bytes === 0 ? '-' : String(entry.bytes)),
  B: () => (entry) => String(entry.bytes),
  D: () => (entry) => String(microseconds(entry)),
  T: () => (entry) => String(Math.floor(entry.elapsed / 1000)),
  m: (escaped) => (entry) => escaped(entry.method),
  U: (escaped) => (entry) => escaped(entry.path),
  q: (escaped) => (entry) => (entry.query === '' ? '' : escaped(entry.query)),
  H: (escaped) => (entry) => escaped(entry.version),
  p: variable('SERVER_PORT'),
  P: () => () => PID,
  v: variable('SERVER_NAME'),
  X: () => (entry) => (entry.isCut ? 'X' : '-'),
};

/** Directives with a name in braces before their letter. */
const NAMED: Readonly<Record<string, (name: string, ...rest: Parameters<Plain>) => FieldWriter>> = {
  i: (name, escaped) => variableOrMistake(headerVariable(name), escaped),
  e: (name, escaped) => variableOrMistake(name, escaped),
  t: (name, _escaped, slot) => timeWriter(name, slot),
  T: (name) => durationWriter(name),
};

/** Microseconds that a request took. */
export function microseconds(entry: AccessEntry): number {
  return Math.round(entry.elapsed * 1000);
}

/**
 * What a directive writes.
 *
 * @param letter - without the `>` or `<` before it
 * @param name - what stood in braces; undefined: there were none
 * @param slot - a number of its own for each directive of a format, from 0 up
 * @throws Mistake when there is no such directive
 */
export function fieldWriter(
  letter: string,
  name: string | undefined,
  escaped: Escape,
  slot: number,
): FieldWriter {
  if (name !== undefined) {
    const make = own(NAMED, letter);
    if (make) return make(name, escaped, slot);
    throw new Mistake(
      own(PLAIN, letter) ? `%${letter} has no name before it` : nearest(letter, name),
    );
  }
  const make = own(PLAIN, letter);
  if (make) return make(escaped, slot);
  throw new Mistake(own(NAMED, letter) ? `%{NAME}${letter} needs its name` : nearest(letter));
}

/** What people look for here and what there is instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  A: '%{SERVER_ADDR}e',
  C: '%{Cookie}i, which holds secrets',
  I: '%{CONTENT_LENGTH}e',
  O: '%B, the bytes of the body',
  S: '%B, the bytes of the body',
  V: '%v or %{Host}i',
  f: '%U',
  n: '%{NAME}e',
  o: 'headers of the response are not kept; there is %{NAME}e',
};

function nearest(letter: string, name?: string): string {
  const instead = own(INSTEAD, letter);
  if (instead) return instead.startsWith('%') ? `use ${instead}` : instead;
  const table: Readonly<Record<string, unknown>> = name === undefined ? PLAIN : NAMED;
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  if (own(table, other)) {
    return `did you mean %${name === undefined ? '' : `{${name}}`}${other}?`;
  }
  const all = Object.keys(table).map((known) =>
    name === undefined ? `%${known}` : `%{…}${known}`,
  );
  return `there are ${all.join(' ')}`;
}

function variable(name: string): Plain {
  return (escaped) => (entry) => escaped(textOf(entry.environ[name]));
}

function variableOrMistake(name: string, escaped: Escape): FieldWriter {
  if (name === '') throw new Mistake('a name has to stand between the braces');
  return CREDENTIALS.test(name)
    ? (entry) => escaped(schemeOf(textOf(entry.environ[name])))
    : variable(name)(escaped, 0);
}

/** The variable of a request header (RFC 3875, section 4.1.18). */
function headerVariable(header: string): string {
  if (!isToken(header)) throw new Mistake('a header name has to stand between the braces');
  const name = header.toUpperCase().replaceAll('-', '_');
  return name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' ? name : `HTTP_${name}`;
}

const CREDENTIALS = /AUTHORIZATION$/i;

/** `Basic` of `Basic dTpw`; `...` of credentials that do not say what they are. */
function schemeOf(credentials: string): string {
  return credentials === '' ? '' : (/^[\w-]+(?= )/.exec(credentials)?.[0] ?? '...');
}

function statusOf(entry: AccessEntry): string {
  return entry.status === 0 ? '000' : String(entry.status); // three digits, for whoever reads columns
}

function timeWriter(format: string, slot: number): FieldWriter {
  const unit = own(TIMES, format);
  if (unit) return unit;
  const pieces = [...format.matchAll(/%([\s\S]?)|[^%]+/g)].map(([text, conversion]) => {
    if (conversion === undefined) return () => text;
    const known = own(CONVERSIONS, conversion);
    if (known) return known;
    const all = Object.keys(CONVERSIONS).map((name) => `%${name}`);
    throw new Mistake(
      `%${conversion} is no part of a time here; there are ${all.join(' ')}, and sec, msec, usec, msec_frac`,
    );
  });
  const whole: TimeFormat = (date) => pieces.map((piece) => piece(date)).join('');
  return (entry) => entry.stamp.text(slot, whole);
}

const TIMES: Readonly<Record<string, FieldWriter>> = {
  sec: (entry) => String(Math.floor(entry.time / 1000)),
  msec: (entry) => String(entry.time),
  usec: (entry) => String(entry.time * 1000),
  msec_frac: (entry) => String(entry.time % 1000).padStart(3, '0'),
};

function durationWriter(unit: string): FieldWriter {
  const writer = own(DURATIONS, unit);
  if (!writer) throw new Mistake('there are %{s}T, %{ms}T and %{us}T');
  return writer;
}

const DURATIONS: Readonly<Record<string, FieldWriter>> = {
  s: (entry) => String(Math.floor(entry.elapsed / 1000)),
  ms: (entry) => String(Math.round(entry.elapsed)),
  us: (entry) => String(microseconds(entry)),
};

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
