// Modules that export an application: `app.js`, `app.js:name`.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { importApplication } from '../loading/module-application.ts';
import type { ProjectAdapter, ProjectPlace } from './adapter.ts';

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
      open: async () => (await importApplication(nameOf(place))).application,
    };
  },
};

function nameOf({ path, named }: ProjectPlace): string {
  return named === undefined ? path : `${path}:${named}`;
}
