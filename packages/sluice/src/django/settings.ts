// `settings`: those of the project that this process serves, from anywhere in it.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { isProject, moduleFile, SETTINGS_VARIABLE, settingsOf } from '../projects/django-layout.ts';
import { suggest } from '../suggest.ts';
import { type LoadedSettings, loadSettings, requireSettings } from './load-settings.ts';
import { ProjectSettings } from './project-settings.ts';

/** Which project. */
export interface ProjectChoice {
  /** Its folder; by default that of the script, else the working directory, whichever has a manage.js. */
  readonly root?: string;
  /** Its settings module: `mysite.settings`; by default what `SLUICE_SETTINGS_MODULE` says, else the only one. */
  readonly settings?: string;
}

const loaded = new Map<string, Promise<LoadedSettings>>();
const current = new Map<string, LoadedSettings>();

/** The folder of the project that this process is about. */
function findRoot(): string {
  const script = process.argv[1];
  const folders = [
    ...(script !== undefined && existsSync(script) ? [dirname(realpathSync(script))] : []),
    process.cwd(),
  ];
  const own = folders.find(isProject);
  return own ?? folders.find((each) => moduleFile(join(each, 'manage'))) ?? process.cwd();
}

/**
 * Loads the settings of a project, once.
 *
 * @throws OptionError `ERR_PROJECT_SETTINGS`, `ERR_OPTION_VALUE`
 */
export async function openSettings(choice: ProjectChoice = {}): Promise<LoadedSettings> {
  checkChoice(choice);
  const root = resolve(choice.root ?? findRoot());
  const module = choice.settings ?? settingsOf(root, process.env);
  const key = `${root}\n${module}`;
  const opening = loaded.get(key) ?? loadSettings(root, module);
  loaded.set(key, opening);
  opening.catch(() => loaded.delete(key)); // the next one may find them put right
  const settings = await opening;
  current.set(settings.file, settings);
  return settings;
}

function checkChoice(choice: ProjectChoice): void {
  if (typeof choice !== 'object' || choice === null)
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `a project is chosen by { root, settings }, not by ${JSON.stringify(choice)}`,
    );
  const known = ['root', 'settings'];
  const unknown = Object.keys(choice).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new OptionError(
      'ERR_OPTION_UNKNOWN',
      `there is no option ${unknown}${suggest(unknown, known)}`,
    );
  const { root } = choice;
  if (root !== undefined && !statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new OptionError(
      'ERR_PROJECT_SETTINGS',
      `option root: there is no folder ${resolve(root)}`,
    );
}

function currentSettings(): Readonly<ProjectSettings> {
  const [only, other] = current.values();
  if (only && other) {
    throw new OptionError(
      'ERR_PROJECT_SETTINGS',
      `two projects run in this process, with ${only.module} and ${other.module}: import the settings module itself`,
    );
  }
  if (only) return only.values;
  const root = findRoot();
  const first = requireSettings(root, settingsOf(root, process.env));
  current.set(first.file, first);
  return first.values;
}

/**
 * The settings of the project, with defaults for what it does not set. They are loaded when they are first
 * read, where nothing has done so before.
 *
 * @example
 * ```ts
 * import { settings } from 'sluice/django';
 *
 * if (settings.DEBUG) console.log(settings.ALLOWED_HOSTS);
 * ```
 */
export const settings: Readonly<ProjectSettings> = new Proxy(new ProjectSettings(), {
  get: (_target, name) => Reflect.get(currentSettings(), name),
  has: (_target, name) => Reflect.has(currentSettings(), name),
  ownKeys: () => Reflect.ownKeys(currentSettings()),
  getOwnPropertyDescriptor(_target, name) {
    const found = Reflect.getOwnPropertyDescriptor(currentSettings(), name);
    return found && { ...found, configurable: true, writable: true };
  },
  set(_target, name) {
    const why = `settings cannot be changed while they are in use (${String(name)}): change the settings module (${SETTINGS_VARIABLE} may name another one)`;
    throw new OptionError('ERR_PROJECT_SETTINGS', why);
  },
});
