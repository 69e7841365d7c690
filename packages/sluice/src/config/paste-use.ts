// `use = …` that leads to another section, of this file or of another one.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { suggest } from '../suggest.ts';
import { type Definition, KINDS, PasteFile, type Setting } from './paste-file.ts';

/**
 * The section that a setting names: `other`, or `config:other.ini#name`.
 *
 * @param setting - its value is the name
 * @param what - it has to define
 * @throws OptionError `ERR_CONFIG_SECTION` where there is none, `ERR_CONFIG_FILE` for a file that cannot be read
 */
export function readUse(setting: Setting, what: keyof typeof KINDS): Definition {
  const { value, file, line } = setting;
  if (value.startsWith('call:')) {
    const hint =
      what === 'server'
        ? 'use = egg:sluice#scgi'
        : `paste.${KINDS[what][0]}_factory = ./app.js:make`;
    throw file.mistake(line, `call: names Python here, ${value}: write ${hint}`);
  }
  const [, path, fragment] = /^config:([^#]*)(?:#(.*))?$/.exec(value) ?? [];
  const name = path === undefined ? value : (fragment ?? 'main');
  const there = path === undefined ? file : openOther(setting, path);
  const definition = there.find(what, name);
  if (definition) return definition;
  const where = path === undefined ? '' : ` in ${path}`;
  const names = there.namesOf(what);
  const others = names.length > 0 ? suggest(name, names) : '';
  throw file.mistake(line, `there is no section [${KINDS[what][0]}:${name}]${where}${others}`);
}

/** Another file; where that cannot be, the place that names it says so. */
function openOther({ file, line }: Setting, path: string): PasteFile {
  const other = resolve(file.folder, path);
  if (existsSync(other)) return new PasteFile(other);
  throw file.mistake(line, `there is no configuration file ${other}`);
}
