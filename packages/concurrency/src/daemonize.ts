// Daemons. Node.js cannot fork: the command starts itself again in a session of its own, waits until that
// process says that it serves, and ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OptionError } from '@sluice/protocol';

/** How a daemon is started. */
export interface DaemonOptions {
  /** Script and arguments. Relative paths in the arguments are the caller's to resolve where there is a `workdir`. */
  readonly argv: readonly string[];
  /** Arguments of node itself; those of this process by default. */
  readonly execArgv?: readonly string[];
  /** Environment; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** A file that the standard output is appended to; /dev/null by default. */
  readonly outlog?: string | undefined;
  /** A file that the standard error stream is appended to; /dev/null by default. */
  readonly errlog?: string | undefined;
  /** Its working directory; that of this process by default. */
  readonly workdir?: string | undefined;
  /** Its umask; that of this process by default. The log files have it, too. */
  readonly umask?: number | undefined;
}

/** The way from a daemon to the process that started it, which waits. */
export interface Launcher {
  /** The daemon serves: its launcher ends with status 0. */
  ready(): void;
  /** The daemon cannot serve: its launcher shows the message and ends with the status. */
  failed(message: string, status: number): void;
}

/** Tells a process that it is a daemon. */
const MARK = 'SLUICE_DAEMON';

/** What a daemon says once; nobody who ended without a word has served. */
type Report = { readonly ready: true } | { readonly failed: string; readonly status: number };

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts a daemon, in the process that was called by a person or script. Paths are resolved against the
 * directory of this process. INT, TERM and HUP end a daemon that does not serve yet.
 *
 * @returns the exit status for this process: 0 when the daemon serves
 * @throws OptionError `ERR_DAEMON_START` for a log file or directory that cannot be used
 */
export async function daemonize(options: DaemonOptions): Promise<number> {
  const child = withUmask(options.umask, () => launch(options));
  const end = () => void child.kill('SIGTERM');
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    const ended = new Promise<Report>((tell) => {
      child.on('error', (error) => tell({ failed: `no daemon: ${error.message}`, status: 1 }));
      child.on('close', (code, signal) => tell(lost(code, signal, options.errlog)));
    });
    const said = new Promise<Report>((tell) => {
      child.on('message', (message) => tell(message as Report));
    });
    const report = await Promise.race([said, ended]);
    if ('ready' in report) {
      if (child.connected) child.disconnect();
      child.unref();
      return 0;
    }
    await ended; // whoever tries again must not meet it
    process.stderr.write(`${report.failed}\n`);
    return report.status;
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

function launch({ argv, execArgv, env, outlog, errlog, workdir }: DaemonOptions): ChildProcess {
  const [script = '', ...words] = argv;
  const cwd = resolve(workdir ?? '.');
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new OptionError('ERR_DAEMON_START', `the working directory ${cwd} is not there`);
  const logs: number[] = [];
  try {
    for (const file of [outlog, errlog]) logs.push(openLog(file));
    return spawn(process.execPath, [...(execArgv ?? process.execArgv), resolve(script), ...words], {
      detached: true,
      cwd,
      env: { ...(env ?? process.env), PWD: cwd, [MARK]: '1' },
      stdio: ['ignore', ...logs, 'ipc'],
    });
  } finally {
    for (const fd of logs) closeSync(fd);
  }
}

/** Children inherit the umask of their first moment. */
function withUmask<Result>(umask: number | undefined, work: () => Result): Result {
  if (umask === undefined) return work();
  const before = process.umask(umask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}

function openLog(file: string | undefined): number {
  const path = file === undefined ? '/dev/null' : resolve(file);
  try {
    return openSync(path, 'a');
  } catch (error) {
    const why = (error as Error).message;
    throw new OptionError('ERR_DAEMON_START', `the log ${path} cannot be opened: ${why}`, error);
  }
}

function lost(code: number | null, signal: string | null, errlog: string | undefined): Report {
  const how = signal ?? `exit status ${code}`;
  const hint = errlog === undefined ? 'an errlog would say why' : `${resolve(errlog)} may say why`;
  return { failed: `the daemon ended before it served (${how}); ${hint}`, status: code || 1 };
}

/**
 * The launcher of this process; undefined when it is no daemon, or has asked before. Until one of the two
 * things is said, an exception that nobody catches is told as a failure.
 */
export function reportToLauncher(): Launcher | undefined {
  const isDaemon = process.env[MARK] !== undefined;
  delete process.env[MARK]; // children are none
  if (!isDaemon || !process.connected) return undefined;
  const say = (report: Report) => {
    process.off('uncaughtExceptionMonitor', crash);
    if (process.connected) process.send?.(report, () => process.connected && process.disconnect());
  };
  const failed = (message: string, status: number) => say({ failed: message, status });
  const crash = (error: unknown) =>
    failed(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
  process.on('uncaughtExceptionMonitor', crash);
  return { ready: () => say({ ready: true }), failed };
}
