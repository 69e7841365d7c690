// The application that a configuration file makes, by a name that any worker can load: `config:/srv/site.ini#main`.
import { extname } from 'node:path';
import type { Application, ApplicationClass } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { placeOf } from '../options/origin.ts';
import { type Report, raise } from '../options/resolve.ts';

/**
 * Loads an application of a configuration file.
 *
 * @param path - absolute
 * @param name - of the application, in Paste's style; of the server, in a module
 * @param report - takes mistakes; by default the first one ends it
 * @throws OptionError with file and line of what is wrong
 */
export async function loadConfigured(
  path: string,
  name: string,
  report: Report = raise,
): Promise<Application | ApplicationClass> {
  if (extname(path) === '.ini') {
    const { PasteFile } = await import('./paste-file.ts');
    const { PasteBuilder } = await import('./paste-application.ts');
    const file = new PasteFile(path);
    return await new PasteBuilder(report).open({ key: 'application', value: name, file, line: 1 });
  }
  const { openScript } = await import('./script-configuration.ts');
  const configuration = await openScript(path);
  const application = configuration.exported(name === '' ? undefined : name);
  if (typeof application === 'function') return application as Application;
  throw new OptionError(
    'ERR_APPLICATION_LOAD',
    `${placeOf(path)} has no application that is a function`,
  );
}
