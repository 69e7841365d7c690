// What a project says of its servers, as a configuration: `sluice serve ./mysite --server NAME`.
import { readFileSync } from 'node:fs';
import type { Configuration } from '../config/configuration.ts';
import { ScriptConfiguration } from '../config/script-configuration.ts';
import { loadProject } from './find-project.ts';

/** The servers of a project, and what its author should know. */
export interface ProjectServers {
  /** Undefined: it says nothing of servers. */
  readonly configuration: Configuration | undefined;
  /** One line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the settings of a project; its application is not imported.
 *
 * @param name - its folder
 * @throws OptionError as its adapter does
 */
export async function projectServers(name: string): Promise<ProjectServers> {
  const { settings } = await loadProject(name);
  const { file, servers, warnings } = settings;
  if (file === undefined || Object.keys(servers).length === 0)
    return { configuration: undefined, warnings };
  // In a module the name is followed by an equals sign, in a configuration by a colon.
  const text = readFileSync(file, 'utf8').replace(/\bSERVERS\s*=/, 'servers:');
  return { configuration: new ScriptConfiguration(file, text, { servers }), warnings };
}
