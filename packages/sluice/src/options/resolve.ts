// Options out of layers: the strongest source that says something is believed, and remembered.
import { OptionError } from '@sluice/protocol';
import { findByName, type Option, type OptionClass, optionsOf } from './option.ts';
import { DEFAULT, nameOption, type Origin } from './origin.ts';
import { type Given, readValue } from './read-value.ts';
import { hintAt } from './unknown-option.ts';

/** What one source says, by the own names of options. */
export type Layer = ReadonlyMap<string, Given>;

/** Takes a mistake: throws it, or collects it with others. */
export type Report = (mistake: OptionError) => void;

/** Throws a mistake. */
export const raise: Report = (mistake) => {
  throw mistake;
};

/** Options that are complete, and where each value came from. */
export interface Resolved<Options extends object> {
  readonly options: Readonly<Options>;
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Completes and checks options: what is given, else the environment, else the default.
 *
 * @param optionClass - the declaration
 * @param given - values by name
 * @param env - the environment
 * @returns a frozen object
 * @throws OptionError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`, naming the option and what would be right
 */
export function resolveOptions<Options extends object>(
  optionClass: OptionClass<Options>,
  given: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): Readonly<Options> {
  const layers = [callLayer(optionClass, given), environmentLayer(optionClass, env)];
  return resolveLayers(optionClass, layers).options;
}

/**
 * Completes and checks options out of several sources.
 *
 * @param optionClass - the declaration
 * @param layers - the strongest first; what none of them says has its default
 * @param report - takes mistakes; the option has its default then
 */
export function resolveLayers<Options extends object>(
  optionClass: OptionClass<Options>,
  layers: readonly Layer[],
  report: Report = raise,
): Resolved<Options> {
  const options = new optionClass();
  const origins = new Map<string, Origin>();
  for (const option of optionsOf(optionClass)) {
    const given = layers.map((layer) => layer.get(option.name)).find((found) => found);
    origins.set(option.name, given?.origin ?? DEFAULT);
    if (!given) continue;
    try {
      (options as Record<string, unknown>)[option.name] = readValue(option, given);
    } catch (error) {
      report(error as OptionError);
    }
  }
  return { options: Object.freeze(options), origins };
}

/** What a call says. @throws OptionError `ERR_OPTION_UNKNOWN`, or `ERR_OPTION_VALUE` for one that is given twice */
export function callLayer(
  optionClass: OptionClass,
  given: Readonly<Record<string, unknown>>,
): Layer {
  const declared = optionsOf(optionClass);
  const layer = new Map<string, Given>();
  for (const [name, value] of Object.entries(given)) {
    const option = findByName(declared, name);
    if (!option) {
      const names = declared.map((each) => each.name);
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${name}${hintAt(name, declared, names)}`,
      );
    }
    if (value !== undefined) giveOnce(layer, option, { value, origin: { from: 'call', name } });
  }
  return layer;
}

/** What the environment says. */
export function environmentLayer(optionClass: OptionClass, env: NodeJS.ProcessEnv): Layer {
  const layer = new Map<string, Given>();
  for (const { name, variables } of optionsOf(optionClass)) {
    const variable = variables.find((each) => env[each] !== undefined);
    if (variable === undefined) continue;
    const origin = { from: 'environment', variable } as const;
    layer.set(name, { value: env[variable], origin, isText: true });
  }
  return layer;
}

/** Puts what was given into a layer. @throws OptionError `ERR_OPTION_VALUE` where it has the option by another name already */
export function giveOnce(layer: Map<string, Given>, { name }: Option, given: Given): void {
  const other = layer.get(name);
  if (other) {
    const [one, two] = [given, other].map(({ origin }) => nameOption(name, origin));
    const why =
      one === two ? `${one} is given twice` : `${one} and ${two} are the same: give one of them`;
    throw new OptionError('ERR_OPTION_VALUE', why);
  }
  layer.set(name, given);
}
