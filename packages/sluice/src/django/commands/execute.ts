// manage.js: finds the command, and tells a person's mistakes.
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { OptionError, SluiceError } from '@sluice/protocol';
import { EXIT, statusOf } from '../../commands/exit-status.ts';
import { warnOnce } from '../../options/warn-once.ts';
import { SETTINGS_VARIABLE } from '../../projects/django-layout.ts';
import { suggest } from '../../suggest.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { openSettings } from '../settings.ts';
import { BUILT_IN } from './built-in.ts';
import { helpOfOwn, ownCommands, runOwn } from './own-commands.ts';

/**
 * Runs a command of a project: all that its manage.js does.
 *
 * @example
 * ```ts
 * #!/usr/bin/env node
 * import { executeFromCommandLine } from 'sluice/django';
 *
 * process.env.SLUICE_SETTINGS_MODULE ??= 'mysite.settings';
 * await executeFromCommandLine(process.argv);
 * ```
 *
 * @param argv - node, the path of manage.js, then the command and its words; mistakes are told on the standard error stream, and set the exit status
 */
export async function executeFromCommandLine(argv: readonly string[]): Promise<void> {
  const [, script = 'manage.js', ...words] = argv;
  const program = basename(script);
  let command: string | undefined;
  try {
    const { settings, rest } = takeSettings(words);
    if (settings !== undefined) process.env[SETTINGS_VARIABLE] = settings;
    const [name = 'help', ...more] = rest;
    command = name;
    await execute(name, more, dirname(realpathSync(script)), program);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const of = command === undefined ? program : `${program} ${command}`;
    process.stderr.write(`${of}: ${error.message}\n`);
    process.exitCode = statusOf(error);
  }
}

/** Takes `--settings MODULE` out of the words, wherever it is. */
function takeSettings(words: readonly string[]) {
  const at = words.findIndex((word) => word === '--settings' || word.startsWith('--settings='));
  if (at < 0) return { settings: undefined, rest: words };
  const [word = '', next] = words.slice(at);
  const isJoined = word.includes('=');
  const settings = isJoined ? word.slice(word.indexOf('=') + 1) : next;
  if (!settings)
    throw new OptionError(
      'ERR_OPTION_VALUE',
      '--settings needs a module: --settings mysite.settings',
    );
  return { settings, rest: [...words.slice(0, at), ...words.slice(at + (isJoined ? 1 : 2))] };
}

async function execute(
  name: string,
  words: readonly string[],
  root: string,
  program: string,
): Promise<void> {
  if (name === 'help' || name === '--help' || name === '-h') {
    await help(words[0], root, program);
    return;
  }
  const settings = await openSettings({ root });
  for (const warning of settings.warnings) warnOnce(warning);
  const own = ownCommands(settings);
  const file = own.get(name);
  if (file !== undefined) {
    if (words.includes('--help')) await help(name, root, program);
    else await runOwn(file, words, settings);
    return;
  }
  const builtIn = BUILT_IN.get(name);
  if (!builtIn) throw unknown(name, own);
  if (words.includes('--help') || words.includes('-h')) process.stdout.write(await builtIn.help());
  else await builtIn.run(words, settings);
}

/** What there is; a project whose settings are wrong has help, too. */
async function help(command: string | undefined, root: string, program: string): Promise<void> {
  let settings: LoadedSettings | undefined;
  let trouble = '';
  try {
    settings = await openSettings({ root });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    trouble = `\nCommands of the project are not listed: ${error.message}\n`;
  }
  const own = settings ? ownCommands(settings) : new Map<string, string>();
  if (command === undefined) {
    process.stdout.write(usage(program, settings?.name, [...own.keys()]) + trouble);
    return;
  }
  const file = own.get(command);
  const builtIn = BUILT_IN.get(command);
  if (file !== undefined) {
    const text = (await helpOfOwn(file)) ?? `${command}: it has no help (export const help = '…')`;
    process.stdout.write(`${text.trimEnd()}\n`);
  } else if (builtIn) process.stdout.write(await builtIn.help());
  else throw unknown(command, own);
}

function usage(program: string, name: string | undefined, own: readonly string[]): string {
  const lines = [...BUILT_IN].map(([each, { summary }]) => `  ${each.padEnd(14)} ${summary}`);
  const mine = own.length === 0 ? '' : `\nCommands of ${name}:\n  ${own.join('\n  ')}\n`;
  return `Usage: ${program} COMMAND [--settings MODULE] …

${lines.join('\n')}
  ${'help'.padEnd(14)} this text, or that of a command: help runfcgi
${mine}
Settings are those of --settings, else of SLUICE_SETTINGS_MODULE. Exit status: 0 done, ${EXIT.failure} failure, ${EXIT.usage} wrong option.
`;
}

function unknown(name: string, own: ReadonlyMap<string, string>): OptionError {
  const names = [...BUILT_IN.keys(), 'help', ...own.keys()];
  return new OptionError(
    'ERR_OPTION_UNKNOWN',
    `there is no command ${name}${suggest(name, names)}`,
  );
}
