// Imports the settings module of a project, and checks what it says.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@sluice/protocol';
import { placeOfMistake } from '../loading/import-module.ts';
import { findByName, optionsOf } from '../options/option.ts';
import { placeOf } from '../options/origin.ts';
import { readValue } from '../options/read-value.ts';
import { suggest } from '../suggest.ts';
import { findModule } from './find-module.ts';
import { ProjectSettings } from './project-settings.ts';

/** Settings that were loaded. */
export interface LoadedSettings {
  /** Folder of the project, where manage.js is. */
  readonly root: string;
  /** Of the project: the folder of its settings. */
  readonly name: string;
  /** As it was named: `mysite.settings`. */
  readonly module: string;
  /** The settings file, absolute. */
  readonly file: string;
  /** Complete, with defaults. */
  readonly values: Readonly<ProjectSettings>;
  /** What its author should know, one line each. */
  readonly warnings: readonly string[];
}

type Exports = Readonly<Record<string, unknown>>;

/** Names that these settings had in Django. */
const FORMER: Readonly<Record<string, string>> = { MIDDLEWARE_CLASSES: 'MIDDLEWARE' };

/**
 * Loads the settings of a project.
 *
 * @param root - its folder
 * @param module - `mysite.settings`, or a path such as `./mysite/settings.js`
 * @throws OptionError `ERR_PROJECT_SETTINGS` when the module cannot be found or imported, `ERR_OPTION_VALUE` with file and line of a value
 */
export async function loadSettings(root: string, module: string): Promise<LoadedSettings> {
  const file = settingsFile(root, module);
  try {
    return readSettings(root, module, file, (await import(pathToFileURL(file).href)) as Exports);
  } catch (error) {
    throw await failure(module, file, error);
  }
}

/** The same at once, for whoever reads a setting before anybody has loaded them. */
export function requireSettings(root: string, module: string): LoadedSettings {
  const file = settingsFile(root, module);
  try {
    return readSettings(root, module, file, createRequire(file)(file) as Exports);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    const why = error instanceof Error ? error.message : error;
    throw new OptionError('ERR_PROJECT_SETTINGS', `settings ${module}: ${why}`, error);
  }
}

async function failure(module: string, file: string, error: unknown): Promise<OptionError> {
  if (error instanceof OptionError) return error;
  const where = await placeOfMistake(file, error);
  return new OptionError(
    'ERR_PROJECT_SETTINGS',
    `settings ${module} (${placeOf(file)}) cannot be imported: ${where}`,
    error,
  );
}

function settingsFile(root: string, module: string): string {
  const found = findModule(root, module);
  if (found && found.named === undefined) return found.file;
  const path = module.replaceAll('.', '/');
  throw new OptionError(
    'ERR_PROJECT_SETTINGS',
    `there are no settings ${module}: looked for ${path}.js in ${root}. They are named by --settings or SLUICE_SETTINGS_MODULE, as in mysite.settings`,
  );
}

function readSettings(
  root: string,
  module: string,
  file: string,
  exported: Exports,
): LoadedSettings {
  const text = readFileSync(file, 'utf8');
  // A CommonJS module exports one object; its names are not always known to import.
  const plain = typeof exported.default === 'object' ? (exported.default as Exports) : {};
  const said = Object.entries({ ...plain, ...exported }).filter(([name]) => /^[A-Z]/.test(name));
  const declared = optionsOf(ProjectSettings);
  const values = new ProjectSettings();
  const warnings: string[] = [];
  for (const [key, value] of said) {
    const option = findByName(declared, key);
    const line = lineOf(text, key);
    const origin = { from: 'file', file, line, key } as const;
    if (option && value !== undefined) values[key] = readValue(option, { value, origin });
    else if (!option) {
      values[key] = value;
      const meant = likelyMeant(key);
      if (meant) warnings.push(`${placeOf(file, line)}: ${key} means nothing here${meant}`);
    }
  }
  checkServers(values, file, text);
  checkHosts(values, file, text);
  checkScriptName(values, file, text);
  const name = nameOf(root, file);
  return { root, name, module, file, values: Object.freeze(values), warnings };
}

/** `; did you mean DEBUG?` for what looks like it. */
function likelyMeant(name: string): string | undefined {
  const former = FORMER[name];
  if (former !== undefined) return `; it is ${former}`;
  const known = optionsOf(ProjectSettings).map((option) => option.name);
  const meant = suggest(name, known);
  return meant.includes('did you mean') ? meant : undefined;
}

function checkServers({ SERVERS }: ProjectSettings, file: string, text: string): void {
  const isObject = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject(SERVERS) && Object.values(SERVERS).every(isObject)) return;
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${placeOf(file, lineOf(text, 'SERVERS'))}: SERVERS has to be an object: options of a server by each name`,
  );
}

/** A name that no Host header can be: it would let nobody in, and say nothing. */
function checkHosts({ ALLOWED_HOSTS }: ProjectSettings, file: string, text: string): void {
  const wrong = ALLOWED_HOSTS.find(
    (host) => !/^(?:\*|\.?[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])$/i.test(host),
  );
  if (wrong === undefined) return;
  const plain = wrong.replace(/^[a-z]+:\/\//i, '').replace(/[/:].*$/, '');
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${placeOf(file, lineOf(text, 'ALLOWED_HOSTS'))}: ALLOWED_HOSTS cannot have ${JSON.stringify(wrong)}: they are names without protocol, port and path${plain ? `, as in ${JSON.stringify(plain)}` : ''}`,
  );
}

function checkScriptName(values: ProjectSettings, file: string, text: string): void {
  const { FORCE_SCRIPT_NAME: path } = values;
  if (path === null || path === '' || path.startsWith('/')) {
    values.FORCE_SCRIPT_NAME = path?.replace(/\/+$/, '') ?? null;
    return;
  }
  throw new OptionError(
    'ERR_OPTION_VALUE',
    `${placeOf(file, lineOf(text, 'FORCE_SCRIPT_NAME'))}: FORCE_SCRIPT_NAME has to begin with a slash, as in /blog, or be empty, or null`,
  );
}

/** The line that sets a name; undefined where it is exported in another way. */
function lineOf(text: string, name: string): number | undefined {
  const pattern = new RegExp(`^\\s*(?:(?:export\\s+)?(?:const|let|var)\\s+)?${name}\\s*[:=]`);
  const at = text.split('\n').findIndex((line) => pattern.test(line));
  return at < 0 ? undefined : at + 1;
}

function nameOf(root: string, file: string): string {
  const [first = '', ...more] = relative(root, file).split(sep);
  if (first === '..') return basename(dirname(file));
  return more.length === 0 ? basename(root) : first;
}
