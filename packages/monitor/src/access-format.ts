// Compiles the format of an access log, once, to a list of small writers.
import { OptionError } from '@sluice/protocol';
import type { AccessEntry } from './access-entry.ts';
import { jsonLine } from './access-json.ts';
import { type Escape, type FieldWriter, fieldWriter, Mistake } from './directives.ts';
import { escapeBare, escapeQuoted } from './escape.ts';

/** The formats that have a name. */
export const ACCESS_LOG_FORMATS = {
  /** The Common Log Format of CERN and NCSA servers. */
  common: '%h %l %u %t "%r" %>s %b',
  /** The same with Referer and User-Agent, as Apache and nginx write it. */
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  /** An object of JSON in each line. */
  json: 'json',
} as const;

/** Writes the line of a request, without its line feed. */
export type LineWriter = (entry: AccessEntry) => string;

// `>` and `<` choose between a request and its internal redirect, which is one and the same here.
const DIRECTIVE = /%(?:%|([<>]?)(?:\{([^}]*)\})?([A-Za-z]))/y;

/**
 * Compiles a format.
 *
 * @param format - a name of {@link ACCESS_LOG_FORMATS}, or text with directives
 * @throws OptionError `ERR_LOG_FORMAT` naming what is not known, its place (from 1 up), and what would be right
 */
export function compileFormat(format: string): LineWriter {
  if (format === 'json') return jsonLine;
  if (Object.hasOwn(ACCESS_LOG_FORMATS, format)) {
    return compile(ACCESS_LOG_FORMATS[format as keyof typeof ACCESS_LOG_FORMATS]);
  }
  if (format.includes('%')) return compile(format);
  throw new OptionError(
    'ERR_LOG_FORMAT',
    `access log format ${JSON.stringify(format)}: there are ${Object.keys(ACCESS_LOG_FORMATS).join(', ')}, and formats with directives such as %h`,
  );
}

function compile(format: string): LineWriter {
  const broken = /(?!\t)\p{Cc}/u.exec(format);
  if (broken) {
    const what = JSON.stringify(broken[0]);
    throw mistaken(format, what, broken.index, 'one request is one line of text');
  }
  const literals: string[] = [''];
  const writers: FieldWriter[] = [];
  let isQuoted = false;
  const addLiteral = (text: string) => {
    literals.push((literals.pop() ?? '') + text);
    if (text === '"') isQuoted = !isQuoted;
  };
  for (let at = 0; at < format.length; ) {
    const plain = ESCAPES[format.slice(at, at + 2)] ?? format[at];
    if (plain !== '%') {
      at += plain === format[at] ? 1 : 2;
      addLiteral(plain as string);
      continue;
    }
    const { text, writer } = directiveAt(format, at, writers.length, isQuoted ? quoted : bare);
    at += text.length;
    if (writer) {
      writers.push(writer);
      literals.push('');
    } else addLiteral('%');
  }
  return join(literals, writers);
}

/** As quotation marks and tabs have to be written in Apache's configuration. */
const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', '\\t': '\t' };

/** The directive at a place of a format; without a writer it is `%%`. */
function directiveAt(
  format: string,
  at: number,
  slot: number,
  escaped: Escape,
): { readonly text: string; readonly writer: FieldWriter | undefined } {
  DIRECTIVE.lastIndex = at;
  const match = DIRECTIVE.exec(format);
  if (!match) {
    const text = /^%[^A-Za-z%"\s]*.?/.exec(format.slice(at))?.[0].trim() ?? '%';
    throw mistaken(
      format,
      text,
      at,
      'a directive is %, a name in braces or none, and a letter; a percent sign is %%',
    );
  }
  const [text, order = '', name, letter] = match;
  if (letter === undefined) return { text, writer: undefined };
  if (order !== '' && letter !== 's') {
    throw mistaken(format, text, at, `did you mean ${text.replace(order, '')}?`);
  }
  try {
    return { text, writer: fieldWriter(letter, name, escaped, slot) };
  } catch (error) {
    if (error instanceof Mistake) throw mistaken(format, text, at, error.message);
    throw error;
  }
}

const quoted: Escape = (value) => (value === '' ? '-' : escapeQuoted(value));
const bare: Escape = (value) => (value === '' ? '-' : escapeBare(value));

/** A literal, a field, a literal …: there is one literal more than fields. */
function join(literals: readonly string[], writers: readonly FieldWriter[]): LineWriter {
  const first = literals[0] as string;
  const steps = writers.map((write, at) => ({ write, after: literals[at + 1] as string }));
  return (entry) => {
    let line = first;
    for (const { write, after } of steps) line += write(entry) + after;
    return line;
  };
}

function mistaken(format: string, what: string, at: number, hint: string): OptionError {
  return new OptionError(
    'ERR_LOG_FORMAT',
    `access log format ${JSON.stringify(format)}: ${what} at character ${at + 1} is not known; ${hint}`,
  );
}
