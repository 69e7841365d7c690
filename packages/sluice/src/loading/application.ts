// An application by its name: module.js, module.js:name, the folder of a project, the address of another server, `config:file.ini#name`, or `demo`.
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Application, type ApplicationClass, demoApp } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { absoluteAddress } from '../addresses/absolute-address.ts';
import { looksLikeAddress, shownName } from '../addresses/address-url.ts';
import { findServer } from '../addresses/server-address.ts';
import { splitName } from './import-module.ts';
import { adaptGiven, type LoadedApplication } from './loaded-application.ts';
import { type ImportOptions, importApplication } from './module-application.ts';

const CONFIGURED = /^config:([^#]+)(?:#(.*))?$/;

/** The name of an application that a configuration file makes; `config:/srv/site.ini#main`. */
export function configuredName(file: string, name: string): string {
  return `config:${file}#${name}`;
}

/** The file that holds an application, or says what it is made of; undefined when there is none. */
function fileOf(name: string): string | undefined {
  const file = CONFIGURED.exec(name)?.[1];
  if (file !== undefined) return file;
  return name === 'demo' || looksLikeAddress(name) ? undefined : splitName(name).file;
}

/** The folder of an application's sources; undefined when it has none. */
export function folderOf(name: string): string | undefined {
  const file = fileOf(name);
  if (file === undefined) return undefined;
  return isFolder(file) ? resolve(file) : dirname(resolve(file));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether a name leads to the folder of a project. */
export function isProjectFolder(name: string, folder = '.'): boolean {
  if (name === 'demo' || looksLikeAddress(name)) return false;
  return isFolder(resolve(folder, splitName(name, folder).file));
}

/**
 * The same name for a process in another directory.
 *
 * @param folder - relative names are meant from here
 */
export function absoluteName(name: string, folder = '.'): string {
  const [, configuration, section = 'main'] = CONFIGURED.exec(name) ?? [];
  if (configuration !== undefined) return configuredName(resolve(folder, configuration), section);
  if (name === 'demo') return name;
  if (looksLikeAddress(name)) return absoluteAddress(name, folder);
  const { file, named } = splitName(name, folder);
  const path = resolve(folder, file);
  return named === undefined ? path : `${path}:${named}`;
}

/** How {@link openApplication} opens one. */
export interface OpenOptions extends Pick<ImportOptions, 'as' | 'once'> {
  /** Takes mistakes of a configuration file instead of ending at the first one. */
  readonly report?: ((mistake: OptionError) => void) | undefined;
}

/**
 * Loads an application.
 *
 * @param name - `module.js`, `module.js:name`, the folder of a project, the address of a back-end, `config:file.ini#name`, or `demo`
 * @param report - takes mistakes of a configuration file instead of ending at the first one
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for; `ERR_ADAPTER_UNKNOWN` for an
 * export that is no application
 */
export async function loadApplication(
  name: string,
  report?: (mistake: OptionError) => void,
): Promise<Application | ApplicationClass> {
  return (await openApplication(name, { report })).application;
}

/** Opens an application by its name, or makes one of what was given. @throws OptionError as {@link loadApplication} */
export async function openApplication(
  given: unknown,
  { as, once, report }: OpenOptions = {},
): Promise<LoadedApplication> {
  if (typeof given !== 'string') return await adaptGiven(given, 'the application', as);
  if (isModule(given)) return await importApplication(given, { as, once });
  const [, file, section = 'main'] = CONFIGURED.exec(given) ?? [];
  if (file !== undefined) {
    const { loadConfigured } = await import('../config/configured-application.ts');
    return await loadConfigured(resolve(file), section, report, as);
  }
  if (as !== undefined) {
    const why = `option as says what a module exports, and ${shownName(given)} is none`;
    throw new OptionError('ERR_OPTION_COMBINATION', why);
  }
  return { application: await openOther(given), about: undefined };
}

function isModule(name: string): boolean {
  const isOther = name === 'demo' || CONFIGURED.test(name) || looksLikeAddress(name);
  return !isOther && !isProjectFolder(name);
}

/** The application of what is no module. */
async function openOther(name: string): Promise<Application | ApplicationClass> {
  if (name === 'demo') return demoApp;
  if (looksLikeAddress(name)) {
    const { backEnd, target, options } = await findServer(name);
    return backEnd.open(target, options);
  }
  const { loadProject } = await import('../projects/find-project.ts');
  return await (await loadProject(name)).open();
}
