// The supervisor: binds nothing itself, never listens, and keeps the workers of a program alive.
import { SluiceError } from '@sluice/protocol';
import type { BoundAddress } from './bind.ts';
import { type ChildProgram, forkUnits } from './fork.ts';
import { Pool } from './pool.ts';
import type { Spares } from './sizing.ts';
import { threadHostUnits } from './thread.ts';
import type { UnitStatus } from './unit.ts';
import type { WatchLimits } from './watchdog.ts';

/** What the workers run. */
export interface WorkerProgram extends Partial<Pick<ChildProgram, 'execArgv' | 'env'>> {
  /** Script and arguments; the script asks `currentWorker()` what it has to do. */
  readonly argv: readonly string[];
  /** Anything that survives JSON, handed to each worker. */
  readonly data: unknown;
}

/** How many workers, and of which kind. */
export interface WorkersOptions {
  readonly model: 'fork' | 'thread';
  /** How many; for an adaptive pool, the bounds of their number. */
  readonly workers: number | Spares;
  /** Processes under `thread`, each with so many workers; 1 by default. */
  readonly processes?: number;
  /** Milliseconds that workers have to finish when they are stopped. */
  readonly deadline: number;
  /** What is too long for a request of a thread: a process watches itself. */
  readonly limits?: WatchLimits;
  /** Ends a start that is not complete yet. */
  readonly signal?: AbortSignal | undefined;
  /** Takes one line for each thing that an operator should know. */
  readonly report: (level: 'info' | 'warn' | 'error', line: string) => void;
}

/** Workers, as they are now. */
export interface WorkersStatus {
  /** How many there shall be. */
  readonly size: number;
  /** How many were lost and replaced so far. */
  readonly lost: number;
  readonly units: readonly UnitStatus[];
}

/** Workers that run. */
export interface RunningWorkers {
  /** Replaces all of them, new ones ready before old ones leave; `rolling`: one after the other. Settles when that is done. */
  reload(rolling?: boolean): Promise<void>;
  /** Changes their number (under `thread`: in each process), at least 1; returns what it is then. */
  scale(change: (size: number) => number): number;
  /** Tells them to open their log files anew. */
  reopen(): void;
  /** Asks them what they are doing. */
  status(): Promise<WorkersStatus>;
  /** Lets them finish within the deadline. Called again: ends them at once. */
  stop(): Promise<void>;
  /** Settles with the reason when all are lost and none can be started. */
  readonly failed: Promise<SluiceError>;
}

/**
 * Starts workers on bound addresses; settles when all are ready.
 *
 * @throws SluiceError `ERR_WORKERS_FAILED` when they fail again and again
 */
export async function startWorkers(
  program: WorkerProgram,
  bound: readonly BoundAddress[],
  options: WorkersOptions,
): Promise<RunningWorkers> {
  const { signal } = options;
  const { pool, scale, status } =
    options.model === 'fork'
      ? processes(program, bound, options)
      : threads(program, bound, options);
  const failed = new Promise<SluiceError>((resolve) => {
    pool.onfailed = (why) => resolve(new SluiceError('ERR_WORKERS_FAILED', why));
  });
  let stopped: Promise<void> | undefined;
  const abort = () => {
    stopped = pool.stop();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await pool.start();
  } catch (error) {
    await stopped;
    throw new SluiceError('ERR_WORKERS_FAILED', (error as Error).message);
  }
  signal?.removeEventListener('abort', abort);
  return {
    failed,
    scale,
    status,
    reload: (rolling) => pool.replaceAll(rolling),
    reopen: () => pool.reopen(),
    stop: () => pool.stop(),
  };
}

const NO_LIMITS: WatchLimits = { slowLog: 0, requestTimeout: 0 };

type Kept = Pick<RunningWorkers, 'scale' | 'status'> & { readonly pool: Pool };

/** The fork model: each worker is a process. */
function processes(
  { argv, data, execArgv = [], env = {} }: WorkerProgram,
  bound: readonly BoundAddress[],
  { workers, deadline, report }: WorkersOptions,
): Kept {
  const pool = new Pool({
    size: workers,
    deadline,
    report,
    start: forkUnits({
      ...{ argv, execArgv, env },
      title: 'worker',
      descriptors: bound.map(({ fd }) => fd),
      task: (descriptors) => ({ descriptors, data }),
    }),
  });
  return {
    pool,
    scale(change) {
      pool.resize(Math.max(1, change(pool.size)));
      return pool.size;
    },
    status: async () => ({ size: pool.size, lost: pool.lost, units: await pool.status() }),
  };
}

/** The thread model: each process keeps workers that are threads. */
function threads(
  { argv, data, execArgv = [], env = {} }: WorkerProgram,
  bound: readonly BoundAddress[],
  { workers, processes = 1, deadline, limits = NO_LIMITS, report }: WorkersOptions,
): Kept {
  let size = workers;
  const pool = new Pool({
    size: processes,
    deadline,
    report,
    start: threadHostUnits(
      () => ({ threads: size, deadline, limits, argv, data }),
      bound.map(({ fd }) => fd),
      { execArgv, env },
    ),
  });
  return {
    pool,
    scale(change) {
      const before = typeof size === 'number' ? size : size.maxSpare;
      size = Math.max(1, change(before));
      pool.resizeEach(size);
      return size;
    },
    async status() {
      const hosts = await pool.status();
      const inside = hosts.map((host) => threadsOf(host));
      return {
        size: inside.reduce((sum, { size }) => sum + size, 0),
        lost: pool.lost + inside.reduce((sum, { lost }) => sum + lost, 0),
        units: inside.flatMap(({ units }) => units),
      };
    },
  };
}

/** What a thread host says of its threads; of one that says nothing, that it is there. */
function threadsOf(host: UnitStatus): WorkersStatus {
  const report = host.report as WorkersStatus | undefined;
  if (!report) return { size: 0, lost: 0, units: [host] };
  const units = report.units.map((unit) => ({
    ...unit,
    name: `${unit.name} of ${host.name}`,
    state: host.state === 'leaving' ? 'leaving' : unit.state,
  }));
  return { ...report, units };
}
