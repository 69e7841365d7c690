// Where the parts of a Django-style project are: manage.js, and beside it a folder with settings.js.
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OptionError } from '@sluice/protocol';

/** Extensions of modules, the usual one first. */
export const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const;

/** The environment variable that names the settings module. */
export const SETTINGS_VARIABLE = 'SLUICE_SETTINGS_MODULE';

/** What makes a folder a project. */
export const LOOKS_FOR =
  'a Django-style project: manage.js, and beside it a folder with settings.js (sluice startproject writes one)';

/** The file of a module, whatever its extension; undefined: there is none. */
export function moduleFile(path: string): string | undefined {
  const files = EXTENSIONS.map((extension) => `${path}${extension}`);
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Whether a path is the folder of a project. */
export function isProject(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
  if (moduleFile(join(path, 'manage')) === undefined) return false;
  return packagesOf(path).length > 0 || Boolean(process.env[SETTINGS_VARIABLE]);
}

/** The folders of a project that have settings. */
function packagesOf(root: string): readonly string[] {
  const entries = readdirSync(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .filter((name) => hasSettings(join(root, name)));
}

/** Whether a folder has `settings.js`, or a folder of that name with an index. */
function hasSettings(folder: string): boolean {
  return [join(folder, 'settings'), join(folder, 'settings', 'index')].some(
    (path) => moduleFile(path) !== undefined,
  );
}

/**
 * The settings module of a project: the one that the environment names, else the only one.
 *
 * @returns its dotted name, or what the environment says
 * @throws OptionError `ERR_PROJECT_SETTINGS` when there are several, or none
 */
export function settingsOf(root: string, env: NodeJS.ProcessEnv): string {
  const named = env[SETTINGS_VARIABLE];
  if (named) return named;
  const found = packagesOf(root);
  const own = found.find((name) => name === basename(root)) ?? found[0];
  if (own !== undefined && (found.length === 1 || own === basename(root))) return `${own}.settings`;
  const why =
    found.length === 0
      ? `${root} has no folder with settings.js`
      : `${root} has several settings: ${found.map((name) => `${name}.settings`).join(', ')}`;
  throw new OptionError(
    'ERR_PROJECT_SETTINGS',
    `${why}; name one by ${SETTINGS_VARIABLE}, or by --settings for manage.js`,
  );
}
