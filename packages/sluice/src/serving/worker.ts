// The main program of a worker whose application is named by a module.
import { currentWorker } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { ownProcess } from '../loading/module-application.ts';
import { runWorker } from './run-worker.ts';
import type { WorkerData } from './run-workers.ts';

const link = currentWorker();
if (!link) throw new Error('a worker is started by a supervisor');
ownProcess();
const { application } = link.data as WorkerData;
try {
  await runWorker(link, application);
} catch (error) {
  const { message } = error as Error;
  if (isHopeless(error)) link.tell({ type: 'hopeless', why: message }, () => process.exit(2));
  else {
    process.stderr.write(`error: ${message}\n`);
    process.exit(1);
  }
}

/** Another try may help against what an application has met with; not against a name or an export that is wrong. */
function isHopeless(error: unknown): boolean {
  if (!(error instanceof OptionError)) return false;
  return error.cause === undefined || error.cause instanceof OptionError;
}
