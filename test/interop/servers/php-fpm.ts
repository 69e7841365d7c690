// php-fpm in the foreground.
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { account, writeConfiguration } from './configuration.ts';
import { findProgram } from './program.ts';
import { contentOf } from './web-server.ts';

/** The program, which Debian names with its version. */
export const PHP_FPM = findProgram('php-fpm', 'php-fpm', 'php-fpm8.2', 'php-fpm8.4', 'php-fpm8.3');

/** A running php-fpm. */
export interface PhpFpm {
  /** Its error log so far. */
  log(): string;
  /** Ends it before the cleanup does. */
  stop(): Promise<unknown>;
}

/**
 * Starts php-fpm.
 *
 * @param listen - `127.0.0.1:` and a port that is held, or the path of a Unix socket
 */
export async function startPhpFpm(cleanup: Cleanup, listen: string): Promise<PhpFpm> {
  const folder = temporaryFolder(cleanup);
  const { user, group } = account();
  const values = { FOLDER: folder, USER: user, GROUP: group, LISTEN: listen };
  const configuration = writeConfiguration(folder, 'php-fpm.conf', values);
  // -n: without php.ini, whose settings differ from one machine to another.
  const words = ['-n', '--nodaemonize', '--fpm-config', configuration];
  const child = startChild(cleanup, PHP_FPM.path, words, { cwd: folder });
  const log = () => child.stderr + contentOf(`${folder}/error.log`);
  await until('php-fpm listens', () => {
    if (child.exit) throw new Error(`php-fpm does not start:\n${log()}`);
    return log().includes('ready to handle connections');
  });
  return { log, stop: () => child.stop() };
}
