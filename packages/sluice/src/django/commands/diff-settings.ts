// `manage.js diffsettings`: what the settings module says, against the defaults.
import { inspect, isDeepStrictEqual } from 'node:util';
import { OptionError } from '@sluice/protocol';
import { hideSecrets } from '../../options/hide-secrets.ts';
import { suggest } from '../../suggest.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { ProjectSettings } from '../project-settings.ts';

/** The help text of the command. */
export const DIFFSETTINGS_HELP = `Usage: manage.js diffsettings [--all] [--settings MODULE]

Shows the settings that differ from the defaults, by name; "###" follows those that only this project has.
--all: those that do not differ as well, with "###" in front.
`;

/** Runs the command. */
export async function diffSettings(
  words: readonly string[],
  settings: LoadedSettings,
): Promise<void> {
  const wrong = words.find((word) => word !== '--all');
  if (wrong !== undefined)
    throw new OptionError(
      'ERR_OPTION_UNKNOWN',
      `there is no option ${wrong}${suggest(wrong, ['--all', '--settings'])}`,
    );
  process.stdout.write(differences(settings, words.length > 0));
}

/** The lines of the command. */
export function differences({ values }: Pick<LoadedSettings, 'values'>, all: boolean): string {
  const defaults = new ProjectSettings();
  const lines = Object.keys(values)
    .sort()
    .map((name) => {
      const value = inspect(shown(name, values[name]), { depth: 5, breakLength: Infinity });
      if (!Object.hasOwn(defaults, name)) return `${name} = ${value}  ###`;
      if (!isDeepStrictEqual(values[name], defaults[name])) return `${name} = ${value}`;
      return all ? `### ${name} = ${value}` : '';
    });
  return lines.map((line) => (line === '' ? '' : `${line}\n`)).join('');
}

/** A value without secrets. */
function shown(name: string, value: unknown): unknown {
  return (hideSecrets({ [name]: value }) as Record<string, unknown>)[name];
}
