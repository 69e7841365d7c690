// The models fork and thread: an application in workers, which this process keeps.
import { fileURLToPath } from 'node:url';
import {
  type BoundAddress,
  privilegePreload,
  startWorkers,
  type UnitStatus,
} from '@sluice/concurrency';
import type { WorkerStatus } from '@sluice/monitor';
import { OptionError } from '@sluice/protocol';
import type { ServeOptions } from '../options/serve-options.ts';
import type { ListenerPlan } from './listeners.ts';
import type { Logs } from './logs.ts';
import type { Running } from './server.ts';
import type { WorkerReport } from './serving.ts';
import { watchLimits } from './watch-limits.ts';
import { isAdaptive, sizeOf } from './worker-limits.ts';

/** What a worker is told of its server. */
export interface WorkerData {
  /** Which call of `serve()` in the script this server is. */
  readonly call: number;
  /** Name of the application; undefined when the script itself has it. */
  readonly application: string | undefined;
  readonly plans: readonly ListenerPlan[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs an application in workers. */
export async function runWorkers(
  model: 'fork' | 'thread',
  application: unknown,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
  options: ServeOptions,
  logs: Logs,
  call: number,
): Promise<Running> {
  const script = process.argv[1];
  if (typeof application !== 'string' && !script) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `concurrency ${model} runs the script again in each worker, and this process has none; name the module of the application instead`,
    );
  }
  const { log, signal, ...rest } = options;
  const data: WorkerData = {
    call,
    application: typeof application === 'string' ? application : undefined,
    plans: plans.map((plan, index) => ({
      ...plan,
      address: (bound[index] as BoundAddress).address,
    })),
    options: rest,
  };
  const argv =
    typeof application === 'string'
      ? [fileURLToPath(new URL('./worker.js', import.meta.url))]
      : [script as string, ...process.argv.slice(2)];
  const workers = await startWorkers({ argv, data, ...privilegePreload(options) }, bound, {
    model,
    workers: sizeOf(options),
    processes: options.processes,
    deadline: options.shutdownTimeout * 1000,
    limits: watchLimits(options),
    signal,
    report: logs.log,
  });
  return {
    failed: workers.failed,
    async about() {
      const { units } = await workers.status();
      const reports = units.map(({ report }) => report as WorkerReport | undefined);
      return reports.find((report) => report?.about !== undefined)?.about;
    },
    reload: (rolling) => workers.reload(rolling),
    scale(change) {
      if (isAdaptive(options)) {
        throw new OptionError(
          'ERR_OPTION_COMBINATION',
          'the number of workers follows their requests: minSpare, maxSpare and maxChildren are its bounds',
        );
      }
      return workers.scale(change);
    },
    stop: () => workers.stop().finally(() => logs.close()),
    reopenLogs() {
      logs.reopen();
      workers.reopen();
    },
    async status() {
      const { size, lost, units } = await workers.status();
      return { size, restarts: lost, workers: units.map(statusOf) };
    },
  };
}

const NOTHING: WorkerReport = {
  ...{ pid: 0, thread: undefined, requests: 0, active: 0, waiting: 0, refused: 0, rss: 0, heap: 0 },
  current: [],
};

/** What a worker says of itself, and what the pool knows of it. */
function statusOf({ name, state, since, report }: UnitStatus): WorkerStatus {
  const { about: _, ...said } = (report as WorkerReport | undefined) ?? NOTHING;
  if (state !== 'ready') return { ...said, name, since, state };
  if (!report) return { ...said, name, since, state: 'silent' };
  return { ...said, name, since, state: said.active > 0 ? 'busy' : 'idle' };
}
