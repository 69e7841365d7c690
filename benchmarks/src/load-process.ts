// One process of the load: sends what it is told to, and says when it is done.
import { type Load, run } from './load.ts';

/** What a load process is told. */
export interface LoadTask {
  readonly port: number;
  readonly load: Omit<Load, 'request'>;
  /** In latin-1: messages between processes are text. */
  readonly request: string;
  /** What every answer ends with. */
  readonly body: string;
}

process.on('message', (task: LoadTask) => {
  const request = Buffer.from(task.request, 'latin1');
  run(task.port, { ...task.load, request }, task.body).then(
    () => process.send?.('done'),
    (error: Error) => process.send?.({ failure: error.message }),
  );
});
