// The control socket: HTTP over a Unix socket that only the user of the server may connect to.

import type { Server } from '../serving/server.ts';
import { openManagement } from './management-http.ts';
import { ControlVerbs } from './verbs.ts';

const MODE = 0o600; // whoever connects may stop the server

/**
 * Opens the control socket of a server, in the process that keeps its workers. It goes with the server
 * or with the process, whichever ends first, and removes no socket but its own.
 *
 * @param path - of the socket
 * @param server - that is steered
 * @returns how it is closed before that: whoever waits for the end of the server is told of it then
 * @throws OptionError `ERR_LISTEN_IN_USE` when another server answers there, `ERR_LISTEN_NOT_A_SOCKET`, `ERR_LISTEN_ADDRESS`
 */
export async function openControl(
  path: string,
  server: Server,
): Promise<{ close(): Promise<void> }> {
  const { concurrency } = await server.status();
  const verbs = new ControlVerbs(server, concurrency);
  const { close } = await openManagement({ type: 'unix', path, mode: MODE }, verbs.routes);
  const end = () => {
    process.off('exit', end);
    verbs.end();
    return close();
  };
  process.on('exit', end); // answers leave within the call
  void server.closed.then(end, end);
  return { close: end };
}
