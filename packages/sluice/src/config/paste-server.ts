// What a section [server:NAME] says, as options.
import { OptionError } from '@sluice/protocol';
import {
  findByFlag,
  findByName,
  type Option,
  type OptionClass,
  optionsOf,
} from '../options/option.ts';
import type { Given } from '../options/read-value.ts';
import { giveOnce, type Layer, type Report } from '../options/resolve.ts';
import { hintAt } from '../options/unknown-option.ts';
import { attempt } from './attempt.ts';
import { readFactory } from './factory-names.ts';
import {
  ADDRESS_KEYS,
  checkEach,
  listenerKeys,
  listenOf,
  type NamedFactory,
  protocolsWith,
} from './paste-address.ts';
import { type Definition, originOf, type PasteFile, type Setting } from './paste-file.ts';
import { readUse } from './paste-use.ts';
import { meantFrom } from './relative-values.ts';

/** What a section of a server says. */
export interface PasteServer {
  readonly layer: Layer;
  /** What `application = …` names. */
  readonly application: Setting | undefined;
}

/**
 * Reads a server.
 *
 * @param file - the configuration file
 * @param name - of the server, which is there
 * @param optionClass - the declaration
 * @param report - takes mistakes
 */
export async function readServer(
  file: PasteFile,
  name: string,
  optionClass: OptionClass,
  report: Report,
): Promise<PasteServer> {
  const declared = optionsOf(optionClass).filter(({ only }) => only === undefined);
  const definition = file.find('server', name) as Definition;
  const { settings, factory, isWrong } = collect(definition, [], report);
  const layer = new Map<string, Given>();
  const give = (option: Option, given: Given) =>
    attempt(report, () => giveOnce(layer, option, given));
  const ofListener = factory ? await listenerKeys(factory) : [];
  const address = new Map<string, Setting>();
  for (const setting of settings.values()) {
    const { key, value } = setting;
    const option = findByName(declared, key) ?? findByFlag(declared, key);
    if (key === 'application') continue;
    if (option) {
      const folder = setting.file.folder;
      await give(option, {
        value: meantFrom(folder, option, value),
        origin: originOf(setting),
        isText: true,
      });
    } else if (ADDRESS_KEYS.includes(key) || ofListener.includes(key)) address.set(key, setting);
    else {
      const known = [...ADDRESS_KEYS, ...ofListener, 'use', 'application', ...namesOf(declared)];
      const others = factory ? await protocolsWith(key) : [];
      const hint =
        others.length > 0
          ? ` with ${factory?.protocol}: it is one of ${others.join(', ')}`
          : hintAt(key, optionsOf(optionClass), known);
      report(unknown(setting, hint));
    }
  }
  if (factory) {
    const origin = originOf(factory.setting);
    await give(find(declared, 'concurrency'), { value: factory.concurrency, origin });
  }
  const isKnown = !factory || (await checkEach(factory, address, report));
  if (isWrong || !isKnown) return { layer, application: settings.get('application') };
  await attempt(report, () => {
    const listen = listenOf(factory, address, layer.get('listen'));
    if (listen) layer.set('listen', listen);
  });
  return { layer, application: settings.get('application') };
}

/** What sections say that use each other. */
interface Collected {
  readonly settings: Map<string, Setting>;
  /** Undefined: none is named. */
  readonly factory: NamedFactory | undefined;
  /** The factory cannot be read: what follows from it is not known. */
  readonly isWrong?: boolean;
}

/** All that a section says, and what it uses, which it goes before. */
function collect(
  { file, section }: Definition,
  before: readonly string[],
  report: Report,
): Collected {
  const here = `[${section.name}] of ${file.path}`;
  if (before.includes(here)) throw file.mistake(section.line, `[${section.name}] uses itself`);
  const { own, global } = file.read(section, undefined, report);
  const settings = new Map(own);
  const debug = global.get('debug'); // as in Paste, where every section sees it
  if (debug && !settings.has('debug')) settings.set('debug', debug);
  settings.delete('use');
  const use = own.get('use');
  if (!use) return { settings, factory: undefined };
  try {
    const factory = readFactory(use.value, (why): never => {
      throw file.mistake(use.line, why);
    });
    if (factory) return { settings, factory: { ...factory, setting: use } };
    const inner = collect(readUse(use, 'server'), [...before, here], report);
    return { ...inner, settings: new Map([...inner.settings, ...settings]) };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    report(error);
    return { settings, factory: undefined, isWrong: true };
  }
}

function unknown({ key, file, line }: Setting, hint: string): OptionError {
  const why = /\s/.test(key)
    ? `${key} is no name of an option: a line is name = value`
    : `there is no option ${key}${hint}`;
  return file.mistake(line, why, 'ERR_OPTION_UNKNOWN');
}

function namesOf(options: readonly Option[]): readonly string[] {
  return options.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
}

function find(options: readonly Option[], name: string): Option {
  return findByName(options, name) as Option;
}
