// The usual start of a set-up: `sluice serve` with the application of all behaviours, and a web server
// in front of it.
import type { Cleanup } from '../support/cleanup.ts';
import { appPath, portOf, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Values } from './servers/configuration.ts';
import type { WebServer } from './servers/web-server.ts';
import type { SetUp } from './set-up.ts';

type Protocol = 'scgi' | 'http' | 'fastcgi' | 'uwsgi' | 'ajp';

/** Starts a web server with a site. */
export type StartWebServer = (cleanup: Cleanup, site: string, values: Values) => Promise<WebServer>;

/**
 * Starts both; the site's configuration is told APPLICATION_PORT, or SOCKET, and what else is given.
 *
 * @param listen - by which protocol, and on a port or on a Unix socket that every user may connect to; with
 * options of the listener behind a question mark
 * @param words - more options of `sluice serve`
 */
export function behind(
  startWebServer: StartWebServer,
  site: string,
  listen: Protocol | `${Protocol}+unix` | `${Protocol}${'+unix' | ''}?${string}`,
  words: readonly string[] = [],
  more: (cleanup: Cleanup) => Values = () => ({}),
): SetUp['start'] {
  return async (cleanup) => {
    const socket = `${temporaryFolder(cleanup)}/app.sock`;
    const [scheme, options = ''] = listen.split('?') as [string, string?];
    const isUnix = scheme.endsWith('+unix');
    const address = isUnix ? `${scheme}:${socket}?mode=666&` : `${scheme}://127.0.0.1:0?`;
    const { addresses, child } = await startSluice(cleanup, [
      ...[appPath('every-behaviour.js'), '--listen', `${address}${options}`],
      ...words,
    ]);
    const [first] = addresses;
    const values = isUnix ? { SOCKET: socket } : { APPLICATION_PORT: portOf(first) };
    const server = await startWebServer(cleanup, site, { ...values, ...more(cleanup) });
    const { origin, secureOrigin } = server;
    return { origin, secureOrigin, logs: () => child.stderr + server.log() };
  };
}
