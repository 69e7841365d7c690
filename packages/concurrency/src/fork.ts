// The fork model: a unit is a child process with descriptors of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { type FromUnit, RemoteUnit, type StartUnit } from './unit.ts';
import { TASK, type WorkerTask } from './worker-link.ts';

/** A program that runs in a child process. */
export interface ChildProgram {
  /** Arguments of Node.js before all others. */
  readonly execArgv: readonly string[];
  /** Script and arguments. */
  readonly argv: readonly string[];
  /** Variables beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Name of a unit in the log. */
  readonly title: string;
  /** What the child is told, given the numbers its descriptors will have. */
  readonly task: (descriptors: readonly number[]) => WorkerTask;
  /** Descriptors of this process that the child inherits. */
  readonly descriptors: readonly number[];
}

const FIRST_FREE = 4; // behind the standard streams and the channel
const NOTHING = () => {};

/** Starts child processes that run a program. */
export function forkUnits(program: ChildProgram): StartUnit {
  return (events) => {
    const { descriptors, execArgv, argv, env } = program;
    const task = program.task(descriptors.map((_, index) => FIRST_FREE + index));
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, [...execArgv, ...process.execArgv, ...argv], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...descriptors],
        env: { ...process.env, ...env, [TASK]: JSON.stringify(task) },
      });
    } catch (failure) {
      // Descriptors or memory are used up: as if it had ended, so that it is tried again later.
      setImmediate(() => events.gone((failure as Error).message));
      return new RemoteUnit(`${program.title} (not started)`, events, NOTHING, NOTHING);
    }
    let error: Error | undefined;
    child.on('error', (failure) => {
      error = failure;
      if (child.pid === undefined) events.gone(failure.message);
    });
    child.on('exit', (code, signal) => {
      const gone = () => events.gone(error?.message ?? signal ?? `exit status ${code}`);
      if (!child.connected) gone();
      // What it said last has not been read yet, maybe: why it leaves.
      else child.once('disconnect', gone);
    });
    const unit = new RemoteUnit(
      `${program.title} ${child.pid ?? '(not started)'}`,
      events,
      (message) => child.connected && child.send(message, () => {}), // one that is gone needs no telling
      () => child.kill('SIGKILL'),
    );
    child.on('message', (message) => unit.receive(message as FromUnit));
    return unit;
  };
}
