// An application by its name: module.js, module.js:name, the address of another server, or `demo`.
import { existsSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { looksLikeAddress } from './address-url.ts';
import { findServer } from './server-address.ts';

const NAMES = ['default', 'application', 'app'];

/** A module, and what of it is meant; undefined: one of the usual names. */
interface ModuleName {
  readonly file: string;
  readonly named: string | undefined;
}

/** The module of an application; undefined when its name is not that of a module. */
export function moduleOf(name: string): ModuleName | undefined {
  if (name === 'demo' || looksLikeAddress(name)) return undefined;
  const colon = name.lastIndexOf(':');
  const named = colon > 0 && !existsSync(name) ? name.slice(colon + 1) : undefined;
  return { file: named === undefined ? name : name.slice(0, colon), named };
}

/** The same name for a process in another directory. */
export function absoluteName(name: string): string {
  const module = moduleOf(name);
  if (!module) return name;
  const file = resolve(module.file);
  return module.named === undefined ? file : `${file}:${module.named}`;
}

/**
 * Loads an application.
 *
 * @param name - `module.js`, `module.js:name`, the address of a back-end, or `demo`
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
 */
export async function loadApplication(name: string): Promise<Application | ApplicationClass> {
  if (name === 'demo') return (await import('@sluice/gateway')).demoApp;
  if (looksLikeAddress(name)) {
    const { backEnd, target, options } = await findServer(name);
    return backEnd.open(target, options);
  }
  const { file, named } = moduleOf(name) as ModuleName;
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `there is no file ${path}; an application is named by its module (app.js, app.js:name), or by the address of a server`,
    );
  }
  if (statSync(path).isDirectory()) {
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `${file} is a directory; an application is named by its module (app.js, app.js:name)`,
    );
  }
  let module: Record<string, unknown>;
  try {
    importAnyExtension(path);
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const where = await placeOfMistake(path, error);
    throw new OptionError('ERR_APPLICATION_LOAD', `${file} cannot be imported: ${where}`, error);
  }
  const candidates = named === undefined ? NAMES : [named];
  const found = candidates.find((candidate) => typeof module[candidate] === 'function');
  if (found !== undefined) return module[found] as Application;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${file} exports no application: looked for a function named ${candidates.join(', ')}, found ${exported}. An application is (environ, startResponse) => body`,
  );
}

/** Extensions that Node knows. */
const KNOWN = new Set([
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
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
async function placeOfMistake(path: string, error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
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
