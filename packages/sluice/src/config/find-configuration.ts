// Finds the configuration file, and reads it by its extension.
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { type Origin, placed, placeOf } from '../options/origin.ts';
import type { Configuration } from './configuration.ts';
import { namesFound } from './file-names.ts';

/**
 * The configuration file that is meant.
 *
 * @param named - the file that was named; null: none; undefined: that of the working directory
 * @param origin - where it was named
 * @returns its absolute path; undefined: there is none
 * @throws OptionError `ERR_CONFIG_FILE` when it is not there, or when there are several
 */
export function findConfiguration(
  named: string | null | undefined,
  origin?: Origin,
): string | undefined {
  if (named === null) return undefined;
  if (named !== undefined) {
    const path = resolve(named);
    if (existsSync(path)) return path;
    const why = `there is no configuration file ${path}`;
    throw new OptionError('ERR_CONFIG_FILE', placed(why, origin));
  }
  const [found, other] = namesFound();
  if (found !== undefined && other !== undefined) {
    throw new OptionError(
      'ERR_CONFIG_FILE',
      `there are both ${found} and ${other} here: keep one of them, or choose one by --config`,
    );
  }
  return found === undefined ? undefined : resolve(found);
}

/**
 * Reads a configuration file.
 *
 * @param path - absolute
 * @throws OptionError `ERR_CONFIG_FILE`, `ERR_CONFIG_SYNTAX`, `ERR_CONFIG_SECTION`
 */
export async function openConfiguration(path: string): Promise<Configuration> {
  switch (extname(path)) {
    case '.ini': {
      const { PasteConfiguration } = await import('./paste-configuration.ts');
      return new PasteConfiguration(path);
    }
    case '.js':
    case '.mjs':
    case '.cjs':
    case '.ts':
    case '.mts':
    case '.json': {
      const { openScript } = await import('./script-configuration.ts');
      return await openScript(path);
    }
    default:
      throw new OptionError(
        'ERR_CONFIG_FILE',
        `${placeOf(path)}: a configuration file ends in .ini, .js, .mjs, .cjs, .ts or .json`,
      );
  }
}
