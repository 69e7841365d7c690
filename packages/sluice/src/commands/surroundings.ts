// What stands around the server of the command: whoever steers it, whoever watches it.
import type { ServiceManager } from '@sluice/concurrency';
import { folderOf } from '../loading/application.ts';
import type { CommandOptions } from '../options/command-options.ts';
import type { Server } from '../serving/server.ts';
import { supervised } from './supervised.ts';

/** Opens what the options ask for; it is closed with the server. */
export async function surround(
  plain: Server,
  application: string,
  options: CommandOptions,
  manager: ServiceManager | undefined,
): Promise<Server> {
  const server = supervised(plain, manager);
  const ends: (() => Promise<void>)[] = [];
  try {
    if (options.control !== undefined) {
      const { openControl } = await import('../control/control.ts');
      const { close } = await openControl(options.control, server);
      ends.push(close);
    }
    if (options.stats !== undefined) {
      const { openStats } = await import('../control/stats-listener.ts');
      const { url, close } = await openStats(options.stats, server);
      process.stderr.write(`statistics at ${url}\n`);
      ends.push(close);
    }
    if (options.reload) ends.push(await reloadOnChange(server, application));
  } catch (error) {
    await Promise.all([plain.close(), ...ends.map((end) => end())]);
    throw error;
  }
  void server.closed.catch(() => {}).then(() => Promise.all(ends.map((end) => end())));
  return server;
}

async function reloadOnChange(server: Server, application: string): Promise<() => Promise<void>> {
  const folder = folderOf(application);
  if (folder === undefined) return async () => {};
  const { watchFiles } = await import('./watch-files.ts');
  return await watchFiles(folder, (path) => {
    server.log('info', `${path} has changed, workers are replaced`);
    void server.reload();
  });
}
