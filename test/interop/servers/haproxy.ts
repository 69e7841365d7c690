// HAProxy in the foreground.
import type { Cleanup } from '../../support/cleanup.ts';
import type { Values } from './configuration.ts';
import { findProgram } from './program.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** The program. */
export const HAPROXY = findProgram('HAProxy', 'haproxy');

/** Starts HAProxy with a site of configurations/. */
export function startHaproxy(cleanup: Cleanup, site: string, values: Values): Promise<WebServer> {
  const kind = {
    program: HAPROXY.path,
    main: 'haproxy.cfg',
    words: (main: string, folder: string) => ['-db', '-f', main, '-f', `${folder}/${site}`],
  };
  return startWebServer(cleanup, kind, site, values);
}
