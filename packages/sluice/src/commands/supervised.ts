// A server under the eyes of the service manager that has started it: systemd is told how it is.
import type { ServiceManager } from '@sluice/concurrency';
import type { Server } from '../serving/server.ts';

/** Tells a service manager when a server is up, is reloaded, and ends. */
export function supervised(server: Server, manager: ServiceManager | undefined): Server {
  if (!manager) return server;
  manager.ready(server.addresses.join(' '));
  const endWatchdog = manager.watchdog(() => true); // that the timer runs is what it asks for
  const closed = server.closed.finally(() => manager.settled());
  closed.catch(() => {}); // whoever cares awaits it
  return {
    ...server,
    closed,
    async reload(rolling) {
      manager.reloading();
      await server.reload(rolling);
      manager.ready();
    },
    async close() {
      endWatchdog();
      manager.stopping();
      await server.close();
      await manager.settled();
    },
  };
}
