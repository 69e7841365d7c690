// Log files that root opens, and workers of another user have to open as well.
import { closeSync, constants, fchownSync, fstatSync, openSync } from 'node:fs';
import { findGroup, findUser } from '@sluice/concurrency';
import type { ServeOptions } from '../options/serve-options.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Gives a log file to the user and group that the application runs as. Only root can, and nobody else
 * needs to. What is no file, or has another name too, stays whose it is: whoever may write to the folder
 * could have put it there.
 *
 * @throws what the system says, for a symbolic link as well
 */
export function handOver(path: string, { user, group }: ServeOptions): void {
  if (process.geteuid?.() !== 0 || (user === undefined && group === undefined)) return;
  const account = user === undefined ? undefined : findUser(user);
  const gid = group === undefined ? account?.gid : findGroup(group);
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const there = fstatSync(file);
    if (there.isFile() && there.nlink === 1)
      fchownSync(file, account?.uid ?? there.uid, gid ?? there.gid);
  } finally {
    closeSync(file);
  }
}
