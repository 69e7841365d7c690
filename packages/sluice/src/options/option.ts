// One declaration for each option: a decorated field gives its type, default, check, flag and help.
import 'reflect-metadata';
import { OptionError } from '@sluice/protocol';
import { suggest } from '../suggest.ts';

/** What is said of an option beside its type and default, which the field itself says. */
export interface OptionDeclaration {
  /** One sentence for the help text. */
  readonly help: string;
  /** What stands for the value in the help text: `URL`, `N`. */
  readonly placeholder?: string;
  /** The only values. */
  readonly choices?: readonly string[];
  /** The smallest number. */
  readonly min?: number;
  /** Numbers are written in octal, as umasks are. */
  readonly octal?: boolean;
  /** An environment variable that gives the value where nothing else does. */
  readonly env?: string;
  /** The word that stands for null. */
  readonly nullWord?: string;
  /** Each value on the command line is one entry of the list, whatever characters it has. */
  readonly verbatim?: boolean;
  /** Not on the command line. */
  readonly internal?: boolean;
}

/** An option as declared. */
export interface Option extends OptionDeclaration {
  readonly name: string;
  /** On the command line: `script-name`. */
  readonly flag: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'object';
}

const KEY = Symbol('options');

/** Declares a field as an option. */
export function option(declaration: OptionDeclaration): PropertyDecorator {
  return (target, property) => {
    const name = String(property);
    const type = TYPES.get(Reflect.getMetadata('design:type', target, property)) ?? 'object';
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const options: Option[] = Reflect.getOwnMetadata(KEY, target) ?? [];
    Reflect.defineMetadata(KEY, [...options, { ...declaration, name, flag, type }], target);
  };
}

const TYPES = new Map<unknown, Option['type']>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Array, 'list'],
]);

/** The options of a class, in the order of their declaration, and behind them those of the classes that it extends. */
export function optionsOf(optionClass: abstract new () => object): readonly Option[] {
  const options: Option[] = [];
  for (let at = optionClass.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at))
    options.push(...(Reflect.getOwnMetadata(KEY, at) ?? []));
  return options;
}

/**
 * Completes and checks options: what is given, else the environment, else the default.
 *
 * @param optionClass - the declaration
 * @param given - values by name; strings are read as the command line gives them
 * @param env - the environment
 * @returns a frozen object
 * @throws OptionError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`, naming the option and what would be right
 */
export function resolveOptions<Options extends object>(
  optionClass: new () => Options,
  given: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): Readonly<Options> {
  const declared = optionsOf(optionClass);
  for (const name of Object.keys(given)) {
    if (!declared.some((option) => option.name === name)) {
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${name}${suggest(
          name,
          declared.map((option) => option.name),
        )}`,
      );
    }
  }
  const resolved = new optionClass();
  for (const option of declared) {
    const value = given[option.name] ?? (option.env === undefined ? undefined : env[option.env]);
    if (value === undefined && given[option.name] !== null) continue;
    (resolved as Record<string, unknown>)[option.name] =
      given[option.name] === null ? null : check(option, value);
  }
  return Object.freeze(resolved);
}

function check(option: Option, value: unknown): unknown {
  if (option.nullWord !== undefined && value === option.nullWord) return null;
  switch (option.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw wrong(option, value, 'true or false');
    case 'number':
      return checkNumber(option, value);
    case 'list':
      return checkList(option, value);
    case 'string':
      if (typeof value !== 'string') throw wrong(option, value, 'a text');
      if (option.choices && !option.choices.includes(value))
        throw wrong(option, value, `one of ${option.choices.join(', ')}`);
      return value;
    default:
      return value;
  }
}

function checkList(option: Option, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return Object.freeze([...value]);
  if (typeof value !== 'string' || value.trim() === '') throw wrong(option, value, 'a list');
  return Object.freeze(value.trim().split(/[\s,]+/));
}

function checkNumber(option: Option, value: unknown): number {
  const pattern = option.octal ? /^0?o?[0-7]{1,4}$/ : /^\d{1,15}$/;
  const what = option.octal
    ? 'an octal number such as 022'
    : `a whole number${option.min === undefined ? '' : ` from ${option.min} up`}`;
  if (typeof value === 'string' && !pattern.test(value)) throw wrong(option, value, what);
  const number =
    typeof value === 'string'
      ? Number.parseInt(value.replace('o', ''), option.octal ? 8 : 10)
      : value;
  if (!Number.isSafeInteger(number) || (number as number) < (option.min ?? 0))
    throw wrong(option, value, what);
  return number as number;
}

function wrong(option: Option, value: unknown, right: string): OptionError {
  return new OptionError(
    'ERR_OPTION_VALUE',
    `option ${option.name} (--${option.flag}) cannot be ${JSON.stringify(value)}: it has to be ${right}`,
  );
}
