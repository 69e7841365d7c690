// lighttpd in the foreground.
import type { Cleanup } from '../../support/cleanup.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Values } from './configuration.ts';
import { findProgram } from './program.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** The program. */
export const LIGHTTPD = findProgram('lighttpd', 'lighttpd');

/** Starts lighttpd with a site of configurations/. */
export function startLighttpd(cleanup: Cleanup, site: string, values: Values): Promise<WebServer> {
  const kind = {
    program: LIGHTTPD.path,
    main: 'lighttpd.conf',
    words: (main: string) => ['-D', '-f', main],
    pidFile: 'lighttpd.pid',
    values: { DOCUMENTS: temporaryFolder(cleanup) },
  };
  return startWebServer(cleanup, kind, site, values);
}
