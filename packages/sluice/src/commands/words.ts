// The words of a command that serves an application.
import { parseArgs } from 'node:util';
import { OptionError } from '@sluice/protocol';
import {
  findByFlag,
  flagOf,
  namesOf,
  type Option,
  type OptionClass,
  optionsOf,
} from '../options/option.ts';
import type { Given } from '../options/read-value.ts';
import type { Layer } from '../options/resolve.ts';
import { hintAt } from '../options/unknown-option.ts';

/** What the words say. */
export interface Words {
  readonly application: string | undefined;
  /** What flags give. */
  readonly layer: Layer;
  readonly help: boolean;
}

/**
 * Takes the words of a command apart: one application, and flags of a class.
 *
 * @throws OptionError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`, naming the word
 */
export function readWords(words: readonly string[], optionClass: OptionClass): Words {
  const declared = shownOptions(optionClass);
  const { positionals, tokens } = parseArgs({
    args: [...words],
    options: { ...parserFlags(declared), help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const layer = new Map<string, Given>();
  let help = false;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      help = true;
      continue;
    }
    const isOff = token.name.startsWith('no-');
    const option = findByFlag(declared, isOff ? token.name.slice(3) : token.name);
    if (!option || (isOff && option.type !== 'boolean'))
      throw unknown(token.name, token.rawName, declared, optionsOf(optionClass));
    const value = flagValue(option, token.name, token.value, isOff);
    layer.set(option.name, {
      value: option.type === 'list' ? joined(layer.get(option.name), option, value) : value,
      origin: { from: 'flag', flag: token.name },
    });
  }
  const [application, ...more] = positionals;
  if (more.length > 0)
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `one application is enough, and ${more[0]} is too many`,
    );
  return { application, layer, help };
}

function parserFlags(declared: readonly Option[]) {
  const flags: Record<string, { type: 'boolean' | 'string' }> = {};
  for (const option of declared) {
    for (const flag of namesOf(option).map(flagOf)) {
      flags[flag] = { type: option.type === 'boolean' ? 'boolean' : 'string' };
      if (option.type === 'boolean') flags[`no-${flag}`] = { type: 'boolean' };
    }
  }
  return flags;
}

function flagValue(
  { type, placeholder }: Option,
  flag: string,
  value: string | undefined,
  isOff: boolean,
): string | boolean {
  if (type === 'boolean') {
    if (value === undefined) return !isOff;
    throw new OptionError('ERR_OPTION_VALUE', `--${flag} takes no value`);
  }
  if (value !== undefined) return value;
  throw new OptionError('ERR_OPTION_VALUE', `--${flag} needs a value: --${flag} ${placeholder}`);
}

/** A list of all that a flag has given; entries that are texts with several are joined as one text. */
function joined(before: Given | undefined, { verbatim }: Option, value: unknown): unknown {
  if (verbatim) return [...((before?.value as unknown[] | undefined) ?? []), value];
  return before === undefined ? value : `${before.value} ${value}`;
}

function unknown(
  name: string,
  written: string,
  declared: readonly Option[],
  all: readonly Option[],
): OptionError {
  const flags = declared.flatMap((option) => namesOf(option).map(flagOf));
  return new OptionError(
    'ERR_OPTION_UNKNOWN',
    `there is no option ${written}${hintAt(name, all, flags)}`,
  );
}

/** The options of a class as a help text lists them. */
export function optionLines(optionClass: OptionClass): string {
  return shownOptions(optionClass)
    .map(
      ({ flag, placeholder, help, choices }) =>
        `  ${`--${flag}${placeholder ? ` ${placeholder}` : ''}`.padEnd(30)} ${help}${choices ? `: ${choices.join(', ')}` : ''}`,
    )
    .join('\n');
}

function shownOptions(optionClass: OptionClass): readonly Option[] {
  return optionsOf(optionClass).filter(({ only }) => only === undefined || only === 'command');
}
