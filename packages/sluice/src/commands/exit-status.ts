// The exit status that tells of an error.
import { SluiceError } from '@sluice/protocol';

/** Exit statuses: documented, and never used for anything else. */
export const EXIT = { failure: 1, usage: 2, workers: 3, unreachable: 4 } as const;

/** The status for an error. */
export function statusOf(error: unknown): number {
  if (!(error instanceof SluiceError)) return EXIT.failure;
  if (error.name === 'OptionError') return EXIT.usage;
  if (error.code === 'ERR_WORKERS_FAILED') return EXIT.workers;
  return error.code === 'ERR_CONTROL_UNREACHABLE' ? EXIT.unreachable : EXIT.failure;
}
