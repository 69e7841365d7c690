// A worker's side of the supervision: what it was given, and how it reports.
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';

/** What a worker is told, by a process or by a thread host. */
export interface WorkerTask {
  /** One descriptor for each address, for this worker alone. */
  readonly descriptors: readonly number[];
  /** Whatever the program that started the workers wants them to know. */
  readonly data: unknown;
}

/** The link of a worker to its supervisor. */
export interface WorkerLink extends WorkerTask {
  /** How this worker runs. */
  readonly model: 'fork' | 'thread';
  /** Reports that connections are accepted. */
  ready(): void;
  /** Sets what is called once when the worker shall finish and leave: told to, or its supervisor is gone. */
  onStop(listener: () => void): void;
  /** Leaves, when everything is finished. */
  leave(): void;
}

/** The environment variable and the worker data that carry a {@link WorkerTask}. */
export const TASK = 'SLUICE_WORKER_TASK';

let link: WorkerLink | undefined;

/** The link of this process or thread to its supervisor; undefined when it is no worker. */
export function currentWorker(): WorkerLink | undefined {
  link ??= isMainThread ? processLink() : threadLink();
  return link;
}

function processLink(): WorkerLink | undefined {
  const text = process.env[TASK];
  if (!text || !process.send) return undefined;
  delete process.env[TASK]; // not for the children of the application
  const stop = new Stop();
  process.on('message', (message) => {
    if (message === 'stop') stop.now();
  });
  process.on('disconnect', () => stop.now());
  process.on('SIGTERM', () => stop.now());
  process.on('SIGINT', () => {}); // a Ctrl-C reaches the whole group; the supervisor decides
  process.on('SIGHUP', () => {});
  return {
    ...(JSON.parse(text) as WorkerTask),
    model: 'fork',
    ready: () => void process.send?.('ready'),
    onStop: (listener) => stop.tell(listener),
    leave: () => process.exit(),
  };
}

function threadLink(): WorkerLink | undefined {
  const given = (workerData as Record<string, { task: WorkerTask; port: MessagePort }> | null)?.[
    TASK
  ];
  if (!given) return undefined;
  const { task, port } = given;
  const stop = new Stop();
  port.on('message', (message) => {
    if (message === 'stop') stop.now();
  });
  port.on('close', () => stop.now());
  port.ref();
  return {
    ...task,
    model: 'thread',
    ready: () => port.postMessage('ready'),
    onStop: (listener) => stop.tell(listener),
    leave: () => process.exit(), // of a thread: ends the thread alone
  };
}

/** Remembers a stop that came before anybody listened. */
class Stop {
  #listener: (() => void) | undefined;
  #stopped = false;

  tell(listener: () => void): void {
    this.#listener = listener;
    if (this.#stopped) listener();
  }

  now(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#listener?.();
  }
}
