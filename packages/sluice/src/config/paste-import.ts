// What a section names outside of configuration files: a module, an npm package, another server, or something of ours.
import { demoApp, validator } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { looksLikeAddress } from '../address-url.ts';
import { absoluteName, isProjectFolder, loadApplication } from '../application.ts';
import { importFunction, type Wanted } from '../import-module.ts';
import { placed } from '../options/origin.ts';
import { packagePath } from '../package-path.ts';
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
 * Gets what a setting names.
 *
 * @param setting - `./app.js:name`, `egg:package#name`, `scgi://127.0.0.1:4000`, `demo`
 * @param wanted - what it is
 * @throws OptionError `ERR_APPLICATION_LOAD` with file and line
 */
export async function importNamed(setting: Setting, wanted: Wanted): Promise<unknown> {
  const { value, file } = setting;
  try {
    const [, egg, name] = /^egg:([^#]+)(?:#(.*))?$/.exec(value) ?? [];
    if (egg === undefined) {
      const isNamed =
        value === 'demo' || looksLikeAddress(value) || isProjectFolder(value, file.folder);
      if (wanted.what === 'application' && isNamed)
        return await loadApplication(absoluteName(value, file.folder));
      return await importFunction(value, wanted, file.folder);
    }
    if (egg.toLowerCase() === 'sluice' && name !== undefined) return ours(wanted.what, name);
    const path = packagePath(egg, file.folder);
    return await importFunction(name === undefined ? path : `${path}:${name}`, wanted);
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
