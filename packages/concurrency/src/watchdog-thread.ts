// The main program of the thread that watches the main thread of its process.
import { workerData } from 'node:worker_threads';
import { Board } from './board.ts';
import { stackOfMainThread } from './stack-of.ts';
import type { WatchedProcess } from './watch-process.ts';
import { STACK_WITHIN, Watchdog } from './watchdog.ts';
import { entryWriter } from './write-entry.ts';

const { name, buffer, limits } = workerData as WatchedProcess;
const watchdog = new Watchdog(limits, entryWriter(limits.file));
watchdog.watch({
  name,
  board: new Board(buffer),
  stack: () => stackOfMainThread(STACK_WITHIN),
  kill: () => process.kill(process.pid, 'SIGKILL'), // nothing gentler reaches a process whose main thread is stuck
});
watchdog.start();
