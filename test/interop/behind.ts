// The usual start of a set-up: `sluice serve` with the application of all behaviours, and a web server
// in front of it.
import type { Cleanup } from '../support/cleanup.ts';
import { appPath, portOf, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Values } from './servers/configuration.ts';
import type { WebServer } from './servers/web-server.ts';
import type { SetUp } from './set-up.ts';

type StartWebServer = (cleanup: Cleanup, site: string, values: Values) => Promise<WebServer>;

/**
 * Starts both; the site's configuration is told APPLICATION_PORT, or SOCKET, and what else is given.
 *
 * @param listen - by which protocol, and on a port or on a Unix socket that every user may connect to
 * @param words - more options of `sluice serve`
 */
export function behind(
  startWebServer: StartWebServer,
  site: string,
  listen: 'scgi' | 'scgi+unix' | 'http',
  words: readonly string[] = [],
  more: (cleanup: Cleanup) => Values = () => ({}),
): SetUp['start'] {
  return async (cleanup) => {
    const socket = `${temporaryFolder(cleanup)}/app.sock`;
    const address =
      listen === 'scgi+unix' ? `${listen}:${socket}?mode=666` : `${listen}://127.0.0.1:0`;
    const { addresses, child } = await startSluice(cleanup, [
      ...[appPath('every-behaviour.js'), '--listen', address],
      ...words,
    ]);
    const [first] = addresses;
    const values =
      listen === 'scgi+unix' ? { SOCKET: socket } : { APPLICATION_PORT: portOf(first) };
    const server = await startWebServer(cleanup, site, { ...values, ...more(cleanup) });
    return { origin: server.origin, logs: () => child.stderr + server.log() };
  };
}
