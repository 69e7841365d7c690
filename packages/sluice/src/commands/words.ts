// The words of a command that serves an application.
import { parseArgs } from 'node:util';
import { OptionError } from '@sluice/protocol';
import { optionsOf } from '../options/option.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { suggest } from '../suggest.ts';

/** Takes the words of a command apart: one application, and options of a class. @throws OptionError */
export function readWords(
  words: readonly string[],
  optionClass: new () => ServeOptions = ServeOptions,
): {
  application: string | undefined;
  given: Record<string, unknown>;
  help: boolean;
} {
  const declared = shownOptions(optionClass);
  const flags = Object.fromEntries(
    declared.map(({ flag, type }) => [
      flag,
      { type: type === 'boolean' ? 'boolean' : 'string', multiple: type === 'list' } as const,
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: { ...flags, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name === 'help') continue;
    const option = declared.find(({ flag }) => flag === token.name);
    if (!option)
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${token.rawName}${suggest(
          token.name,
          declared.map(({ flag }) => flag),
        )}`,
      );
    const { flag, name, type, placeholder, verbatim } = option;
    if (type === 'boolean' ? token.value !== undefined : token.value === undefined) {
      throw new OptionError(
        'ERR_OPTION_VALUE',
        type === 'boolean'
          ? `--${flag} takes no value`
          : `--${flag} needs a value: --${flag} ${placeholder}`,
      );
    }
    const value = values[flag] as unknown;
    given[name] = Array.isArray(value) && !verbatim ? value.join(' ') : value;
  }
  const [application, ...more] = positionals;
  if (more.length > 0)
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `one application is enough, and ${more[0]} is too many`,
    );
  return { application, given, help: values.help === true };
}

/** The options of a class as a help text lists them. */
export function optionLines(optionClass: new () => ServeOptions): string {
  return shownOptions(optionClass)
    .map(
      ({ flag, placeholder, help, choices }) =>
        `  ${`--${flag}${placeholder ? ` ${placeholder}` : ''}`.padEnd(30)} ${help}${choices ? `: ${choices.join(', ')}` : ''}`,
    )
    .join('\n');
}

function shownOptions(optionClass: new () => ServeOptions) {
  return optionsOf(optionClass).filter(({ only }) => only !== 'call' && only !== 'code');
}
