// lighttpd in the foreground.
import { execFileSync } from 'node:child_process';
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

/** Whether the lighttpd that is installed is 1.4.`release` or newer; not known of one that is not. */
export function isLighttpdFrom(release: number): boolean {
  if (!LIGHTTPD.installed) return true;
  const said = execFileSync(LIGHTTPD.path, ['-v'], { encoding: 'utf8' });
  return Number(/^lighttpd\/1\.4\.(\d+)/.exec(said)?.[1]) >= release;
}
