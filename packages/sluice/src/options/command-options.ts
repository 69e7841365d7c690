// The options that only `sluice serve` has: those of a process, not of a server in one.
import { option } from './option.ts';
import { ServeOptions } from './serve-options.ts';

/** Options of `sluice serve`. */
export class CommandOptions extends ServeOptions {
  /** The configuration file. Null: none. Undefined: the one in the working directory. */
  @option({
    type: 'string',
    help: 'configuration file; none: not even that of the working directory',
    placeholder: 'FILE',
    names: 'file',
    nullWord: 'none',
    only: 'command',
  })
  config: string | null | undefined = undefined;

  /** Which server of the configuration file. */
  @option({
    type: 'string',
    help: 'which server of the configuration file: main by default, or the only one',
    placeholder: 'NAME',
    only: 'command',
  })
  server: string | undefined = undefined;

  /** Path of the control socket; none by default. */
  @option({
    type: 'string',
    help: 'Unix socket through which sluice ctl steers the server',
    placeholder: 'PATH',
    names: 'file',
  })
  control: string | undefined = undefined;

  /** Where statistics are served; nowhere by default. */
  @option({
    type: 'string',
    help: 'where statistics are served: http://127.0.0.1:9100',
    placeholder: 'URL',
    names: 'address',
  })
  stats: string | undefined = undefined;

  /** What HUP does. */
  @option({
    help: 'what HUP does: replace the workers, or stop with status 42 for a loop that starts anew',
    choices: ['reload', 'exit42'],
    placeholder: 'WHAT',
  })
  onHup: 'reload' | 'exit42' = 'reload';

  /** Replace the workers whenever a file of the application changes. */
  @option({ help: 'for development: replace the workers when a file of the application changes' })
  reload: boolean = false;

  /** Go to the background. */
  @option({ help: 'go to the background once the server is up' })
  daemonize: boolean = false;

  /** File that holds the process id. */
  @option({
    type: 'string',
    help: 'file that holds the process id',
    placeholder: 'FILE',
    names: 'file',
  })
  pidfile: string | undefined = undefined;

  /** Working directory of the server. */
  @option({
    type: 'string',
    help: 'working directory of the server',
    placeholder: 'DIR',
    names: 'folder',
  })
  workdir: string | undefined = undefined;

  /** File for the standard output of a daemon; /dev/null by default. */
  @option({
    type: 'string',
    help: 'for daemonize: file for the standard output',
    placeholder: 'FILE',
    names: 'file',
  })
  outlog: string | undefined = undefined;

  /** File for the standard error stream of a daemon; /dev/null by default. */
  @option({
    type: 'string',
    help: 'for daemonize: file for the standard error stream',
    placeholder: 'FILE',
    names: 'file',
  })
  errlog: string | undefined = undefined;
}
