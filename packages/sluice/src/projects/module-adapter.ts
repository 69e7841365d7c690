// Modules that export an application: `app.js`, `app.js:name`.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { importFunction, type Wanted } from '../import-module.ts';
import type { ProjectAdapter, ProjectPlace } from './adapter.ts';

/** What the module of an application exports. */
export const APPLICATION: Wanted = {
  what: 'application',
  usual: ['default', 'application', 'app'],
  shape: 'An application is (environ, startResponse) => body',
};

/**
 * The application of a module.
 *
 * @param name - `app.js` or `app.js:name`
 * @throws OptionError `ERR_APPLICATION_LOAD`, saying what was looked for
 */
export async function importApplication(name: string): Promise<Application | ApplicationClass> {
  return (await importFunction(name, APPLICATION)) as Application | ApplicationClass;
}

/** Serves modules. */
export const moduleAdapter: ProjectAdapter = {
  name: 'module',
  looksFor: 'a module, named by its file: app.js, app.js:name',
  detect({ path }) {
    const isFile = existsSync(path) && statSync(path).isFile();
    return isFile ? { sure: 'likely', why: 'a module' } : undefined;
  },
  async load(place) {
    return {
      name: basename(place.path),
      settings: { file: undefined, servers: {}, warnings: [] },
      open: () => importApplication(nameOf(place)),
    };
  },
};

function nameOf({ path, named }: ProjectPlace): string {
  return named === undefined ? path : `${path}:${named}`;
}
