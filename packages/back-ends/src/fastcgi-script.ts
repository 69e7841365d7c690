// Which script a FastCGI server like php-fpm is to run: it believes SCRIPT_FILENAME, and knows no paths.
import { statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Environ } from '@sluice/gateway';
import { OptionError, ProtocolError } from '@sluice/protocol';

/** Gives the variables of a request those that name its script. */
export type PlaceScript = (environ: Environ) => Readonly<Record<string, unknown>>;

/**
 * Reads the settings `root`, `index` and `script`.
 *
 * @throws OptionError `ERR_BACK_END_OPTION`
 */
export function placeScript(settings: Readonly<Record<string, string>>): PlaceScript {
  const root = asBytes(settings.root);
  const index = asBytes(settings.index) ?? 'index.php';
  const script = asBytes(settings.script);
  for (const [name, path] of Object.entries({ root, script })) {
    if (path !== undefined && !path.startsWith('/'))
      throw wrong(`${name} is the whole path of a file, as the server sees it, not ${path}`);
  }
  if (script !== undefined) {
    if (root !== undefined) throw wrong('either root or script, not both');
    return (environ) => ({
      ...environ,
      SCRIPT_FILENAME: script,
      DOCUMENT_ROOT: posix.dirname(script),
    });
  }
  if (root === undefined) return (environ) => environ;
  const extension = posix.extname(index);
  if (extension === '' || index.includes('/'))
    throw wrong(`index is a file name such as index.php, not ${index}`);
  return (environ) => inRoot(environ, root.replace(/\/+$/, ''), index, extension);
}

function inRoot(environ: Environ, root: string, index: string, extension: string) {
  const { SCRIPT_NAME: mount, PATH_INFO: path } = environ;
  if (/\/\.\.?(?:\/|$)|\0/.test(path))
    throw new ProtocolError('ERR_BACK_END_SCRIPT', 'the path leads up', { statusHint: 403 });
  // By whole segments, on bytes: a search by characters in lower case finds ends that are none.
  const end = `${path}/`.indexOf(`${extension}/`);
  let name: string;
  let info: string;
  if (end >= 0) {
    name = path.slice(0, end + extension.length);
    info = path.slice(name.length);
  } else if (path.endsWith('/') && isFile(`${root}${path}${index}`)) {
    name = path + index;
    info = '';
  } else {
    name = `/${index}`; // a front controller makes of the path what it will
    info = path;
  }
  return {
    ...environ,
    SCRIPT_FILENAME: root + name,
    SCRIPT_NAME: mount + name,
    PATH_INFO: info,
    DOCUMENT_ROOT: root,
  };
}

/** One character for each byte, as the paths of an environ are. */
function asBytes(path: string | undefined): string | undefined {
  return path === undefined ? undefined : Buffer.from(path).toString('latin1');
}

function isFile(path: string): boolean {
  return statSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false })?.isFile() === true;
}

function wrong(why: string): OptionError {
  return new OptionError('ERR_BACK_END_OPTION', why);
}
