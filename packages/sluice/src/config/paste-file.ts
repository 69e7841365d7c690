// A configuration file in Paste's style: its sections by kind and name, with the values that they have.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { type Origin, placeOf } from '../options/origin.ts';
import { type Report, raise } from '../options/resolve.ts';
import { suggest } from '../suggest.ts';
import { type Ini, type IniEntry, type IniSection, interpolate, parseIni } from './ini.ts';

/** A value in a file, and where it is. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly file: PasteFile;
  readonly line: number;
}

/** Values by key. */
export type Settings = ReadonlyMap<string, Setting>;

/** What a section says: for itself, and for everything that it uses. */
export interface SectionSettings {
  readonly own: Settings;
  /** `[DEFAULT]`, with what `set name = value` changes. */
  readonly global: Settings;
}

/** Kinds of sections by what they define. */
export const KINDS = {
  server: ['server'],
  application: ['app', 'application', 'composite', 'composit', 'pipeline', 'filter-app'],
  filter: ['filter'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A section that defines something. */
export interface Definition {
  readonly file: PasteFile;
  readonly kind: string;
  readonly name: string;
  readonly section: IniSection;
}

/** A file that was read. */
export class PasteFile {
  /** Absolute. */
  readonly path: string;
  readonly #ini: Ini;

  /**
   * @param path - absolute
   * @param text - of the file; it is read when this is left out
   * @throws OptionError `ERR_CONFIG_FILE` when it cannot be read, `ERR_CONFIG_SYNTAX`, `ERR_CONFIG_SECTION` for a section whose kind is misspelt
   */
  constructor(path: string, text = readText(path)) {
    this.path = path;
    this.#ini = parseIni(text, (line) => placeOf(path, line));
    for (const section of this.#ini.values()) this.#refuseMisspelt(section);
  }

  /** The folder of the file: what relative names are meant from. */
  get folder(): string {
    return dirname(this.path);
  }

  /** The names of all sections that define a server, an application or a filter, in order. */
  namesOf(what: keyof typeof KINDS): readonly string[] {
    const kinds: readonly string[] = KINDS[what];
    return [...this.#ini.keys()].flatMap((head) => {
      const { kind, name } = splitHead(head);
      return kinds.includes(kind) ? [name] : [];
    });
  }

  /**
   * The section that defines something; undefined: there is none.
   *
   * @throws OptionError `ERR_CONFIG_SECTION` when there are two
   */
  find(what: keyof typeof KINDS, wanted: string): Definition | undefined {
    const kinds: readonly string[] = KINDS[what];
    const found = [...this.#ini.values()].flatMap((section) => {
      const { kind, name } = splitHead(section.name);
      return kinds.includes(kind) && name === wanted ? [{ file: this, kind, name, section }] : [];
    });
    const [definition, other] = found;
    if (definition && other) {
      throw this.mistake(
        other.section.line,
        `[${other.section.name}] and [${definition.section.name}] (line ${definition.section.line}) are two sections of the same name`,
      );
    }
    return definition;
  }

  /**
   * What a section says, complete.
   *
   * @param section - of this file
   * @param outer - what `[DEFAULT]` and `set` say where this section is used: it goes before what they say here
   * @param report - takes mistakes of single values, which are left out then
   */
  read(section: IniSection, outer: Settings = new Map(), report: Report = raise): SectionSettings {
    const own = new Map<string, Setting>();
    const global = new Map([...this.#defaults(), ...outer, ...this.#builtIns()]);
    const gets: IniEntry[] = [];
    for (const entry of section.entries.values()) {
      const [, verb, name = entry.key] = /^(set|get)\s+(\S.*)$/.exec(entry.key) ?? [];
      if (verb === 'get') gets.push({ ...entry, key: name });
      else {
        try {
          (verb === 'set' ? global : own).set(name, this.#setting(name, entry, section));
        } catch (error) {
          report(error as OptionError);
        }
      }
    }
    for (const { key, value, line } of gets) {
      const found = global.get(value);
      if (!found) throw this.mistake(line, `there is no ${value} in [DEFAULT]`);
      own.set(key, { ...found, key, line, file: this });
    }
    return { own, global };
  }

  /** An error in a line of this file. */
  mistake(line: number, why: string, code: PasteCode = 'ERR_CONFIG_SECTION'): OptionError {
    return new OptionError(code, `${placeOf(this.path, line)}: ${why}`);
  }

  #builtIns(): Map<string, Setting> {
    const values = { here: this.folder, __file__: this.path };
    return new Map(
      Object.entries(values).map(([key, value]) => [key, { key, value, file: this, line: 1 }]),
    );
  }

  #defaults(): Map<string, Setting> {
    const defaults = new Map<string, Setting>();
    const section = this.#ini.get(DEFAULTS);
    for (const entry of section?.entries.values() ?? [])
      defaults.set(entry.key, this.#setting(entry.key, entry, section as IniSection));
    return defaults;
  }

  #setting(key: string, { value, line }: IniEntry, section: IniSection): Setting {
    const lookup = (name: string) =>
      section.entries.get(name)?.value ??
      this.#ini.get(DEFAULTS)?.entries.get(name)?.value ??
      { here: this.folder, __file__: this.path }[name]?.replaceAll('%', '%%');
    const fail = (why: string): never => {
      throw this.mistake(line, `${key}: ${why}`, 'ERR_CONFIG_SYNTAX');
    };
    return { key, value: interpolate(value, lookup, fail), file: this, line };
  }

  /** Sections of others, such as `[loggers]` or `[alembic]`, are none of our business. */
  #refuseMisspelt({ name, line }: IniSection): void {
    if (name === DEFAULTS) return;
    const { kind } = splitHead(name);
    const known = [...Object.values(KINDS).flat(), ...(name.includes(':') ? [] : [DEFAULTS])];
    if (known.includes(kind)) return;
    const near = suggest(kind, known);
    if (
      near.startsWith('; did you mean') &&
      (name.includes(':') || kind.toUpperCase() === DEFAULTS)
    )
      throw this.mistake(line, `[${name}] is no section that is known here${near}`);
  }
}

type PasteCode =
  | 'ERR_CONFIG_SECTION'
  | 'ERR_CONFIG_SYNTAX'
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_OPTION_VALUE'
  | 'ERR_APPLICATION_LOAD';

const DEFAULTS = 'DEFAULT';

/** The origin of a setting. */
export function originOf({ key, file, line }: Setting): Origin {
  return { from: 'file', file: file.path, line, key };
}

/** `[server:main]`, and `[server]`, which is the same. */
function splitHead(head: string): { kind: string; name: string } {
  const [kind = '', ...rest] = head.split(':');
  return { kind: kind.trim(), name: rest.length === 0 ? 'main' : rest.join(':').trim() };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as Error).message;
    throw new OptionError(
      'ERR_CONFIG_FILE',
      `the configuration file ${placeOf(path)} cannot be read: ${why}`,
      error,
    );
  }
}
