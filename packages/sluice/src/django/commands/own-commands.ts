// Commands of a project: modules in <name>/commands/, each by the name of its file.
import { existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError } from '@sluice/protocol';
import { importFunction } from '../../loading/import-module.ts';
import { EXTENSIONS } from '../../projects/django-layout.ts';
import type { LoadedSettings } from '../load-settings.ts';
import type { ProjectSettings } from '../project-settings.ts';

/** What a command knows of its project. */
export interface CommandContext {
  /** Folder of the project, where manage.js is. */
  readonly root: string;
  readonly settings: Readonly<ProjectSettings>;
}

/**
 * A command: the default export of a module in `<name>/commands/`. What the module exports as `help` is
 * shown by `manage.js help`.
 *
 * @param words - what followed its name
 * @param context - see {@link CommandContext}
 * @returns a number is the exit status
 */
export type ManageCommand = (words: readonly string[], context: CommandContext) => unknown;

/** The commands of a project: files by their names. */
export function ownCommands({ root, name }: LoadedSettings): ReadonlyMap<string, string> {
  const folder = join(root, name, 'commands');
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const modules = files.filter(
    (file) => /^\w/.test(file) && !file.startsWith('_') && !file.endsWith('.d.ts'),
  );
  return new Map(
    modules
      .filter((file) => (EXTENSIONS as readonly string[]).includes(extname(file)))
      .map((file) => [file.slice(0, -extname(file).length), join(folder, file)]),
  );
}

/** Runs a command. @throws OptionError `ERR_APPLICATION_LOAD` when its module cannot be imported or exports none */
export async function runOwn(
  file: string,
  words: readonly string[],
  { root, values }: LoadedSettings,
): Promise<void> {
  const command = (await importFunction(file, {
    what: 'command',
    usual: ['default'],
    shape: 'A command is (words, { root, settings }) => exit status or nothing',
  })) as ManageCommand;
  const status = await command(words, { root, settings: values });
  if (typeof status === 'number') process.exitCode = status;
}

/** The help text of a command; undefined: its module exports none. */
export async function helpOfOwn(file: string): Promise<string | undefined> {
  try {
    const { help } = (await import(pathToFileURL(file).href)) as { help?: unknown };
    return typeof help === 'string' ? help : undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new OptionError('ERR_APPLICATION_LOAD', `${file} cannot be imported: ${why}`, error);
  }
}
