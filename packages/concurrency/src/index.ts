/**
 * Where and how many times an application runs: addresses, descriptors, processes and threads. Knows
 * no protocol.
 *
 * @packageDocumentation
 */
export { type Address, describeAddress } from './address.ts';
export { type BindOptions, type BoundAddress, bind, listenFailure } from './bind.ts';
export { ERROR_CODES } from './error-codes.ts';
export { Pool, type PoolOptions, type StartUnit, type Unit, type UnitEvents } from './pool.ts';
export {
  type RunningWorkers,
  startWorkers,
  type WorkerProgram,
  type WorkersOptions,
} from './supervisor.ts';
export { refuseTwins } from './twins.ts';
export { currentWorker, type WorkerLink } from './worker-link.ts';
