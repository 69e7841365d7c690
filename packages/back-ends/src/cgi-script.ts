// Finds the script that a request means, and lets none outside its directory be run.
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import type { Environ } from '@sluice/gateway';
import { BackEndError } from '@sluice/protocol';

/** A script, and how it sees the request's path. */
export interface Script {
  readonly file: string;
  readonly scriptName: string;
  readonly pathInfo: string;
}

/**
 * The script of a request in a directory: the one that SCRIPT_FILENAME names, as web servers with a
 * document root say it, else the first file on the way along PATH_INFO.
 *
 * @throws BackEndError `ERR_BACK_END_SCRIPT` with status hint 404 or 403
 */
export async function scriptInDirectory(root: string, environ: Environ): Promise<Script> {
  const { SCRIPT_NAME: scriptName, PATH_INFO: pathInfo } = environ;
  const named = environ.SCRIPT_FILENAME;
  if (typeof named === 'string' && named.startsWith('/')) {
    // By whole segments: /srv/cgi-bin2 is not in /srv/cgi-bin.
    const prefix = root.endsWith('/') ? root : `${root}/`;
    if (!named.startsWith(prefix)) throw refuse(403, `${named} is outside ${root}`);
    const { file, rest } = await walk(root, named.slice(prefix.length - 1));
    const whole = scriptName + pathInfo;
    return rest !== '' && whole.endsWith(rest)
      ? { file, scriptName: whole.slice(0, -rest.length), pathInfo: rest }
      : { file, scriptName, pathInfo: pathInfo || rest };
  }
  const { file, rest } = await walk(root, pathInfo);
  return {
    file,
    scriptName: scriptName + pathInfo.slice(0, pathInfo.length - rest.length),
    pathInfo: rest,
  };
}

/** The script itself, when only one is served. */
export async function singleScript(file: string, environ: Environ): Promise<Script> {
  await checkRunnable(file);
  return { file, scriptName: environ.SCRIPT_NAME, pathInfo: environ.PATH_INFO };
}

async function walk(root: string, path: string): Promise<{ file: string; rest: string }> {
  const jail = await realpath(root).catch(() => {
    throw refuse(404, `the directory ${root} does not exist`);
  });
  const bytes = Buffer.from(path, 'latin1').toString('utf8');
  if (bytes.includes('\0') || bytes.includes('\ufffd'))
    throw refuse(404, 'a path that is no file name');
  const segments = bytes.split('/').slice(1);
  let file = jail;
  let consumed = 0;
  for (const segment of segments) {
    if (segment === '..' || segment === '.') throw refuse(403, `${path} leads up`);
    consumed += 1 + Buffer.byteLength(segment);
    if (segment === '') continue;
    file = `${file}/${segment}`;
    const found = await stat(file).catch(() => undefined);
    if (!found) break;
    if (found.isDirectory()) continue;
    const real = await realpath(file);
    if (!real.startsWith(`${jail}/`)) throw refuse(403, `${file} leads out of ${root}`);
    await checkRunnable(real);
    return { file: real, rest: path.slice(consumed) };
  }
  throw refuse(404, `no script at ${path} in ${root}`);
}

async function checkRunnable(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw refuse(404, `no script at ${file}`);
  await access(file, constants.X_OK).catch(() => {
    throw refuse(403, `${file} is not executable (chmod +x ${file})`);
  });
}

function refuse(status: number, message: string): BackEndError {
  return new BackEndError('ERR_BACK_END_SCRIPT', message, status);
}
