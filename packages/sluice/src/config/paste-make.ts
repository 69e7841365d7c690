// What applications and filters of a configuration file have in common: settings that are handed on, modules, factories.
import { kindOf } from '@sluice/adapters/kinds';
import { OptionError } from '@sluice/protocol';
import type { Wanted } from '../loading/import-module.ts';
import { ownStack } from '../loading/own-stack.ts';
import { placed } from '../options/origin.ts';
import type { Report } from '../options/resolve.ts';
import { type Definition, originOf, type Setting, type Settings } from './paste-file.ts';
import { importNamed } from './paste-import.ts';

/** What a section inherits from those that use it. */
export interface Inherited {
  /** Goes before what the section says itself. */
  readonly own: Settings;
  readonly global: Settings;
  /** Sections on the way to this one. */
  readonly path: readonly string[];
}

/** A section with all that it has been given; what is understood is taken out of `own`. */
export interface Within extends Inherited {
  readonly definition: Definition;
  readonly own: Map<string, Setting>;
}

/** Begins with a section. @throws OptionError `ERR_CONFIG_SECTION` when it uses itself */
export function enter(definition: Definition, { own, global, path }: Inherited): Within {
  const { file, section } = definition;
  const here = `[${section.name}] of ${file.path}`;
  if (path.includes(here)) throw file.mistake(section.line, `[${section.name}] uses itself`);
  const said = file.read(section, global);
  return {
    definition,
    own: new Map([...said.own, ...own]),
    global: said.global,
    path: [...path, here],
  };
}

/** What the sections that this one names inherit: nothing that is only its own. */
export function handedOn({ global, path }: Inherited): Inherited {
  return { own: new Map(), global, path };
}

/** Takes a setting that is understood. */
export function take({ own }: Within, key: string): Setting | undefined {
  const setting = own.get(key);
  own.delete(key);
  return setting;
}

/** Takes a setting that has to be there. @throws OptionError `ERR_CONFIG_SECTION` */
export function need(within: Within, key: string, example: string): Setting {
  const setting = take(within, key);
  if (setting && setting.value !== '') return setting;
  const { section, file } = within.definition;
  throw file.mistake(setting?.line ?? section.line, `[${section.name}] needs ${key} = ${example}`);
}

/** Refuses the settings that nobody has taken. */
export function refuseRest({ own }: Inherited, report: Report, why: string): void {
  for (const { file, key, line } of own.values())
    report(file.mistake(line, `${key} is not known here: ${why}`, 'ERR_OPTION_UNKNOWN'));
}

/**
 * Calls a factory.
 *
 * @param setting - names it
 * @param wanted - what it is
 * @param within - the section, whose settings it gets
 * @param first - what it gets before them
 * @throws OptionError `ERR_APPLICATION_LOAD` with file and line
 */
export async function make(
  setting: Setting,
  wanted: Wanted,
  { own, global }: Within,
  first: readonly unknown[] = [],
): Promise<unknown> {
  const factory = (await importNamed(setting, wanted)) as (...given: unknown[]) => unknown;
  const failed = (why: string, cause?: unknown) =>
    new OptionError(
      'ERR_APPLICATION_LOAD',
      placed(`${setting.value} ${why}`, originOf(setting)),
      cause,
    );
  let made: unknown;
  try {
    made = await factory(...first, plain(global), plain(own));
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw failed(`failed: ${ownStack(error)}`, error);
  }
  if (typeof made === 'function' || (wanted.makesApplication && kindOf(made))) return made;
  throw failed(`has made ${made === null ? 'null' : typeof made}. ${wanted.shape}`);
}

function plain(settings: Settings): Record<string, string> {
  return Object.fromEntries([...settings].map(([key, { value }]) => [key, value]));
}
