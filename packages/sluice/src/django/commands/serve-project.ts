// `manage.js serve` and `manage.js check`: what sluice serve and sluice check do, for this project.
import { OptionError } from '@sluice/protocol';
import { checkSources } from '../../commands/check.ts';
import { serveSources } from '../../commands/serve.ts';
import { openSources, type Sources } from '../../commands/settings.ts';
import { readWords } from '../../commands/words.ts';
import { CommandOptions } from '../../options/command-options.ts';
import type { LoadedSettings } from '../load-settings.ts';

/** The help text of `serve`. */
export const SERVE_HELP = `Usage: manage.js serve [--server NAME] [option …] [--settings MODULE]

Serves this project with the options of one of its SERVERS: main, the only one, or --server NAME.
The options of sluice serve go before them: sluice serve --help.
`;

/** The help text of `check`. */
export const CHECK_HELP = `Usage: manage.js check [--server NAME] [option …] [--settings MODULE]

Says what is wrong with the settings of this project, its application, its MIDDLEWARE and its SERVERS, all of it, and
starts nothing. Exit status: 0 nothing is wrong, 2 something is.
`;

/** Runs `serve`. */
export async function serveProject(
  words: readonly string[],
  settings: LoadedSettings,
): Promise<void> {
  await serveSources(await sourcesOf(words, settings));
}

/** Runs `check`. */
export async function checkProject(
  words: readonly string[],
  settings: LoadedSettings,
): Promise<void> {
  await checkSources(await sourcesOf(words, settings), 'manage.js check');
}

async function sourcesOf(words: readonly string[], { root }: LoadedSettings): Promise<Sources> {
  const said = readWords(words, CommandOptions);
  if (said.application !== undefined)
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `${said.application} is too many: this project is served`,
    );
  // A configuration file that happens to be in the working directory is about something else.
  const origin = { from: 'call', name: 'config' } as const;
  const layer = new Map([['config', { value: null, origin }], ...said.layer]);
  return await openSources({ ...said, application: root, layer }, process.env);
}
