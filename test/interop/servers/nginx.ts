// nginx in the foreground.
import type { Cleanup } from '../../support/cleanup.ts';
import type { Values } from './configuration.ts';
import { findProgram } from './program.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** The program. */
export const NGINX = findProgram('nginx', 'nginx');

/** Starts nginx with a site of configurations/. */
export function startNginx(cleanup: Cleanup, site: string, values: Values): Promise<WebServer> {
  const kind = {
    program: NGINX.path,
    main: 'nginx.conf',
    words: (main: string, folder: string) => [
      '-p',
      folder,
      '-c',
      main,
      '-e',
      `${folder}/error.log`,
    ],
    pidFile: 'nginx.pid',
  };
  return startWebServer(cleanup, kind, site, values);
}
