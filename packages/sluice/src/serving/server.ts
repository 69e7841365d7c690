// A server, as whoever started it sees it.
import { readFileSync } from 'node:fs';
import { type Address, type BoundAddress, describeAddress } from '@sluice/concurrency';
import type { Log } from '@sluice/gateway';
import type { ServerStatus, WorkerStatus } from '@sluice/monitor';
import type { ServeOptions } from '../options/serve-options.ts';
import type { ListenerPlan } from './listeners.ts';

/** A running server. */
export interface Server {
  /** Where it listens, as URLs, with the ports that were really bound. */
  readonly addresses: readonly string[];
  /** Whether this process or thread is a worker of the server: the same script runs in each of them. */
  readonly isWorker: boolean;
  /** Whether {@link close} was called, by whomever. */
  readonly isClosing: boolean;
  /** Lets requests in progress finish, within the shutdown timeout, and stops. Called again: stops at once. */
  close(): Promise<void>;
  /**
   * Replaces all workers by new ones, which import the application anew; no request fails. Settles when
   * that is done; as long as new workers fail, the old ones stay. Does nothing under `single`.
   *
   * @param rolling - one after the other instead of all at once
   */
  reload(rolling?: boolean): Promise<void>;
  /**
   * Changes the number of workers, under `thread` in each process.
   *
   * @param change - gives the new number, at least 1, from the old one
   * @returns the new number
   * @throws OptionError `ERR_OPTION_COMBINATION` under `single`, and where the pool is adaptive
   */
  scale(change: (size: number) => number): number;
  /** Opens all log files anew, after they were moved away. */
  reopenLogs(): void;
  /** Takes a line for the log of this process: of its error log, where it has one. */
  readonly log: Log;
  /** What is going on. Requests are counted only with the option `statistics`. */
  status(): Promise<ServerStatus>;
  /**
   * What is served, as its workers have found it: `a Node handler (Express)`.
   *
   * @returns undefined where neither a module nor a function is served, or no worker is ready
   */
  about(): Promise<string | undefined>;
  /** Settles when the server has stopped; rejects with `ERR_WORKERS_FAILED` when its workers are lost for good. */
  readonly closed: Promise<void>;
}

/** An application that runs somewhere, on addresses that are bound. */
export interface Running extends Pick<Server, 'scale' | 'reload' | 'reopenLogs' | 'about'> {
  stop(): Promise<void>;
  status(): Promise<Pick<ServerStatus, 'size' | 'restarts'> & { workers: readonly WorkerStatus[] }>;
  readonly failed: Promise<Error>;
}

const VERSION: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;

/** Makes a server of what runs. */
export function serverOf(
  running: Running,
  plans: readonly ListenerPlan[],
  bound: readonly BoundAddress[],
  { concurrency }: ServeOptions,
  log: Log,
): Server {
  const end = () => {
    for (const { close } of bound) close();
  };
  let settle: { resolve(): void; reject(error: Error): void };
  const closed = new Promise<void>((done, reject) => {
    settle = { resolve: done, reject };
  });
  closed.catch(() => {}); // whoever cares awaits it
  void running.failed.then((error) => {
    end();
    settle.reject(error);
  });
  const addresses = plans.map(({ protocol }, index) =>
    addressUrl(protocol, (bound[index] as BoundAddress).address),
  );
  const since = Date.now();
  let reloads = 0;
  let isClosing = false;
  return {
    addresses,
    isWorker: false,
    closed,
    get isClosing() {
      return isClosing;
    },
    async reload(rolling) {
      reloads++;
      await running.reload(rolling);
    },
    scale: (change) => running.scale(change),
    reopenLogs: () => running.reopenLogs(),
    about: () => running.about(),
    log,
    async status() {
      const now = await running.status();
      return { version: VERSION, pid: process.pid, since, concurrency, addresses, reloads, ...now };
    },
    async close() {
      isClosing = true;
      const stopped = running.stop();
      end(); // whoever connects from now on is refused, and does not wait in a queue that nobody serves
      await stopped;
      settle.resolve();
    },
  };
}

function addressUrl(protocol: string, address: Address): string {
  switch (address.type) {
    case 'tcp':
      return `${protocol}://${describeAddress(address)}`;
    case 'unix':
      return `${protocol}+unix:${address.path}`;
    case 'fd':
      return `${protocol}+fd:${address.fd}`;
  }
}
