// Whether files can be written and folders entered, without doing so.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

const { W_OK, X_OK } = constants;

/** Why a file cannot be written; undefined: it can. */
export function whyNotWritten(path: string): string | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return `${path} is a directory`;
  if (there) return isAllowed(path, W_OK) ? undefined : `${path} may not be written`;
  return whyNotMade(path);
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
  if (there && !there.isSocket()) return `${path} exists and is not a socket`;
  return whyNotMade(path);
}

function whyNotMade(path: string): string | undefined {
  const folder = dirname(path);
  const why =
    whyNotEntered(folder) ??
    (isAllowed(folder, W_OK) ? undefined : `${folder} may not be written to`);
  return why && `${path} cannot be opened: ${why}`;
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
