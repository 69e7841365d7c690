// A status for a terminal: a line about the server, its addresses, and a table of its workers.
import { printable } from '@sluice/gateway';
import type { RunningRequest, ServerStatus, WorkerStatus } from './statistics.ts';

const HEADS = ['WORKER', 'STATE', 'UP', 'REQUESTS', 'ACTIVE', 'WAITING', 'REFUSED', 'RSS', 'HEAP'];
const LAST_HEADS = ['AGE', 'REQUEST'];
const LEFT = new Set(['WORKER', 'STATE', 'REQUEST']);

/**
 * A status as a table of printable ASCII. The worker with the oldest request comes first, those
 * without a request come last; of each worker the oldest request is shown.
 *
 * @param status - of the server
 * @param columns - characters of a line at most; what is beyond is cut off
 * @param now - milliseconds since the epoch, for ages
 */
export function statusTable(
  status: ServerStatus,
  columns = Number.POSITIVE_INFINITY,
  now = Date.now(),
): string {
  const rows = [...status.workers]
    .map((worker) => ({ worker, oldest: oldestOf(worker) }))
    .sort((one, other) => sinceOf(one.oldest) - sinceOf(other.oldest) || 0)
    .map(({ worker, oldest }) => rowOf(worker, oldest, now));
  const lines = [
    headline(status, now),
    status.addresses.map(printable).join('  '),
    '',
    ...aligned([[...HEADS, ...LAST_HEADS], ...rows]),
  ];
  return lines.map((line) => `${cut(line, columns)}\n`).join('');
}

/** `45s`, `3m12s`, `2h05m`, `3d04h`: two units, of milliseconds. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (!minutes) return `${seconds}s`;
  if (!hours) return `${minutes}m${two(seconds % 60)}s`;
  if (!days) return `${hours}h${two(minutes % 60)}m`;
  return `${days}d${two(hours % 24)}h`;
}

function headline(status: ServerStatus, now: number): string {
  const { version, concurrency, pid, since, size, workers, restarts, reloads } = status;
  return [
    `sluice ${printable(version)}`,
    concurrency,
    `pid ${pid}`,
    `up ${duration(now - since)}`,
    `${workers.length} of ${size} worker${size === 1 ? '' : 's'}`,
    `${restarts} restart${restarts === 1 ? '' : 's'}`,
    `${reloads} reload${reloads === 1 ? '' : 's'}`,
  ].join(', ');
}

function rowOf(worker: WorkerStatus, oldest: RunningRequest | undefined, now: number): string[] {
  return [
    printable(worker.name),
    worker.state,
    duration(now - worker.since),
    String(worker.requests),
    String(worker.active),
    String(worker.waiting),
    String(worker.refused),
    size(worker.rss),
    size(worker.heap),
    oldest ? age(now - oldest.since) : '',
    oldest ? printable(`${oldest.method} ${oldest.url}`) : '',
  ];
}

function oldestOf({ current }: WorkerStatus): RunningRequest | undefined {
  return current.reduce<RunningRequest | undefined>(
    (oldest, request) => (oldest && oldest.since <= request.since ? oldest : request),
    undefined,
  );
}

function sinceOf(request: RunningRequest | undefined): number {
  return request?.since ?? Number.POSITIVE_INFINITY;
}

/** Ages below ten seconds are worth a digit more. */
function age(milliseconds: number): string {
  const tenths = Math.max(0, Math.floor(milliseconds / 100));
  return tenths < 100 ? `${(tenths / 10).toFixed(1)}s` : duration(milliseconds);
}

/** Bytes in binary units, as `ps` and `top` show them. */
function size(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return mebibytes < 1024 ? `${Math.round(mebibytes)}M` : `${(mebibytes / 1024).toFixed(1)}G`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const [heads = []] = rows;
  const widths = heads.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const width = widths[at] as number;
        return LEFT.has(heads[at] as string) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function cut(line: string, columns: number): string {
  if (line.length <= columns) return line;
  return columns < 4 ? line.slice(0, columns) : `${line.slice(0, columns - 3)}...`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
