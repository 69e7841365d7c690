// One declaration for each option: a decorated field gives its type, default, check, flag, variable, key and help.
import 'reflect-metadata';

/** What is said of an option beside its type and default, which the field itself says. */
export interface OptionDeclaration {
  /** One sentence for the help text. */
  readonly help: string;
  /** Of a field that may be undefined: TypeScript does not say what it is else. */
  readonly type?: 'string' | 'number' | 'boolean';
  /** What stands for the value in the help text: `URL`, `N`. */
  readonly placeholder?: string;
  /** The only values. */
  readonly choices?: readonly string[];
  /** The smallest number. */
  readonly min?: number;
  /** The largest number. */
  readonly max?: number;
  /** What else has to hold of a value of the right type; undefined: nothing is wrong with it. */
  readonly check?: (value: never) => string | undefined;
  /** Words that people try where they mean this one: a message about an unknown name leads here. */
  readonly meant?: readonly string[];
  /** Numbers are written in octal, as umasks are. */
  readonly octal?: boolean;
  /** Other names, by which it is known elsewhere: flags and keys of configuration files. */
  readonly aliases?: readonly string[];
  /** An environment variable of another name, read where the one named by the rule is not set. */
  readonly env?: string;
  /** The word that stands for null. */
  readonly nullWord?: string;
  /** Each value is one entry of the list, whatever characters but white space it has; on the command line, any. */
  readonly verbatim?: boolean;
  /** What the text is the name of; in a configuration file relative names are meant from its folder. */
  readonly names?: 'file' | 'folder' | 'address';
  /**
   * Where alone it can be given: `call`, by calls of the library; `code`, by these and by configuration
   * files in JavaScript; `command`, by flags and environment variables.
   */
  readonly only?: 'call' | 'code' | 'command';
}

/** An option as declared. */
export interface Option extends Omit<OptionDeclaration, 'type'> {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'object';
  /** On the command line, and in configuration files: `script-name`. */
  readonly flag: string;
  /** Environment variables in the order in which they are looked at; none where it can only be given otherwise. */
  readonly variables: readonly string[];
}

/** A class of options: its fields have the defaults. */
export type OptionClass<Options extends object = object> = new () => Options;

const KEY = Symbol('options');

/** Declares a field as an option. */
export function option(declaration: OptionDeclaration): PropertyDecorator {
  return (target, property) => {
    const name = String(property);
    const type =
      declaration.type ??
      TYPES.get(Reflect.getMetadata('design:type', target, property)) ??
      'object';
    const declared: Option = {
      ...declaration,
      name,
      type,
      flag: flagOf(name),
      variables: variablesOf(name, declaration),
    };
    const options: Option[] = Reflect.getOwnMetadata(KEY, target) ?? [];
    Reflect.defineMetadata(KEY, [...options, declared], target);
  };
}

const TYPES = new Map<unknown, Option['type']>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Array, 'list'],
]);

/** The flag of a name: `script-name` of `scriptName`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variablesOf(name: string, { env, only }: OptionDeclaration): readonly string[] {
  if (only === 'call' || only === 'code') return [];
  const own = `SLUICE_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
  return env === undefined ? [own] : [own, env];
}

/** The options of a class, in the order of their declaration, and behind them those of the classes that it extends. */
export function optionsOf(optionClass: OptionClass): readonly Option[] {
  const options: Option[] = [];
  for (let at = optionClass.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at))
    options.push(...(Reflect.getOwnMetadata(KEY, at) ?? []));
  return options;
}

/** The option of that name, by its own or another one. */
export function findByName(options: readonly Option[], name: string): Option | undefined {
  return options.find((option) => namesOf(option).includes(name));
}

/** The option of that flag, by its own name or another one. */
export function findByFlag(options: readonly Option[], flag: string): Option | undefined {
  return options.find((option) => namesOf(option).some((name) => flagOf(name) === flag));
}

/** All names of an option, its own first. */
export function namesOf({ name, aliases = [] }: Option): readonly string[] {
  return [name, ...aliases];
}
