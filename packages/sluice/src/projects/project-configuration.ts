// What a project says of its servers, as a configuration: `sluice serve ./mysite --server NAME`.
import { readFileSync } from 'node:fs';
import { OptionError } from '@sluice/protocol';
import type { Configuration } from '../config/configuration.ts';
import { lineOfKey } from '../config/key-lines.ts';
import { ScriptConfiguration } from '../config/script-configuration.ts';
import { placeOf } from '../options/origin.ts';
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
  for (const [server, options] of Object.entries(servers))
    if (Object.hasOwn(options, 'application')) throw ownApplication(file, text, server);
  return { configuration: new ScriptConfiguration(file, text, { servers }), warnings };
}

/** Unlike a configuration file, a project has one application. */
function ownApplication(file: string, text: string, server: string): OptionError {
  const line = lineOfKey(text, ['servers', server, 'application']);
  return new OptionError(
    'ERR_OPTION_UNKNOWN',
    `${placeOf(file, line)}: there is no option application here: servers of a project have its application`,
  );
}
