// Finds the main module of an npm package that is installed for a folder.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { OptionError } from '@sluice/protocol';

/**
 * The main module of a package that is installed for a folder.
 *
 * @throws OptionError `ERR_APPLICATION_LOAD` where there is none
 */
export function packagePath(name: string, folder: string): string {
  try {
    return createRequire(join(folder, 'noop.js')).resolve(name);
  } catch (error) {
    // A package may be there for import alone, and Node does not resolve that for another folder.
    const found = esmPath(name, folder);
    if (found !== undefined) return found;
    throw new OptionError(
      'ERR_APPLICATION_LOAD',
      `there is no package ${name} for ${folder}: npm install ${name}`,
      error,
    );
  }
}

function esmPath(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const root = join(at, 'node_modules', name);
    if (existsSync(join(root, 'package.json'))) {
      const { exports, main = 'index.js' } = JSON.parse(
        readFileSync(join(root, 'package.json'), 'utf8'),
      );
      return join(root, importTarget(exports?.['.'] ?? exports) ?? main);
    }
    if (at === parse(at).root) return undefined;
  }
}

/** The file behind an entry of `exports`, for an import. */
function importTarget(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, target] of Object.entries(entry)) {
    if (!['node', 'import', 'module-sync', 'default'].includes(condition)) continue;
    const found = importTarget(target);
    if (found !== undefined) return found;
  }
  return undefined;
}
