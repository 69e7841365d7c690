// A process that a test starts, and stops by its own id.
import { spawn } from 'node:child_process';
import type { Cleanup } from './cleanup.ts';
import { inTime } from './until.ts';

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process in the foreground; what it writes is kept. */
export interface Child {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How it ended; undefined while it runs. */
  readonly exit: Exit | undefined;
  /** Settles when it has ended and its output is read. */
  readonly ended: Promise<Exit>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

/** How a process is started. */
export interface ChildOptions {
  readonly cwd?: string;
  /** Instead of the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

const PATIENCE = 12_000; // milliseconds from the polite signal to the other one

/** Starts a process; it is stopped with the rest of what the test opened. */
export function startChild(
  cleanup: Cleanup,
  program: string,
  words: readonly string[],
  options: ChildOptions = {},
): Child {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let exit: Exit | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill); // a test run that is broken off must not leave servers behind
  child.on('error', (error) => {
    stderr += `${error.message}\n`;
  });
  const ended = new Promise<Exit>((resolve) => {
    child.on('close', (code, signal) => {
      process.off('exit', kill);
      exit = { code, signal };
      resolve(exit);
    });
  });
  const started: Child = {
    pid: child.pid ?? 0,
    ended,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    get exit() {
      return exit;
    },
    async stop(signal = 'SIGTERM') {
      if (exit) return exit;
      child.kill(signal);
      return await inTime(`${program} ends`, ended, PATIENCE).catch(async (error) => {
        kill();
        await ended;
        throw error;
      });
    },
  };
  cleanup.add(() => started.stop());
  return started;
}
