// uWSGI in the foreground, with an application in Python.
import { chownSync } from 'node:fs';
import { startChild } from '../../support/child.ts';
import type { Cleanup } from '../../support/cleanup.ts';
import { fixturePath } from '../../support/sluice.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import type { RunningServer } from '../in-front.ts';
import { account, writeConfiguration } from './configuration.ts';
import { findProgram } from './program.ts';

/** The program. */
export const UWSGI = findProgram('uWSGI', 'uwsgi', 'uwsgi-core');

/** A protocol that uWSGI speaks, and how it names a socket for it. */
const SOCKETS = {
  uwsgi: 'socket',
  scgi: 'scgi-socket',
  fastcgi: 'fastcgi-socket',
  http: 'http-socket',
} as const;

/**
 * Starts uWSGI.
 *
 * @param scheme - the protocol that it speaks, with `+unix` on a Unix socket
 * @param words - more options of uWSGI
 */
export async function startUwsgi(
  cleanup: Cleanup,
  scheme: keyof typeof SOCKETS | 'uwsgi+unix',
  words: readonly string[] = [],
): Promise<RunningServer> {
  const folder = temporaryFolder(cleanup);
  const { user, group, uid, gid } = account();
  chownSync(folder, uid, gid);
  const isUnix = scheme === 'uwsgi+unix';
  const socket = `${folder}/uwsgi.sock`;
  const values = {
    APPLICATION: fixturePath('back-ends/every_behaviour.py'),
    USER: user,
    GROUP: group,
    SOCKET_KIND: isUnix ? SOCKETS.uwsgi : SOCKETS[scheme],
    LISTEN: isUnix ? socket : '127.0.0.1:0',
  };
  const configuration = writeConfiguration(folder, 'uwsgi.ini', values);
  const child = startChild(cleanup, UWSGI.path, ['--ini', configuration, ...words], {
    cwd: folder,
  });
  const [, port] = await until('uWSGI is ready', () => {
    if (child.exit) throw new Error(`uWSGI does not start:\n${child.stderr}`);
    const isReady = /^spawned uWSGI worker/m.test(child.stderr);
    return (isReady && /bound to \S+ address \S*?:?(\d*)[ \n]/.exec(child.stderr)) || false;
  });
  const start = child.stderr.length; // what it says of itself until it is ready
  return {
    address: isUnix ? `${scheme}:${socket}` : `${scheme}://127.0.0.1:${port}`,
    log: () => child.stdout + child.stderr.slice(start),
  };
}
