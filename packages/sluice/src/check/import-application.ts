// The main program of the process that `sluice check` imports an application in, so that nothing of it stays.
import type { ApplicationKind } from '@sluice/adapters/kinds';
import { SluiceError } from '@sluice/protocol';
import { openApplication } from '../loading/application.ts';
import type { ApplicationMistake } from './check-application.ts';

const mistakes: ApplicationMistake[] = [];

function tell(error: unknown): void {
  if (error instanceof SluiceError) {
    mistakes.push({ message: error.message, isItsOwn: !isMistake(error) });
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  mistakes.push({ message, isItsOwn: true });
}

/** Whether nothing but what we found is behind an error. */
function isMistake({ cause }: Error): boolean {
  return cause === undefined || (cause instanceof SluiceError && isMistake(cause));
}

try {
  const [, , name, as] = process.argv;
  await openApplication(name, { as: as as ApplicationKind | undefined, report: tell });
} catch (error) {
  tell(error);
}
process.send?.(mistakes, () => process.exit());
