// Reads text in the ini format as Python's ConfigParser and Paste do, and remembers the line of everything.
//
// Theory: a line is one of five, told by its first characters: blank, comment, section head, continuation
// (indented, while a value is open), entry. A blank line leaves the value open, as in Python; anything else
// that is not indented ends it. Names of sections and keys keep their case.
import { OptionError } from '@sluice/protocol';

/** `key = value`, or `key: value`. */
export interface IniEntry {
  readonly key: string;
  /** As written; lines that continue it follow after line feeds. */
  readonly value: string;
  readonly line: number;
}

/** A section with its entries. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  /** By key, in order. */
  readonly entries: ReadonlyMap<string, IniEntry>;
}

/** The sections of a text, by name, in order. */
export type Ini = ReadonlyMap<string, IniSection>;

/**
 * Reads a text.
 *
 * @param text - of the file
 * @param place - gives a line its name in messages: `site.ini:4`
 * @throws OptionError `ERR_CONFIG_SYNTAX` for what is no line of this format, and for what is there twice
 */
export function parseIni(text: string, place: (line: number) => string): Ini {
  const reader = new IniReader(place);
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  return reader.finish();
}

class IniReader {
  readonly #place: (line: number) => string;
  readonly #sections = new Map<string, IniSection>();
  #section: { readonly name: string; readonly entries: Map<string, IniEntry> } | undefined;
  #open: { readonly key: string; readonly line: number; readonly values: string[] } | undefined;

  constructor(place: (line: number) => string) {
    this.#place = place;
  }

  read(whole: string, line: number): void {
    const content = whole.trim();
    if (content === '' || /^[#;]/.test(content)) return;
    if (/^\s/.test(whole)) {
      if (!this.#open)
        throw this.#mistake(line, 'an indented line continues a value, and there is none above it');
      this.#open.values.push(content);
      return;
    }
    this.#close();
    if (content.startsWith('[')) this.#begin(content, line);
    else this.#enter(content, line);
  }

  finish(): Ini {
    this.#close();
    return this.#sections;
  }

  #begin(content: string, line: number): void {
    const name = /^\[([^\]]+)\]$/.exec(content)?.[1]?.trim();
    if (!name)
      throw this.#mistake(line, 'a section begins with its name in brackets: [server:main]');
    const other = this.#sections.get(name);
    if (other)
      throw this.#mistake(line, `section [${name}] is there already, in line ${other.line}`);
    this.#section = { name, entries: new Map() };
    this.#sections.set(name, { ...this.#section, line });
  }

  #enter(content: string, line: number): void {
    const [, key = '', value = ''] = /^([^=:]*)[=:](.*)$/s.exec(content) ?? [];
    const name = key.trim();
    if (name === '') {
      const shown = JSON.stringify(content);
      throw this.#mistake(line, `this is neither a section [name] nor name = value: ${shown}`);
    }
    if (!this.#section) {
      const why = `${name} is in no section: a line such as [server:main] or [DEFAULT] comes first`;
      throw this.#mistake(line, why);
    }
    const other = this.#section.entries.get(name);
    if (other)
      throw this.#mistake(
        line,
        `${name} is there already in [${this.#section.name}], line ${other.line}`,
      );
    this.#open = { key: name, line, values: [value.trim()] };
  }

  #close(): void {
    if (!this.#open) return;
    const { key, line, values } = this.#open;
    this.#section?.entries.set(key, { key, line, value: values.join('\n').trim() });
    this.#open = undefined;
  }

  #mistake(line: number, why: string): OptionError {
    return new OptionError('ERR_CONFIG_SYNTAX', `${this.#place(line)}: ${why}`);
  }
}

const DEEPEST = 10; // as in Python: what goes deeper goes round in circles

/**
 * Puts values for `%(name)s`, and `%` for `%%`.
 *
 * @param value - as written
 * @param lookup - gives the value of a name, as written; undefined: there is none
 * @param fail - throws, with a reason
 */
export function interpolate(
  value: string,
  lookup: (name: string) => string | undefined,
  fail: (why: string) => never,
  depth = 0,
): string {
  if (depth > DEEPEST) fail('the value contains itself');
  return value.replace(/%(?:%|\(([^)]*)\)s|)/g, (found, name: string | undefined) => {
    if (found === '%%') return '%';
    if (name === undefined) return fail('% is written %%, and a value is put in by %(name)s');
    const text = lookup(name);
    if (text === undefined)
      return fail(`%(${name})s: neither this section nor [DEFAULT] has ${name}`);
    return interpolate(text, lookup, fail, depth + 1);
  });
}
