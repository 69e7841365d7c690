// Does what may be a person's mistake, and goes on.
import { OptionError } from '@sluice/protocol';
import type { Report } from '../options/resolve.ts';

/**
 * Reports the mistake that an action throws.
 *
 * @param report - takes it
 * @param action - what may be a mistake
 * @returns what the action gives; undefined: it was one
 */
export async function attempt<Result>(
  report: Report,
  action: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    report(error);
    return undefined;
  }
}
