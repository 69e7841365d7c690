// uWSGI with a Python application: one process, which answers one request at a time.
import { fileURLToPath } from 'node:url';
import type { Launch } from '../launch.ts';
import { find, firstLine, freePort, startProgram } from './program.ts';

const APPLICATION = fileURLToPath(new URL('../../peers/hello.py', import.meta.url));

/**
 * uWSGI on a socket of one protocol. It closes each connection of these after the answer, whatever was asked for.
 *
 * @param socket - the option that names the protocol
 */
export function uwsgi(socket: 'uwsgi-socket' | 'fastcgi-socket' | 'http-socket'): Launch {
  return {
    async start() {
      const port = await freePort();
      const application = ['--plugin', 'python3', '--need-app', '--wsgi-file', APPLICATION];
      const manner = ['--disable-logging', '--die-on-term']; // TERM would be a reload
      const listen = [`--${socket}`, `127.0.0.1:${port}`];
      return startProgram(find('uwsgi'), [...application, ...manner, ...listen], port);
    },
    version: () => `uWSGI ${firstLine(find('uwsgi'), '--version')}`,
  };
}
