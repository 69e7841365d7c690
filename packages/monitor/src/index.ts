/**
 * What lets an operator see what a gateway does: access log, log files, and the text forms of
 * statistics.
 *
 * @packageDocumentation
 */
export { ACCESS_LOG_FORMATS } from './access-format.ts';
export { AccessLog, type LineSink } from './access-log.ts';
export { combineObservers } from './combine-observers.ts';
export { ERROR_CODES } from './error-codes.ts';
export {
  type KeyInput,
  LiveTable,
  type LiveTableOptions,
  type TableOutput,
} from './live-table.ts';
export { createLog, LOG_LEVELS, type LogFormat, type LogOptions } from './log.ts';
export { LogFile } from './log-file.ts';
export { PROMETHEUS_TYPE, prometheusText } from './prometheus.ts';
export {
  type RunningRequest,
  type ServerStatus,
  statusJson,
  type WorkerStatus,
} from './statistics.ts';
export { statusTable } from './status-table.ts';
