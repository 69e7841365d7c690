// The main program of a thread host: a pool of worker_threads on inherited descriptors.
import { MessageChannel, Worker } from 'node:worker_threads';
import { Pool, type StartUnit } from './pool.ts';
import type { ThreadHostData } from './thread.ts';
import { currentWorker, TASK, type WorkerLink, type WorkerTask } from './worker-link.ts';

const link = currentWorker();
if (!link) throw new Error('a thread host is started by a supervisor');
// What threads print arrives here: a reader that has gone must not end the host.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
await runHost(link);

async function runHost(link: WorkerLink): Promise<void> {
  const host = link.data as ThreadHostData;
  const each = link.descriptors.length / host.sets; // as many as there are addresses
  const pool = new Pool({
    size: host.threads,
    start: threadUnits(link, host, each),
    report: (level, line) => process.stderr.write(`${level}: ${line}\n`),
    onexhausted: () => process.send?.('exhausted'),
  });
  const leave = (code: number) => {
    process.exitCode = code;
    link.leave();
  };
  pool.onfailed = () => leave(1);
  let isStopping = false;
  link.onStop(() => {
    isStopping = true;
    void pool.stop(host.deadline).then(() => leave(0));
  });
  try {
    await pool.start();
    link.ready();
  } catch (error) {
    if (isStopping) return; // threads that were ready have requests to finish
    const hopeless = (error as Error).message;
    process.send?.({ hopeless }, () => leave(1));
  }
}

/** Starts threads, each on the next set of descriptors. */
function threadUnits(link: WorkerLink, host: ThreadHostData, each: number): StartUnit {
  let next = 0;
  return (events) => {
    const descriptors = link.descriptors.slice(next, next + each);
    if (descriptors.length < each || each === 0) return undefined;
    next += each;
    const task: WorkerTask = { descriptors, data: host.data };
    const { port1, port2 } = new MessageChannel();
    const [script = '', ...argv] = host.argv;
    const worker = new Worker(script, {
      argv,
      workerData: { [TASK]: { task, port: port2 } },
      transferList: [port2],
    });
    let how = '';
    worker.on('error', (error) => {
      how = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on('exit', (code) => {
      port1.close();
      events.gone(how || `exit status ${code}`);
    });
    port1.on('message', (message) => {
      if (message === 'ready') events.ready();
    });
    const name = `thread ${worker.threadId}`;
    return { name, stop: () => port1.postMessage('stop'), kill: () => void worker.terminate() };
  };
}
