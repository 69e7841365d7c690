// A child process under test: what it says, how it ends, and that nothing of it is left behind.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { descendantsOf, isAlive } from './processes.ts';
import { until, within } from './until.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program. */
export class Program {
  readonly child: ChildProcess;
  /** Settles when it has ended. */
  readonly exit: Promise<Exit>;
  /** Settles when it, and whoever inherited its output, has ended, and all of that is read. */
  readonly closed: Promise<unknown>;
  readonly #output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };

  /** @param argv - arguments of node, the script first
   * @param options - for spawn(); the streams are pipes by default
   * @param file - another program than node */
  constructor(argv: readonly string[], options: SpawnOptions = {}, file = process.execPath) {
    this.child = spawn(file, argv, { stdio: 'pipe', ...options });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.on('data', (chunk: Buffer) => this.#output[name].push(chunk));
    }
    this.exit = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.closed = once(this.child, 'close');
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get stdout(): string {
    return Buffer.concat(this.#output.stdout).toString('latin1');
  }

  get stderr(): string {
    return Buffer.concat(this.#output.stderr).toString('latin1');
  }

  /** The complete lines on its standard error stream. */
  get log(): string[] {
    return this.stderr.split('\n').slice(0, -1);
  }

  /** Waits for a line of its log. */
  line(pattern: RegExp, deadline?: number): Promise<string> {
    return until(
      `a log line like ${pattern}, only\n${this.stderr}`,
      () => this.log.find((line) => pattern.test(line)),
      deadline,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Waits for its end, and for that of its output. */
  async ended(deadline = 10_000): Promise<Exit> {
    await within(`the end of process ${this.pid}`, this.closed, deadline);
    return await this.exit;
  }

  /** Ends it and all that it has started, however they are. */
  async kill(): Promise<void> {
    const all = descendantsOf(this.pid);
    this.child.kill('SIGKILL');
    await this.exit;
    for (const pid of all.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
}

/** A program that is gone when the test is finished. */
export function runProgram(argv: readonly string[], options: SpawnOptions = {}): Program {
  const program = new Program(argv, options);
  onTestFinished(() => program.kill());
  return program;
}
