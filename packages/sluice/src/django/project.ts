// A Django-style project as the contract of adapters has it.
import type { Project } from '../projects/adapter.ts';
import { openSettings } from './settings.ts';
import { buildApplication } from './wsgi.ts';

/**
 * Opens a project.
 *
 * @param root - its folder
 * @throws OptionError `ERR_PROJECT_SETTINGS`, `ERR_OPTION_VALUE`
 */
export async function openProject(root: string): Promise<Project> {
  const settings = await openSettings({ root });
  const { name, file, values, warnings } = settings;
  return {
    name,
    settings: { file, servers: values.SERVERS, warnings },
    open: () => buildApplication(settings),
  };
}
