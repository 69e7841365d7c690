// The model single: an application in the process that was started.
import { Board, type BoundAddress, dropPrivileges, watchProcess } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { openApplication } from '../loading/application.ts';
import type { ServeOptions } from '../options/serve-options.ts';
import type { ListenerPlan } from './listeners.ts';
import type { Logs } from './logs.ts';
import type { Running } from './server.ts';
import { openServing } from './serving.ts';
import { watchLimits } from './watch-limits.ts';

/** Runs an application in this process. */
export async function runHere(
  given: unknown,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
  options: ServeOptions,
  logs: Logs,
): Promise<Running> {
  dropPrivileges(options);
  const name = `process ${process.pid}`;
  const board = new Board();
  const since = Date.now();
  const { application, about } = await openApplication(given, options);
  const serving = await openServing({
    application,
    plans,
    handles: bound.map(({ handle }) => handle),
    options,
    concurrency: 'single',
    logs,
    board,
    leave: () => {}, // nobody would come after it
  });
  const unwatch = watchProcess(board, {
    name,
    limits: watchLimits(options),
    report: logs.log,
  });
  return {
    failed: new Promise(() => {}),
    about: async () => about,
    reload: async () => {},
    reopenLogs: () => serving.reopen(),
    scale() {
      throw new OptionError(
        'ERR_OPTION_COMBINATION',
        'single has one process and no workers: choose concurrency fork or thread',
      );
    },
    async status() {
      const state = serving.active > 0 ? 'busy' : 'idle';
      return { size: 1, restarts: 0, workers: [{ name, state, since, ...serving.report() }] };
    },
    async stop() {
      await serving.stop();
      unwatch();
    },
  };
}
