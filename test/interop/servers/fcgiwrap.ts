// fcgiwrap, which runs CGI scripts for FastCGI.
import { chownSync } from 'node:fs';
import { accepts } from '../../support/accepts.ts';
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { holdPort } from '../../support/held-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import type { RunningServer } from '../in-front.ts';
import { account } from './configuration.ts';
import { findProgram } from './program.ts';

/** The programs; fcgiwrap itself could not bind a port that is held. */
export const FCGIWRAP = findProgram('fcgiwrap', 'fcgiwrap');
export const SPAWN_FCGI = findProgram('spawn-fcgi', 'spawn-fcgi');

/**
 * Starts fcgiwrap on a port or on a Unix socket, which runs one script after the other; what scripts
 * write to their standard error stream goes the way of FastCGI.
 */
export async function startFcgiwrap(
  cleanup: Cleanup,
  where: 'port' | 'socket',
): Promise<RunningServer> {
  const folder = temporaryFolder(cleanup);
  const { uid, gid } = account();
  chownSync(folder, uid, gid);
  const path = `${folder}/fcgiwrap.sock`;
  const port = where === 'port' ? Number(await holdPort(cleanup)) : 0;
  const fcgiwrap = [FCGIWRAP.path, '-f'];
  const [program, ...words] =
    where === 'port'
      ? [SPAWN_FCGI.path, '-n', '-a', '127.0.0.1', '-p', `${port}`, '--', ...fcgiwrap]
      : [...fcgiwrap, '-s', `unix:${path}`];
  const child = startChild(cleanup, program as string, words, { cwd: folder, uid, gid });
  await until('fcgiwrap listens', async () => {
    if (child.exit) throw new Error(`fcgiwrap does not start:\n${child.stderr}`);
    return await accepts(where === 'port' ? { host: '127.0.0.1', port } : { path });
  });
  return {
    address: where === 'port' ? `fastcgi://127.0.0.1:${port}` : `fastcgi+unix:${path}`,
    log: () => child.stderr,
  };
}
