// Apache in the foreground.
import { existsSync } from 'node:fs';
import type { Cleanup } from '../../support/cleanup.ts';
import type { Values } from './configuration.ts';
import { findProgram, type Program } from './program.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** The program. */
export const APACHE = findProgram('Apache', 'apache2', 'httpd');

const MODULES = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/lib/httpd/modules'];

/** A module that has a package of its own. */
export function apacheModule(name: string): Program {
  return findProgram(name, ...MODULES.map((folder) => `${folder}/${name}.so`));
}

/** Starts Apache with a site of configurations/. */
export function startApache(cleanup: Cleanup, site: string, values: Values): Promise<WebServer> {
  const kind = {
    program: APACHE.path,
    main: 'apache.conf',
    words: (main: string) => ['-DFOREGROUND', '-f', main],
    pidFile: 'apache.pid',
    values: { MODULES: MODULES.find((path) => existsSync(path)) ?? (MODULES[0] as string) },
  };
  return startWebServer(cleanup, kind, site, values);
}
