// Caddy in the foreground.
import type { Cleanup } from '../../support/cleanup.ts';
import type { Values } from './configuration.ts';
import { findProgram } from './program.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** The program. */
export const CADDY = findProgram('Caddy', 'caddy');

/** Starts Caddy with a site of configurations/. */
export function startCaddy(cleanup: Cleanup, site: string, values: Values): Promise<WebServer> {
  const kind = {
    program: CADDY.path,
    main: 'caddy.caddyfile',
    words: (main: string) => ['run', '--adapter', 'caddyfile', '--config', main],
  };
  return startWebServer(cleanup, kind, site, values);
}
