// What a server that is started for good needs around it: the background, a pidfile, a directory.
import { resolve } from 'node:path';
import { daemonize, type Launcher, Pidfile, reportToLauncher } from '@sluice/concurrency';
import { OptionError, SluiceError } from '@sluice/protocol';
import { absoluteAddress } from '../addresses/absolute-address.ts';
import { absoluteName } from '../loading/application.ts';
import type { CommandOptions } from '../options/command-options.ts';
import { statusOf } from './exit-status.ts';

const DAEMON_UMASK = 0o022;

/** The life of this process as a daemon, or as whatever it was started as. */
export interface DaemonLife {
  /** The server is up. */
  serves(): void;
  /** It never will be. */
  failed(error: unknown): void;
  /** It is over. */
  ends(): void;
}

let launcher: Launcher | undefined;

/**
 * Starts the daemon, where that is asked for and this is not it.
 *
 * @param hasUmask - whether somebody has set the umask, which is then that of the process as well
 * @returns the exit status for this process; undefined: it is the one that serves
 */
export async function launchDaemon(
  options: CommandOptions,
  hasUmask: boolean,
): Promise<number | undefined> {
  launcher = reportToLauncher();
  const { outlog, errlog } = options;
  if (!options.daemonize || launcher) return undefined;
  const umask = hasUmask ? options.umask : DAEMON_UMASK;
  return await daemonize({ argv: process.argv.slice(1), outlog, errlog, umask });
}

/** What the process that serves begins with. */
interface Begun {
  readonly daemon: DaemonLife;
  readonly application: string;
  readonly options: CommandOptions;
}

/** Begins the life of the process that serves: paths are made absolute, then the directory changes. */
export function beginDaemon(application: string, options: CommandOptions): Begun {
  const { pidfile, workdir } = options;
  let file: Pidfile | undefined;
  const daemon: DaemonLife = {
    serves: () => launcher?.ready(),
    failed: (error) =>
      launcher?.failed(
        error instanceof SluiceError ? error.message : String(error),
        statusOf(error),
      ),
    ends: () => file?.remove(),
  };
  try {
    if (pidfile !== undefined) file = Pidfile.create(pidfile);
    return workdir === undefined
      ? { daemon, application, options }
      : { daemon, ...moveTo(workdir, application, options) };
  } catch (error) {
    daemon.failed(error);
    daemon.ends();
    throw error;
  }
}

/** Changes the directory; what is named by a relative path keeps its meaning. */
function moveTo(workdir: string, application: string, options: CommandOptions) {
  const absolute = Object.fromEntries(
    (['accessLog', 'errorLog', 'control'] as const).flatMap((name) => {
      const path = options[name];
      return path === undefined || path === '-' ? [] : [[name, resolve(path)]];
    }),
  );
  const here = process.cwd();
  const listen = options.listen.map((address) => absoluteAddress(address, here));
  const name = absoluteName(application);
  enter(workdir);
  return { application: name, options: { ...options, ...absolute, listen } };
}

function enter(workdir: string): void {
  try {
    process.chdir(workdir);
  } catch (error) {
    throw new OptionError(
      'ERR_OPTION_VALUE',
      `option workdir (--workdir): ${(error as Error).message}`,
      error,
    );
  }
}
