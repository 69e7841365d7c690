/**
 * Where and how many times an application runs: addresses, descriptors, processes and threads. Knows
 * no protocol.
 *
 * @packageDocumentation
 */
export { findGroup, findUser, type User } from './accounts.ts';
export { type Address, describeAddress, type UnixAddress } from './address.ts';
export { keepBeat } from './beat.ts';
export { type BindOptions, type BoundAddress, bind } from './bind.ts';
export { Board, type RunningRequest } from './board.ts';
export { type DaemonOptions, daemonize, type Launcher, reportToLauncher } from './daemonize.ts';
export { ERROR_CODES } from './error-codes.ts';
export { listenFailure } from './listen-failure.ts';
export { Pidfile } from './pidfile.ts';
export { Pool, type PoolOptions } from './pool.ts';
export {
  dropPrivileges,
  type PrivilegeOptions,
  type PrivilegePreload,
  privilegePreload,
} from './privileges.ts';
export { ServiceManager } from './sd-notify.ts';
export type { Spares } from './sizing.ts';
export {
  type RunningWorkers,
  startWorkers,
  type WorkerProgram,
  type WorkersOptions,
  type WorkersStatus,
} from './supervisor.ts';
export { SystemdSockets } from './systemd-sockets.ts';
export { refuseTwins } from './twins.ts';
export type { FromUnit, StartUnit, ToUnit, Unit, UnitEvents, UnitStatus } from './unit.ts';
export { type WatchProcessOptions, watchProcess } from './watch-process.ts';
export type { WatchLimits } from './watchdog.ts';
export { describeRequest } from './watchdog-entries.ts';
export { currentWorker, type WorkerLink } from './worker-link.ts';
