// Whether files can be written and folders entered, without doing so.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

const { W_OK, X_OK } = constants;

/** Why a file cannot be written; undefined: it can. */
export function whyNotWritten(path: string): string | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return `${path} is a directory`;
  if (there) return isAllowed(path, W_OK) ? undefined : `${path} may not be written`;
  const folder = dirname(path);
  return whyNotEntered(folder) ?? (isAllowed(folder, W_OK) ? undefined : notMade(path, folder));
}

/** Why a folder cannot be entered; undefined: it can. */
export function whyNotEntered(path: string): string | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) return `there is no directory ${path}`;
  if (!there.isDirectory()) return `${path} is no directory`;
  return isAllowed(path, X_OK) ? undefined : `${path} may not be entered`;
}

/** Why a Unix socket cannot be made; undefined: it can. */
export function whyNotListened(path: string): string | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) return `${path} is there, and no socket`;
  const folder = dirname(path);
  return whyNotEntered(folder) ?? (isAllowed(folder, W_OK) ? undefined : notMade(path, folder));
}

function notMade(path: string, folder: string): string {
  return `${path} cannot be made: ${folder} may not be written to`;
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
