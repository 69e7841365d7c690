// Django-style projects. What they need beside their detection is loaded when one is served.
import { basename } from 'node:path';
import { OptionError } from '@sluice/protocol';
import type { ProjectAdapter } from './adapter.ts';
import { isProject, LOOKS_FOR, settingsOf } from './django-layout.ts';

/** Serves Django-style projects. */
export const djangoAdapter: ProjectAdapter = {
  name: 'django',
  looksFor: LOOKS_FOR,
  detect({ path, named }) {
    if (!isProject(path)) return undefined;
    if (named !== undefined) {
      throw new OptionError(
        'ERR_APPLICATION_LOAD',
        `${basename(path)}:${named}: a Django-style project has one application, which its settings name (WSGI_APPLICATION); --server chooses one of its SERVERS`,
      );
    }
    const why = `a Django-style project (settings ${settingsOf(path, process.env)})`;
    return { sure: 'certain', why };
  },
  async load({ path }) {
    const { openProject } = await import('../django/project.ts');
    return await openProject(path);
  },
};
