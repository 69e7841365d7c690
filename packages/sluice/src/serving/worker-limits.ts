// Which options of workers go together.
import type { Spares } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import type { WorkerOptions } from '../options/worker-options.ts';

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

/** Options that do not go together. */
export interface Combination {
  /** Their names, the one that is too much first. */
  readonly names: readonly string[];
  readonly why: string;
}

/**
 * Checks that the options of workers go together.
 *
 * @throws OptionError `ERR_OPTION_COMBINATION`, naming those that do not
 */
export function checkWorkers(options: WorkerOptions): void {
  for (const { why } of workerMistakes(options))
    throw new OptionError('ERR_OPTION_COMBINATION', why);
}

/** The options of workers that do not go together. */
export function* workerMistakes(options: WorkerOptions): Generator<Combination> {
  const { concurrency } = options;
  if (concurrency === 'single') {
    for (const name of FOR_WORKERS) if (options[name] > 0) yield needsWorkers(name);
    for (const name of FOR_POOLS) if (options[name] !== undefined) yield needsWorkers(name);
  }
  if (concurrency !== 'thread' && options.processes > 1)
    yield {
      names: ['processes', 'concurrency'],
      why: `option processes needs concurrency thread, where each has so many threads; under ${concurrency} it is workers that counts`,
    };
  const size = sizeOf(options);
  if (typeof size === 'number') return;
  if (size.minSpare > size.maxSpare)
    yield {
      names: ['minSpare', 'maxSpare'],
      why: `minSpare (${size.minSpare}) is above maxSpare (${size.maxSpare})`,
    };
  if (size.maxSpare > size.max)
    yield {
      names: ['maxSpare', 'maxChildren'],
      why: `maxSpare (${size.maxSpare}) is above maxChildren (${size.max})`,
    };
}

function needsWorkers(name: string): Combination {
  return {
    names: [name, 'concurrency'],
    why: `option ${name} needs concurrency fork or thread: under single nobody would start the next worker`,
  };
}
