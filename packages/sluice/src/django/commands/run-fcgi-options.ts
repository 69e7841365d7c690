// The options of `manage.js runfcgi`: Django's, with its defaults, and those that it had no way to give.
import { option } from '../../options/option.ts';
import { wrongPeers } from '../../options/value-checks.ts';
import { PROTOCOLS, type ProtocolName } from '../../registry.ts';

/** Django's name for FastCGI, and ours for all that a web server connects by. */
const PROTOCOL_NAMES = [
  'fcgi',
  ...Object.keys(PROTOCOLS).filter((name) => !PROTOCOLS[name as ProtocolName].startsPrograms),
];

/** Options of `manage.js runfcgi`, written `name=value`; letters may be of either case. */
export class RunfcgiOptions {
  /** The protocol. */
  @option({
    help: 'what the web server speaks',
    choices: PROTOCOL_NAMES,
    placeholder: 'PROTOCOL',
  })
  protocol: string = 'fcgi';

  /** Host to listen at, together with `port`. */
  @option({ type: 'string', help: 'host to listen at', placeholder: 'HOSTNAME' })
  host: string | undefined = undefined;

  /** Port to listen at, together with `host`; 0: any free one. */
  @option({ type: 'number', help: 'port to listen at', placeholder: 'PORT' })
  port: number | undefined = undefined;

  /** Unix socket to listen at, instead of `host` and `port`. */
  @option({
    type: 'string',
    help: 'Unix socket to listen at',
    placeholder: 'FILE',
    names: 'file',
  })
  socket: string | undefined = undefined;

  /** Processes or threads. */
  @option({
    help: 'processes, threads, or one process',
    choices: ['prefork', 'fork', 'threaded', 'thread', 'single'],
    placeholder: 'MODEL',
  })
  method: string = 'prefork';

  /** Requests after which a process or thread is replaced; 0: never. */
  @option({
    help: 'requests after which a process or thread is replaced; 0: never',
    placeholder: 'N',
  })
  maxrequests: number = 0;

  /** Processes or threads without work at most. */
  @option({ help: 'processes or threads without work at most', placeholder: 'N', min: 1 })
  maxspare: number = 5;

  /** Processes or threads without work at least. */
  @option({ help: 'processes or threads without work at least', placeholder: 'N' })
  minspare: number = 2;

  /** Processes or threads at most. */
  @option({ help: 'processes or threads at most', placeholder: 'N', min: 1 })
  maxchildren: number = 50;

  /** Whether to go to the background; undefined: where an address is given. */
  @option({
    type: 'boolean',
    help: 'go to the background; by default where an address is given',
    placeholder: 'BOOL',
  })
  daemonize: boolean | undefined = undefined;

  /** File that holds the process id; it is removed at the end. */
  @option({
    type: 'string',
    help: 'file that holds the process id',
    placeholder: 'FILE',
    names: 'file',
  })
  pidfile: string | undefined = undefined;

  /** Working directory of a daemon. */
  @option({ help: 'working directory of a daemon', placeholder: 'DIR', names: 'folder' })
  workdir: string = '/';

  /** Umask of a daemon and for its Unix socket, in octal; 022 for the one and 117 for the other by default. */
  @option({
    type: 'number',
    help: 'umask of a daemon and for its socket, in octal: 002 lets the group use it',
    placeholder: 'OCTAL',
    octal: true,
    max: 0o777,
  })
  umask: number | undefined = undefined;

  /** File for the standard output of a daemon. */
  @option({
    type: 'string',
    help: 'file for the standard output of a daemon',
    placeholder: 'FILE',
    names: 'file',
  })
  outlog: string | undefined = undefined;

  /** File for the standard error stream of a daemon. */
  @option({
    type: 'string',
    help: 'file for the standard error stream of a daemon',
    placeholder: 'FILE',
    names: 'file',
  })
  errlog: string | undefined = undefined;

  /** Show stacks to clients. */
  @option({ help: 'show stacks to clients', placeholder: 'BOOL' })
  debug: boolean = false;

  /** Path that the project is mounted at. */
  @option({
    type: 'string',
    help: "path that the project is mounted at; '' for the root",
    placeholder: 'PATH',
    nullWord: 'none',
  })
  scriptName: string | null | undefined = undefined;

  /** Peers that may connect. */
  @option({
    help: 'peers that may connect: addresses and networks; this machine by default',
    placeholder: 'LIST',
    check: wrongPeers,
  })
  allowedServers: readonly string[] = [];

  /** For FastCGI: several requests at once on a connection. */
  @option({ help: 'for fcgi: several requests at once on a connection', placeholder: 'BOOL' })
  multiplexed: boolean = true;
}
