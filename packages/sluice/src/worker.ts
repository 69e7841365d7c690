// The main program of a worker whose application is named by a module.
import { currentWorker } from '@sluice/concurrency';
import { ownProcess } from './module-application.ts';
import { runWorker } from './run-worker.ts';
import type { WorkerData } from './run-workers.ts';

const link = currentWorker();
if (!link) throw new Error('a worker is started by a supervisor');
ownProcess();
const { application } = link.data as WorkerData;
try {
  await runWorker(link, application);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exit(1);
}
