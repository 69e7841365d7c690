// Imports modules that a person named, whatever their extension, and says what is wrong with them, and where.
import { existsSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@sluice/protocol';
import { ownStack } from './own-stack.ts';
import { typescriptMistake } from './typescript-sources.ts';

/** A module, and what of it is meant; undefined: one of the usual names. */
export interface ModuleName {
  readonly file: string;
  readonly named: string | undefined;
}

/**
 * Takes `module.js:name` apart.
 *
 * @param folder - relative names are meant from here
 */
export function splitName(name: string, folder = '.'): ModuleName {
  const colon = name.lastIndexOf(':');
  const isNamed = colon > 0 && !existsSync(resolve(folder, name));
  return isNamed
    ? { file: name.slice(0, colon), named: name.slice(colon + 1) }
    : { file: name, named: undefined };
}

/** What is looked for in a module. */
export interface Wanted {
  /** `application`, with its article. */
  readonly what: string;
  /** Names by which it may be exported where none is said. */
  readonly usual: readonly string[];
  /** What it looks like, for a person whose module has none. */
  readonly shape: string;
  /** Whether what it makes is an application, of whichever kind. */
  readonly makesApplication?: boolean;
}

/**
 * A function that a module exports.
 *
 * @param name - `module.js` or `module.js:name`
 * @param wanted - what it is
 * @param folder - relative names are meant from here
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
 */
export async function importFunction(
  name: string,
  { what, usual, shape }: Wanted,
  folder = '.',
): Promise<unknown> {
  const { file, named } = splitName(name, folder);
  const module = await importModule(file, resolve(folder, file), what);
  const candidates = named === undefined ? usual : [named];
  const found = candidates.find((candidate) => typeof module[candidate] === 'function');
  if (found !== undefined) return module[found];
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${file} exports no ${what}: looked for a function named ${candidates.join(', ')}, found ${exported}. ${shape}`,
  );
}

/**
 * Imports a module.
 *
 * @param file - as a person named it
 * @param path - absolute
 * @param what - is wanted of it
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what is wrong, and where
 */
export async function importModule(
  file: string,
  path: string,
  what: string,
): Promise<Record<string, unknown>> {
  const names = `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} is named by its module (app.js, app.js:name)`;
  if (!existsSync(path)) {
    const or = what === 'application' ? ', or by the address of a server' : '';
    throw new OptionError('ERR_APPLICATION_LOAD', `there is no file ${path}; ${names}${or}`);
  }
  if (statSync(path).isDirectory())
    throw new OptionError('ERR_APPLICATION_LOAD', `${file} is a directory; ${names}`);
  try {
    importAnyExtension(path);
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const types = typescriptMistake(error);
    if (types !== undefined)
      throw new OptionError('ERR_APPLICATION_LOAD', `${file} cannot be imported: ${types}`);
    const where = await placeOfMistake(path, error);
    throw new OptionError('ERR_APPLICATION_LOAD', `${file} cannot be imported: ${where}`, error);
  }
}

/** Extensions that Node knows. */
const KNOWN = new Set([
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
  '.tsx',
  '.jsx',
  '.node',
  '.json',
  '.wasm',
  '',
]);

/** Makes Node import a file as an ES module whose extension it does not know: `site.fcgi`. */
function importAnyExtension(path: string): void {
  const hook = hookFor(path);
  if (hook !== undefined) register(hook);
}

/** The loader hook that a file needs; undefined where Node knows its extension. */
function hookFor(path: string): string | undefined {
  if (KNOWN.has(extname(path))) return undefined;
  const url = JSON.stringify(pathToFileURL(path).href);
  const hook = `import { readFile } from 'node:fs/promises';
export const load = async (url, context, next) => url === ${url}
  ? { format: 'module', source: await readFile(new URL(url)), shortCircuit: true }
  : next(url, context);`;
  return `data:text/javascript,${encodeURIComponent(hook)}`;
}

/**
 * What went wrong, and where. Node keeps the place of a mistake of syntax to itself until nobody catches
 * it: another process that imports the same says it. Nothing of the application runs there.
 */
export async function placeOfMistake(path: string, error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  const stack = ownStack(error);
  if (!(error instanceof SyntaxError) || stack.includes('file://')) return stack;
  const hook = hookFor(path);
  const before = hook
    ? `import { register } from 'node:module'; register(${JSON.stringify(hook)});`
    : '';
  const code = `${before} await import(${JSON.stringify(pathToFileURL(path).href)});`;
  const words = ['--input-type=module', '-e', code];
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 10_000 });
  const told = /^file:[\s\S]*?SyntaxError: [^\n]*/m.exec(stderr)?.[0];
  return told ? `\n${told}` : stack;
}
