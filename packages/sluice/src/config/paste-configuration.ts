// A file in Paste's style as a configuration: which servers it has, and which application each of them serves.
import { configuredName } from '../loading/application.ts';
import { CommandOptions } from '../options/command-options.ts';
import type { Report } from '../options/resolve.ts';
import { attempt } from './attempt.ts';
import type { Configuration, ConfiguredApplication, ConfiguredServer } from './configuration.ts';
import { originOf, PasteFile, type Setting } from './paste-file.ts';
import { isOutside } from './paste-import.ts';
import { readServer } from './paste-server.ts';
import { readUse } from './paste-use.ts';

/** A configuration in Paste's style. */
export class PasteConfiguration implements Configuration {
  readonly file: string;
  readonly #paste: PasteFile;

  /** @param path - absolute
   * @throws OptionError `ERR_CONFIG_FILE`, `ERR_CONFIG_SYNTAX`, `ERR_CONFIG_SECTION` */
  constructor(path: string) {
    this.file = path;
    this.#paste = new PasteFile(path);
  }

  get servers(): readonly string[] {
    return this.#paste.namesOf('server');
  }

  async server(name: string | undefined, report: Report): Promise<ConfiguredServer> {
    if (name === undefined) return { layers: [], application: this.#usual() };
    const { layer, application } = await readServer(this.#paste, name, CommandOptions, report);
    if (!application) return { layers: [layer], application: this.#usual() };
    const isThere = await attempt(report, () => isReference(application));
    if (!isThere) return { layers: [layer], application: undefined };
    const origin = originOf(application);
    const reference = configuredName(application.file.path, application.value);
    return { layers: [layer], application: { name: reference, origin } };
  }

  /** The application `main`, or the only one. */
  #usual(): ConfiguredApplication | undefined {
    const names = this.#paste.namesOf('application');
    const name = names.includes('main') || names.length !== 1 ? 'main' : (names[0] as string);
    const definition = this.#paste.find('application', name);
    if (!definition) return undefined;
    const { line, name: key } = definition.section;
    return {
      name: configuredName(this.file, name),
      origin: { from: 'file', file: this.file, line, key },
    };
  }
}

/** Whether an application is there, as far as that can be seen: a worker that looks in vain would not know the line. */
function isReference(application: Setting): true {
  if (!isOutside(application.value)) readUse(application, 'application');
  return true;
}
