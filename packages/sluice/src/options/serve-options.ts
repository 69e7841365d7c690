// The options of serve(), `sluice serve` and WSGIServer: one declaration for all of them.
import { APPLICATION_KINDS, type ApplicationKind } from '@sluice/adapters/kinds';
import type { Limits } from '@sluice/front-ends';
import { LogOptions } from './log-options.ts';
import { option } from './option.ts';
import { wrongLimits, wrongPeers, wrongSignal, wrongVariables } from './value-checks.ts';

/** Options of `serve()`. */
export class ServeOptions extends LogOptions {
  /** Where to listen, as URLs. */
  @option({
    help: 'where to listen, as often as you like: http://127.0.0.1:8000, scgi+unix:/run/app.sock, scgi+stdio:',
    placeholder: 'URL',
    verbatim: true,
    names: 'address',
    meant: [
      'host',
      'port',
      'p',
      'socket',
      'bind',
      'b',
      'bindAddress',
      'address',
      'url',
      'protocol',
    ],
  })
  listen: readonly string[] = ['http://127.0.0.1:8000'];

  /** What the module of the application exports, where that would be guessed wrong. Undefined: guess. */
  @option({
    type: 'string',
    help: 'what the module exports, where that is guessed wrong',
    choices: APPLICATION_KINDS,
    placeholder: 'KIND',
  })
  as: ApplicationKind | undefined = undefined;

  /** Where the application is mounted. Null: leave SCRIPT_NAME and PATH_INFO as they come. Undefined: believe the web server. */
  @option({
    type: 'string',
    help: "path that the application is mounted at; '' for the root; none: leave paths as they come",
    placeholder: 'PATH',
    env: 'WSGI_SCRIPT_NAME',
    nullWord: 'none',
    meant: ['prefix', 'mount', 'basePath', 'baseUrl', 'rootPath'],
  })
  scriptName: string | null | undefined = undefined;

  /** Show stacks to clients. */
  @option({ help: 'show stacks to clients: for development, on loopback only' })
  debug: boolean = false;

  /** Peers that may connect by protocols that believe their peers: addresses and networks. */
  @option({
    help: 'peers that may connect: addresses and networks such as 192.0.2.0/24 (default, but for http: this machine)',
    placeholder: 'LIST',
    aliases: ['allowedServers'],
    check: wrongPeers,
  })
  allow: readonly string[] = [];

  /** Peers whose forwarding headers are believed: addresses and networks. */
  @option({
    help: 'proxies whose X-Forwarded-* or Forwarded headers are believed',
    placeholder: 'LIST',
    check: wrongPeers,
  })
  trust: readonly string[] = [];

  /** Umask for Unix sockets. */
  @option({
    help: 'umask for Unix sockets, in octal; 117 gives mode 660, the default',
    placeholder: 'OCTAL',
    octal: true,
    max: 0o777,
  })
  umask: number = 0o117;

  /** Bytes of request body at most, 0: no limit. */
  @option({ help: 'bytes of request body at most; 0: no limit', placeholder: 'BYTES' })
  maxBodyBytes: number = 0;

  /** Whether other servers, started apart, serve the same application: `wsgi.multiprocess` says so. */
  @option({ help: 'other servers serve the same application: wsgi.multiprocess says so' })
  multiprocess: boolean = false;

  /** Variables that replace those of every request. */
  @option({
    help: 'variables that replace those of every request',
    only: 'code',
    check: wrongVariables,
  })
  environ: Readonly<Record<string, string>> = {};

  /** Time limits of connections in milliseconds, where they shall differ from the default. */
  @option({ help: 'time limits of connections', only: 'code', check: wrongLimits })
  limits: Partial<Limits> = {};

  /** Ends a start that is not complete yet, or stops the server. */
  @option({ help: 'stops the server', only: 'call', check: wrongSignal })
  signal: AbortSignal | undefined = undefined;
}
