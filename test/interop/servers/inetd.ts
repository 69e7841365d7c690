// inetd in the foreground, listening on Unix sockets in a folder of its own.
import { chownSync } from 'node:fs';
import { accepts } from '../../support/accepts.ts';
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { account, type Values, writeConfiguration } from './configuration.ts';
import { findProgram } from './program.ts';
import { contentOf } from './web-server.ts';

/** The program. */
export const INETD = findProgram('inetd', 'inetd');

/**
 * Starts inetd and waits for its Unix sockets.
 *
 * @param names - files of configurations/: the configuration, then scripts; FOLDER is where they are
 * @returns the folder
 */
export async function startInetd(
  cleanup: Cleanup,
  names: readonly [configuration: string, ...scripts: string[]],
  values: Values,
): Promise<string> {
  const folder = temporaryFolder(cleanup);
  const { user, uid, gid } = account();
  chownSync(folder, uid, gid);
  const all = { ...values, FOLDER: folder, USER: user };
  const [configuration] = names.map((name) =>
    writeConfiguration(folder, name, all, name.endsWith('.sh') ? 0o755 : 0o644),
  ) as [string];
  // As an ordinary user: started by root, it would write /run/inetd.pid.
  const child = startChild(cleanup, INETD.path, ['-i', configuration], { cwd: folder, uid, gid });
  for (const [, socket] of contentOf(configuration).matchAll(/^(\/\S+) stream unix/gm)) {
    await until(`inetd listens on ${socket}`, async () => {
      if (child.exit) throw new Error(`inetd ended at once:\n${child.stderr}`);
      return await accepts({ path: socket as string });
    });
  }
  return folder;
}
