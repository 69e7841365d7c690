// The application of a project: what WSGI_APPLICATION names, with what the settings put around it.
import { pathToFileURL } from 'node:url';
import { type Application, asApplication } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import type { Wanted } from '../loading/import-module.ts';
import { checkHosts } from './allowed-hosts.ts';
import { findModule, importNamed, importNamedApplication } from './find-module.ts';
import { forceScriptName } from './force-script-name.ts';
import type { LoadedSettings } from './load-settings.ts';
import { openSettings, type ProjectChoice } from './settings.ts';

const MIDDLEWARE: Wanted = {
  what: 'middleware',
  usual: ['default', 'middleware'],
  shape: 'A middleware is (application) => application',
};

/** Files of modules that are being imported. */
const importing = new Set<string>();

/**
 * The application of a project, as every way to serve it has it: ALLOWED_HOSTS are checked, then
 * FORCE_SCRIPT_NAME is set, then each of MIDDLEWARE gets the request, then what WSGI_APPLICATION names.
 *
 * @example
 * ```ts
 * import { serve } from 'sluice';
 * import { getWsgiApplication } from 'sluice/django';
 *
 * await serve(await getWsgiApplication(), { listen: ['scgi://127.0.0.1:4000'] });
 * ```
 *
 * @param choice - which project; that of the script or the working directory by default
 * @throws OptionError `ERR_PROJECT_SETTINGS`, `ERR_OPTION_VALUE`, `ERR_APPLICATION_LOAD`, saying what is wrong and where
 */
export async function getWsgiApplication(choice: ProjectChoice = {}): Promise<Application> {
  refuseCircle(new Error().stack ?? '');
  return await buildApplication(await openSettings(choice));
}

/** A module that waits for an application that waits for the module would never end. */
function refuseCircle(stack: string): void {
  const caller = [...importing].find(
    (file) => stack.includes(file) || stack.includes(pathToFileURL(file).href),
  );
  if (caller === undefined) return;
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${caller} is what WSGI_APPLICATION names, and calls getWsgiApplication(), which imports it: export the application itself there`,
  );
}

/** Builds the application that settings describe. */
export async function buildApplication(settings: LoadedSettings): Promise<Application> {
  const { root, name, values } = settings;
  const wanted = values.WSGI_APPLICATION ?? `${name}.wsgi.application`;
  let application = await told('WSGI_APPLICATION', settings, () => importGuarded(root, wanted));
  for (const each of [...values.MIDDLEWARE].reverse())
    application = await told('MIDDLEWARE', settings, () => wrapped(root, each, application));
  if (values.FORCE_SCRIPT_NAME !== null)
    application = forceScriptName(application, values.FORCE_SCRIPT_NAME);
  return checkHosts(application, values);
}

async function importGuarded(root: string, name: string): Promise<Application> {
  const file = findModule(root, name)?.file;
  if (file !== undefined) importing.add(file);
  try {
    return await importNamedApplication(root, name);
  } finally {
    if (file !== undefined) importing.delete(file);
  }
}

async function wrapped(root: string, name: string, inner: Application): Promise<Application> {
  const middleware = (await importNamed(root, name, MIDDLEWARE)) as (
    application: Application,
  ) => unknown;
  const outer = await middleware(inner);
  if (typeof outer === 'function') return asApplication(outer as Application);
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${name} has returned ${outer === null ? 'null' : typeof outer}. ${MIDDLEWARE.shape}`,
  );
}

/** Says of which setting a mistake is. */
async function told<Result>(
  setting: string,
  { module }: LoadedSettings,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, `${setting} of ${module}: ${error.message}`, error);
  }
}
