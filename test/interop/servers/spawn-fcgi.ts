// spawn-fcgi: it opens a socket and becomes, or starts, `sluice serve … --listen fastcgi+fd:0`.
import { spawnSync } from 'node:child_process';
import { type Child, startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { SLUICE } from '../../support/sluice.ts';
import { until } from '../../support/until.ts';
import { findProgram } from './program.ts';
import { contentOf } from './web-server.ts';

/** The program. */
export const SPAWN_FCGI = findProgram('spawn-fcgi', 'spawn-fcgi');

const serve = (application: string) => [
  ...[process.execPath, SLUICE, 'serve', application, '--listen', 'fastcgi+fd:0'],
];

/**
 * Starts an application and waits until it serves.
 *
 * @param socket - the options that say where: `['-a', '127.0.0.1', '-p', '9000']`, `['-s', '/run/app.sock']`
 * @param env - more environment for the application
 */
export async function spawnFcgi(
  cleanup: Cleanup,
  socket: readonly string[],
  application: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const words = ['-n', ...socket, '--', ...serve(application)];
  const child = startChild(cleanup, SPAWN_FCGI.path, words, { env: { ...process.env, ...env } });
  await until('the application serves', () => {
    if (child.exit) throw new Error(`spawn-fcgi ended at once:\n${child.stderr}`);
    return /^ {2}fastcgi\+fd:0/m.test(child.stderr);
  });
  return child;
}

/** Starts an application several times on one socket, in the background; their process ids. */
export function spawnSeveral(
  cleanup: Cleanup,
  socket: readonly string[],
  application: string,
  count: number,
): number[] {
  const words = [...socket, '-F', String(count), '--', ...serve(application)];
  const { stdout, stderr } = spawnSync(SPAWN_FCGI.path, words, { encoding: 'utf8' });
  const ids = [...`${stdout}${stderr}`.matchAll(/PID: (\d+)/g)].map(([, id]) => Number(id));
  for (const id of ids) {
    cleanup.add(async () => {
      if (isRunning(id)) process.kill(id);
      await until('a process that spawn-fcgi started has ended', () => !isRunning(id));
    });
  }
  return ids;
}

/** Whether a process runs; one that has ended may still wait for its parent to ask how. */
export function isRunning(id: number): boolean {
  const state = /\) (\S)/.exec(contentOf(`/proc/${id}/stat`))?.[1];
  return state !== undefined && state !== 'Z';
}
