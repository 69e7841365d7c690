// One process of the load: sends what it is told to, and says when it is done.
import { type Load, run } from './load.ts';

/** What a load process is told. */
export interface LoadTask {
  readonly port: number;
  readonly load: Omit<Load, 'request'>;
  /** In latin-1: messages between processes are text. */
  readonly request: string;
  /** What every answer holds, and what it ends with. */
  readonly body: string;
  readonly end: string;
}

process.on('message', (task: LoadTask) => {
  const request = Buffer.from(task.request, 'latin1');
  run(task.port, { ...task.load, request }, task).then(
    () => process.send?.('done'),
    (error: Error) => process.send?.({ failure: error.message }),
  );
});
