// What a section names outside of configuration files: a module, an npm package, another server, or something of ours.
import type { ApplicationKind } from '@sluice/adapters/kinds';
import { type Application, asApplication, demoApp, validator } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { looksLikeAddress } from '../addresses/address-url.ts';
import { absoluteName, isProjectFolder, openApplication } from '../loading/application.ts';
import { importFunction, type Wanted } from '../loading/import-module.ts';
import { importApplication } from '../loading/module-application.ts';
import { packagePath } from '../loading/package-path.ts';
import { placed } from '../options/origin.ts';
import { suggest } from '../suggest.ts';
import { originOf, type Setting } from './paste-file.ts';

/** What we have ourselves: `egg:sluice#demo`. */
const OURS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  application: { demo: demoApp },
  filter: { validator },
};

/** Whether a name leads outside of configuration files, when no section has it. */
export function isOutside(name: string): boolean {
  if (name.startsWith('config:')) return false;
  return (
    name === 'demo' ||
    name.startsWith('egg:') ||
    looksLikeAddress(name) ||
    /[/\\]|\.[a-z]+(?::[^:]*)?$/i.test(name)
  );
}

/**
 * Gets the function that a setting names.
 *
 * @param setting - `./filter.js:name`, `egg:package#name`
 * @param wanted - what it is
 * @throws OptionError `ERR_APPLICATION_LOAD` with file and line
 */
export async function importNamed(setting: Setting, wanted: Wanted): Promise<unknown> {
  const { what } = wanted;
  return await importBy(setting, what, (name, folder) => importFunction(name, wanted, folder));
}

/**
 * Gets the application that a setting names.
 *
 * @param setting - `./app.js:name`, `egg:package#name`, `scgi://127.0.0.1:4000`, `demo`
 * @param as - what a module exports, where that would be guessed wrong
 * @throws OptionError `ERR_APPLICATION_LOAD` and others, with file and line
 */
export async function importNamedApplication(
  setting: Setting,
  as: ApplicationKind | undefined,
): Promise<Application> {
  const made = await importBy(setting, 'application', async (name, folder) => {
    const isOther = name === 'demo' || looksLikeAddress(name) || isProjectFolder(name, folder);
    return isOther
      ? (await openApplication(absoluteName(name, folder), { as })).application
      : (await importApplication(name, { as, folder })).application;
  });
  return asApplication(made as Application);
}

async function importBy(
  setting: Setting,
  what: string,
  load: (name: string, folder: string | undefined) => Promise<unknown>,
): Promise<unknown> {
  const { value, file } = setting;
  try {
    const [, egg, name] = /^egg:([^#]+)(?:#(.*))?$/.exec(value) ?? [];
    if (egg === undefined) return await load(value, file.folder);
    if (egg.toLowerCase() === 'sluice' && name !== undefined) return ours(what, name);
    const path = packagePath(egg, file.folder);
    return await load(name === undefined ? path : `${path}:${name}`, undefined);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, placed(error.message, originOf(setting)), error);
  }
}

function ours(what: string, name: string): unknown {
  const known = OURS[what] ?? {};
  if (Object.hasOwn(known, name)) return known[name];
  const others = Object.keys(known).length > 0 ? suggest(name, Object.keys(known)) : '';
  throw new OptionError('ERR_APPLICATION_LOAD', `there is no ${what} egg:sluice#${name}${others}`);
}
