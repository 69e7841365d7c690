// The main program of the process that `sluice check` imports an application in, so that nothing of it stays.
import { SluiceError } from '@sluice/protocol';
import { loadApplication } from '../application.ts';

const messages: string[] = [];

function tell(error: unknown): void {
  if (error instanceof SluiceError) messages.push(error.message);
  else messages.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

try {
  await loadApplication(process.argv[2] as string, tell);
} catch (error) {
  tell(error);
}
process.send?.(messages, () => process.exit());
