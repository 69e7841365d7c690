// The application that a configuration file makes, by a name that any worker can load: `config:/srv/site.ini#main`.
import { extname } from 'node:path';
import type { ApplicationKind } from '@sluice/adapters/kinds';
import { OptionError } from '@sluice/protocol';
import { adaptGiven, type LoadedApplication } from '../loading/loaded-application.ts';
import { placeOf } from '../options/origin.ts';
import { type Report, raise } from '../options/resolve.ts';

/**
 * Loads an application of a configuration file.
 *
 * @param path - absolute
 * @param name - of the application, in Paste's style; of the server, in a module
 * @param report - takes mistakes; by default the first one ends it
 * @param as - what a configuration in JavaScript has for an application, where that would be guessed wrong
 * @throws OptionError with file and line of what is wrong
 */
export async function loadConfigured(
  path: string,
  name: string,
  report: Report = raise,
  as?: ApplicationKind,
): Promise<LoadedApplication> {
  if (extname(path) === '.ini') {
    const { PasteFile } = await import('./paste-file.ts');
    const { PasteBuilder } = await import('./paste-application.ts');
    const file = new PasteFile(path);
    if (as !== undefined) {
      const why = `option as does not say which application of ${placeOf(path)} it means: write as = ${as} below the use = of a module`;
      throw new OptionError('ERR_OPTION_COMBINATION', why);
    }
    const setting = { key: 'application', value: name, file, line: 1 };
    return { application: await new PasteBuilder(report).open(setting), about: undefined };
  }
  const { openScript } = await import('./script-configuration.ts');
  const configuration = await openScript(path);
  const application = configuration.exported(name === '' ? undefined : name);
  return await adaptGiven(application, `${placeOf(path)}: application`, as);
}
