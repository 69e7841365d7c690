// A worker's side of the supervision: what it was given, and what it and whoever keeps it say to each other.
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import type { FromUnit, ToUnit } from './unit.ts';

/** What a worker is told, by a process or by a thread host. */
export interface WorkerTask {
  /** One descriptor for each address, for this worker alone. */
  readonly descriptors: readonly number[];
  /** Whatever the program that started the workers wants them to know. */
  readonly data: unknown;
  /** Memory of a board that whoever keeps this worker looks at; undefined: the worker makes its own. */
  readonly board?: SharedArrayBuffer | undefined;
}

/** The link of a worker to its supervisor. */
export interface WorkerLink extends WorkerTask {
  /** How this worker runs. */
  readonly model: 'fork' | 'thread';
  /** Sends a message; `sent` is called when it is out. */
  tell(message: FromUnit, sent?: () => void): void;
  /** Reports that connections are accepted. */
  ready(): void;
  /** Sets what is called once when the worker shall finish and leave: told to, or its supervisor is gone. */
  onStop(listener: () => void): void;
  /** Sets what is called when log files shall be opened anew. */
  onReopen(listener: () => void): void;
  /** Sets what is called when the number of units shall change that this worker keeps. */
  onResize(listener: (size: number) => void): void;
  /** Sets who answers when the supervisor asks what this worker is doing. */
  onReport(source: () => unknown): void;
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
  const link = new Link(JSON.parse(text) as WorkerTask, 'fork', (message, sent) => {
    if (process.connected) process.send?.(message, undefined, {}, () => sent?.());
    else sent?.();
  });
  process.on('message', (message) => link.receive(message as ToUnit));
  process.on('disconnect', () => link.receive({ type: 'stop' }));
  process.on('SIGTERM', () => link.receive({ type: 'stop' }));
  process.on('SIGINT', () => {}); // a Ctrl-C reaches the whole group; the supervisor decides
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {});
  return link;
}

function threadLink(): WorkerLink | undefined {
  const given = (workerData as Record<string, { task: WorkerTask; port: MessagePort }> | null)?.[
    TASK
  ];
  if (!given) return undefined;
  const { task, port } = given;
  const link = new Link(task, 'thread', (message, sent) => {
    port.postMessage(message);
    sent?.();
  });
  port.on('message', (message) => link.receive(message as ToUnit));
  port.on('close', () => link.receive({ type: 'stop' }));
  port.ref();
  return link;
}

class Link implements WorkerLink {
  readonly descriptors: readonly number[];
  readonly data: unknown;
  readonly board: SharedArrayBuffer | undefined;
  readonly model: 'fork' | 'thread';
  readonly tell: WorkerLink['tell'];
  #onStop: (() => void) | undefined;
  #onReopen = () => {};
  #onResize: (size: number) => void = () => {};
  #source: () => unknown = () => undefined;
  #isStopped = false;

  constructor(task: WorkerTask, model: 'fork' | 'thread', tell: WorkerLink['tell']) {
    this.descriptors = task.descriptors;
    this.data = task.data;
    this.board = task.board;
    this.model = model;
    this.tell = tell;
  }

  receive(message: ToUnit): void {
    switch (message.type) {
      case 'stop':
        if (!this.#isStopped) this.#onStop?.();
        this.#isStopped = true;
        return;
      case 'reopen':
        this.#onReopen();
        return;
      case 'resize':
        this.#onResize(message.size);
        return;
      case 'report':
        void this.#answer(message.id);
        return;
    }
  }

  ready(): void {
    this.tell({ type: 'ready' });
  }

  onStop(listener: () => void): void {
    this.#onStop = listener;
    if (this.#isStopped) listener(); // it came before anybody listened
  }

  onReopen(listener: () => void): void {
    this.#onReopen = listener;
  }

  onResize(listener: (size: number) => void): void {
    this.#onResize = listener;
  }

  onReport(source: () => unknown): void {
    this.#source = source;
  }

  leave(): void {
    process.exit(); // of a thread: ends the thread alone
  }

  async #answer(id: number): Promise<void> {
    this.tell({ type: 'report', id, report: await this.#source() });
  }
}
