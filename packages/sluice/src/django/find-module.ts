// Finds what a setting names: `mysite.wsgi.application`, `./mysite/wsgi.js:application`, or an npm package.
import { relative, resolve } from 'node:path';
import { type Application, asApplication } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { importFunction, splitName, type Wanted } from '../loading/import-module.ts';
import { importApplication } from '../loading/module-application.ts';
import { packagePath } from '../loading/package-path.ts';
import { EXTENSIONS, moduleFile } from '../projects/django-layout.ts';

/** A module that a setting names. */
export interface FoundModule {
  /** Absolute. */
  readonly file: string;
  /** What of it is meant; undefined: one of the usual names. */
  readonly named: string | undefined;
}

const EXTENSION = new RegExp(
  `(?:${EXTENSIONS.map((extension) => `\\${extension}`).join('|')})(?::[^:/]*)?$`,
);

/** Whether a name is the path of a file. */
function isPath(name: string): boolean {
  return /^(?:\.{0,2}\/)/.test(name) || EXTENSION.test(name);
}

/**
 * The module that a dotted name or a path leads to.
 *
 * @param root - of the project; names are meant from there
 * @param name - `mysite.wsgi`, `mysite.wsgi.application`, `./mysite/wsgi.js`, `./mysite/wsgi.js:application`
 * @returns undefined: it leads nowhere
 */
export function findModule(root: string, name: string): FoundModule | undefined {
  if (isPath(name)) {
    const { file, named } = splitName(name, root);
    return { file: resolve(root, file), named };
  }
  if (!/^[\w$-]+(?:\.[\w$-]+)*$/.test(name)) return undefined;
  const parts = name.split('.');
  for (const [rest, named] of [[parts], [parts.slice(0, -1), parts.at(-1)]] as const) {
    const path = resolve(root, ...rest);
    const file =
      rest.length === 0 ? undefined : (moduleFile(path) ?? moduleFile(resolve(path, 'index')));
    if (file !== undefined) return { file, named };
  }
  return undefined;
}

/**
 * A function that a setting names.
 *
 * @param root - of the project
 * @param name - dotted, a path, or a package
 * @param wanted - what it is
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
 */
export async function importNamed(root: string, name: string, wanted: Wanted): Promise<unknown> {
  return await importFunction(nameBelow(root, name), wanted, root);
}

/**
 * The application that a setting names.
 *
 * @param root - of the project
 * @param name - dotted, a path, or a package
 * @throws OptionError as {@link importApplication}
 */
export async function importNamedApplication(root: string, name: string): Promise<Application> {
  const { application } = await importApplication(nameBelow(root, name), { folder: root });
  return asApplication(application);
}

/** `module.js:name`, as seen from the project. */
function nameBelow(root: string, name: string): string {
  const { file, named } = findModule(root, name) ?? findPackage(root, name);
  const shown = relative(root, file).startsWith('..') ? file : relative(root, file);
  return named === undefined ? shown : `${shown}:${named}`;
}

function findPackage(root: string, name: string): FoundModule {
  const [, own = name, named] = /^([^:]+)(?::(.*))?$/.exec(name) ?? [];
  try {
    return { file: packagePath(own, root), named };
  } catch (error) {
    const path = name.replaceAll('.', '/');
    const parent = path.includes('/') ? ` or ${path.replace(/\/[^/]*$/, '')}.js` : '';
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `there is no module ${name}: looked for ${path}.js${parent} in ${root}, and for an npm package ${own}`,
      error,
    );
  }
}
