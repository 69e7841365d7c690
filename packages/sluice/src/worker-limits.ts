// Which options of workers go together.
import type { Spares } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import type { WorkerOptions } from './options/worker-options.ts';

/** Whether the number of workers follows what they have to do. */
export function isAdaptive({ minSpare, maxSpare, maxChildren }: WorkerOptions): boolean {
  return minSpare !== undefined || maxSpare !== undefined || maxChildren !== undefined;
}

/** How many workers; for an adaptive pool its bounds, which are flup's where they are not given. */
export function sizeOf(options: WorkerOptions): number | Spares {
  if (!isAdaptive(options)) return options.workers;
  const { minSpare, maxSpare, maxChildren: max = Math.max(50, maxSpare ?? 0) } = options;
  const most = maxSpare ?? Math.min(max, Math.max(5, minSpare ?? 0));
  return { minSpare: minSpare ?? Math.min(1, most), maxSpare: most, max };
}

const FOR_WORKERS = ['maxRequests', 'maxAge', 'maxMemory'] as const;
const FOR_POOLS = ['minSpare', 'maxSpare', 'maxChildren'] as const;

/**
 * Checks that the options of workers go together.
 *
 * @throws OptionError `ERR_OPTION_COMBINATION`, naming those that do not
 */
export function checkWorkers(options: WorkerOptions): void {
  const { concurrency } = options;
  if (concurrency === 'single') {
    const named = FOR_WORKERS.find((name) => options[name] > 0);
    const other = named ?? FOR_POOLS.find((name) => options[name] !== undefined);
    if (other)
      throw wrong(
        `option ${other} needs concurrency fork or thread: under single nobody would start the next worker`,
      );
  }
  if (concurrency !== 'thread' && options.processes > 1)
    throw wrong(
      `option processes needs concurrency thread, where each has so many threads; under ${concurrency} it is workers that counts`,
    );
  const size = sizeOf(options);
  if (typeof size === 'number') return;
  if (size.minSpare > size.maxSpare)
    throw wrong(`minSpare (${size.minSpare}) is above maxSpare (${size.maxSpare})`);
  if (size.maxSpare > size.max)
    throw wrong(`maxSpare (${size.maxSpare}) is above maxChildren (${size.max})`);
}

function wrong(message: string): OptionError {
  return new OptionError('ERR_OPTION_COMBINATION', message);
}
