// The fork model: a unit is a child process with descriptors of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import type { StartUnit, Unit } from './pool.ts';
import { TASK, type WorkerTask } from './worker-link.ts';

/** A program that runs in a child process. */
export interface ChildProgram {
  /** Script and arguments. */
  readonly argv: readonly string[];
  /** Name of a unit in the log. */
  readonly title: string;
  /** What the child is told, given the numbers its descriptors will have. */
  readonly task: (descriptors: readonly number[]) => WorkerTask;
  /** Descriptors of this process that the child inherits. */
  readonly descriptors: readonly number[];
}

const FIRST_FREE = 4; // behind the standard streams and the channel

/** Starts child processes that run a program. */
export function forkUnits(program: ChildProgram): StartUnit {
  return (events) => {
    const { descriptors } = program;
    const task = program.task(descriptors.map((_, index) => FIRST_FREE + index));
    const child = spawn(process.execPath, [...process.execArgv, ...program.argv], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...descriptors],
      env: { ...process.env, [TASK]: JSON.stringify(task) },
    });
    const name = `${program.title} ${child.pid ?? '(not started)'}`;
    let error: Error | undefined;
    child.on('error', (failure) => {
      error = failure;
      if (child.pid === undefined) events.gone(failure.message);
    });
    child.on('exit', (code, signal) =>
      events.gone(error?.message ?? signal ?? `exit status ${code}`),
    );
    child.on('message', (message) => {
      if (message === 'ready') events.ready();
      else if (message === 'exhausted') events.exhausted();
      else if (typeof message === 'object')
        events.hopeless((message as { hopeless: string }).hopeless);
    });
    return new ChildUnit(name, child);
  };
}

class ChildUnit implements Unit {
  readonly name: string;
  readonly #child: ChildProcess;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  stop(): void {
    if (this.#child.connected) this.#child.send('stop', () => {}); // one that is gone needs no telling
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
