// The options that only `sluice serve` has: those of a process, not of a server in one.
import { option } from './option.ts';
import { ServeOptions } from './serve-options.ts';

/** Options of `sluice serve`. */
export class CommandOptions extends ServeOptions {
  /** Path of the control socket; none by default. */
  @option({
    help: 'Unix socket through which sluice ctl steers the server',
    placeholder: 'PATH',
    env: 'SLUICE_CONTROL',
  })
  control: string | undefined = undefined;

  /** Where statistics are served; nowhere by default. */
  @option({ help: 'where statistics are served: http://127.0.0.1:9100', placeholder: 'URL' })
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
  @option({ help: 'file that holds the process id', placeholder: 'FILE' })
  pidfile: string | undefined = undefined;

  /** Working directory of the server. */
  @option({ help: 'working directory of the server', placeholder: 'DIR' })
  workdir: string | undefined = undefined;

  /** File for the standard output of a daemon; /dev/null by default. */
  @option({ help: 'for daemonize: file for the standard output', placeholder: 'FILE' })
  outlog: string | undefined = undefined;

  /** File for the standard error stream of a daemon; /dev/null by default. */
  @option({ help: 'for daemonize: file for the standard error stream', placeholder: 'FILE' })
  errlog: string | undefined = undefined;
}
