// A configuration that is a module or JSON: its default export, with options of all servers, and of each.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kindOf, unknownExport } from '@sluice/adapters/kinds';
import { OptionError } from '@sluice/protocol';
import { absoluteName, configuredName } from '../loading/application.ts';
import { placeOfMistake } from '../loading/import-module.ts';
import { ownStack } from '../loading/own-stack.ts';
import { typescriptMistake } from '../loading/typescript-sources.ts';
import { CommandOptions } from '../options/command-options.ts';
import { findByName, namesOf, type Option, optionsOf } from '../options/option.ts';
import { type Origin, placed, placeOf } from '../options/origin.ts';
import type { Given } from '../options/read-value.ts';
import { giveOnce, type Layer, type Report } from '../options/resolve.ts';
import { hintAt } from '../options/unknown-option.ts';
import { attempt } from './attempt.ts';
import type { Configuration, ConfiguredApplication, ConfiguredServer } from './configuration.ts';
import { lineOfKey } from './key-lines.ts';
import { meantFrom } from './relative-values.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads a configuration.
 *
 * @param path - absolute
 * @throws OptionError `ERR_CONFIG_FILE` when it cannot be imported, or is no object; `ERR_CONFIG_SYNTAX` for JSON that is none
 */
export async function openScript(path: string): Promise<ScriptConfiguration> {
  const text = readFileSync(path, 'utf8');
  const exported = path.endsWith('.json') ? parseJson(path, text) : await importDefault(path);
  let values: unknown;
  try {
    values = typeof exported === 'function' ? await exported() : exported;
  } catch (error) {
    throw new OptionError('ERR_CONFIG_FILE', `${placeOf(path)} failed: ${ownStack(error)}`, error);
  }
  if (!isValues(values)) {
    throw new OptionError(
      'ERR_CONFIG_FILE',
      `${placeOf(path)}: the default export has to be an object with options, or a function that returns one`,
    );
  }
  return new ScriptConfiguration(path, text, values);
}

/** A configuration of values. */
export class ScriptConfiguration implements Configuration {
  readonly file: string;
  readonly servers: readonly string[];
  readonly #text: string;
  readonly #values: Values;
  readonly #servers: Values;

  /** @param file - absolute
   * @param text - of the file, where keys have their lines
   * @param values - what it exports
   * @throws OptionError `ERR_OPTION_VALUE` when `servers` is no object of objects */
  constructor(file: string, text: string, values: Values) {
    this.file = file;
    this.#text = text;
    this.#values = values;
    const { servers = {} } = values;
    if (!isValues(servers))
      throw this.#wrong(['servers'], 'has to be an object: a server by each name');
    for (const [name, server] of Object.entries(servers))
      if (!isValues(server))
        throw this.#wrong(['servers', name], 'has to be an object with options');
    this.#servers = servers;
    this.servers = Object.keys(servers);
  }

  async server(name: string | undefined, report: Report): Promise<ConfiguredServer> {
    const layers = [await this.#layer(this.#values, [], ['application', 'servers'], report)];
    const values = this.#valuesOf(name);
    if (name !== undefined)
      layers.unshift(await this.#layer(values, ['servers', name], ['application'], report));
    const application = await attempt(report, () => this.#application(name));
    return { layers, application };
  }

  /** What a server, or all of them, export as their application. */
  exported(name: string | undefined): unknown {
    return this.#valuesOf(name).application ?? this.#values.application;
  }

  #valuesOf(name: string | undefined): Values {
    const values = name === undefined ? undefined : this.#servers[name];
    return isValues(values) ? values : {};
  }

  async #layer(
    values: Values,
    path: readonly string[],
    others: readonly string[],
    report: Report,
  ): Promise<Layer> {
    const declared = optionsOf(CommandOptions).filter(
      ({ only }) => only === undefined || only === 'code',
    );
    const layer = new Map<string, Given>();
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined || others.includes(key)) continue;
      const option = findByName(declared, key);
      if (!option) report(this.#unknown(key, path, [...others, ...declared.flatMap(namesOf)]));
      else
        await attempt(report, () =>
          giveOnce(layer, option, this.#given(option, value, [...path, key])),
        );
    }
    return layer;
  }

  #given(option: Option, value: unknown, path: readonly string[]): Given {
    return { value: meantFrom(dirname(this.file), option, value), origin: this.#origin(path) };
  }

  #application(name: string | undefined): ConfiguredApplication | undefined {
    const own = this.#valuesOf(name).application !== undefined;
    const origin = this.#origin([...(own ? ['servers', name as string] : []), 'application']);
    const application = this.exported(name);
    switch (typeof application) {
      case 'undefined':
        return undefined;
      case 'string':
        return { name: absoluteName(application, dirname(this.file)), origin };
      default:
        if (typeof application === 'function' || kindOf(application))
          return { name: configuredName(this.file, name ?? ''), origin };
        throw new OptionError(
          'ERR_OPTION_VALUE',
          placed(
            `application has to be a name (./app.js) or a function; ${unknownExport(application, 'this').message}`,
            origin,
          ),
        );
    }
  }

  #origin(path: readonly string[]): Origin {
    const key = path.at(-1) as string;
    return { from: 'file', file: this.file, line: lineOfKey(this.#text, path), key };
  }

  #unknown(key: string, path: readonly string[], known: readonly string[]): OptionError {
    const why = `there is no option ${key}${hintAt(key, optionsOf(CommandOptions), known)}`;
    return new OptionError('ERR_OPTION_UNKNOWN', placed(why, this.#origin([...path, key])));
  }

  #wrong(path: readonly string[], why: string): OptionError {
    const origin = this.#origin(path);
    return new OptionError('ERR_OPTION_VALUE', placed(`${path.join('.')} ${why}`, origin));
  }
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    const where = typescriptMistake(error) ?? (await placeOfMistake(path, error));
    throw new OptionError(
      'ERR_CONFIG_FILE',
      `${placeOf(path)} cannot be imported: ${where}`,
      error,
    );
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')); // editors of Windows put it there
  } catch (error) {
    const place = placeOf(path, lineOfMistake(text));
    const message = (error as Error).message.replace(/\s+/g, ' ');
    throw new OptionError('ERR_CONFIG_SYNTAX', `${place}: this is no JSON: ${message}`, error);
  }
}

/** The first line with which a text can no longer become JSON: not every message of Node tells the place. */
function lineOfMistake(text: string): number {
  const lines = text.split('\n');
  const wrong = lines.findIndex((_, index) => {
    const before = lines
      .slice(0, index + 1)
      .join('\n')
      .trimEnd();
    try {
      JSON.parse(before);
      return false;
    } catch (error) {
      const position = /position (\d+)/.exec((error as Error).message)?.[1];
      if (position !== undefined) return Number(position) < before.length;
      return !/end of JSON input/.test((error as Error).message);
    }
  });
  return wrong < 0 ? lines.length : wrong + 1;
}
