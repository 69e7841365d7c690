// The main program of a thread host: a pool of worker_threads on inherited descriptors.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { Board } from './board.ts';
import { Pool } from './pool.ts';
import { stackOfThread } from './stack-of.ts';
import type { ThreadHostData } from './thread.ts';
import { type FromUnit, RemoteUnit, type StartUnit } from './unit.ts';
import { STACK_WITHIN, Watchdog } from './watchdog.ts';
import { currentWorker, TASK, type WorkerLink, type WorkerTask } from './worker-link.ts';
import { entryWriter } from './write-entry.ts';

const NATIVE = 2000; // milliseconds that a thread has to end once it is killed

const link = currentWorker();
if (!link) throw new Error('a thread host is started by a supervisor');
// What threads print arrives here: a reader that has gone must not end the host.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
await runHost(link);

async function runHost(link: WorkerLink): Promise<void> {
  const host = link.data as ThreadHostData;
  const each = link.descriptors.length / host.sets; // as many as there are addresses
  const { limits } = host;
  const watchdog = new Watchdog(limits, entryWriter(limits.file));
  if (limits.slowLog > 0 || limits.requestTimeout > 0) watchdog.start();
  const pool = new Pool({
    size: host.threads,
    deadline: host.deadline,
    start: threadUnits(link, host, each, watchdog),
    report: (level, line) =>
      link.tell({ type: 'log', level, line: `process ${process.pid}: ${line}` }),
    onexhausted: () => link.tell({ type: 'exhausted' }),
  });
  const leave = (code: number) => {
    process.exitCode = code;
    link.leave();
  };
  pool.onfailed = () => leave(1);
  let isStopping = false;
  link.onStop(() => {
    isStopping = true;
    void pool.stop().then(() => leave(0));
  });
  link.onReopen(() => pool.reopen());
  link.onResize((size) => pool.resize(size));
  link.onReport(async () => ({ units: await pool.status(), size: pool.size, lost: pool.lost }));
  try {
    await pool.start();
    link.ready();
  } catch (error) {
    if (isStopping) return; // threads that were ready have requests to finish
    link.tell({ type: 'hopeless', why: (error as Error).message }, () => leave(1));
  }
}

/** Starts threads, each on the next set of descriptors. */
function threadUnits(
  link: WorkerLink,
  host: ThreadHostData,
  each: number,
  watchdog: Watchdog,
): StartUnit {
  let next = 0;
  return (events) => {
    const descriptors = link.descriptors.slice(next, next + each);
    if (descriptors.length < each || each === 0) return undefined;
    next += each;
    const board = new Board();
    const task: WorkerTask = { descriptors, data: host.data, board: board.buffer };
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
    let isGone = false;
    const gone = (how: string) => {
      if (!isGone) events.gone(how);
      isGone = true;
    };
    const kill = () => {
      void worker.terminate();
      const late = () => {
        if (isGone) return;
        gone('killed, and does not end: it is blocked in native code');
        link.tell({ type: 'exhausted' }); // only the end of the process ends such a thread
      };
      setTimeout(late, NATIVE).unref();
    };
    const { threadId } = worker;
    const unwatch = watchdog.watch({
      name: `thread ${threadId} of process ${process.pid}`,
      board,
      stack: () => stackOfThread(threadId, STACK_WITHIN),
      kill,
    });
    worker.on('exit', (code) => {
      unwatch();
      // What it said last has not been read yet, maybe: why it leaves.
      for (let left = receiveMessageOnPort(port1); left; left = receiveMessageOnPort(port1))
        unit.receive(left.message as FromUnit);
      port1.close();
      gone(how || `exit status ${code}`);
    });
    const unit = new RemoteUnit(
      `thread ${threadId}`,
      events,
      (message) => port1.postMessage(message),
      kill,
    );
    port1.on('message', (message) => unit.receive(message as FromUnit));
    return unit;
  };
}
