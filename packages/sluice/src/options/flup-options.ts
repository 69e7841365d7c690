// The options of WSGIServer: those of serve(), and the words that flup has for some of them.
import { option } from './option.ts';
import { ServeOptions } from './serve-options.ts';

/**
 * Where a `WSGIServer` listens: the path of a Unix socket, or host and port. An empty host stands for all
 * addresses of this machine. What follows the port is not looked at: Python has two more values for IPv6.
 */
export type BindAddress = string | readonly [host: string, port: number, ...more: unknown[]];

/** Options of a `WSGIServer`. */
export class FlupOptions extends ServeOptions {
  /** Where to listen. */
  @option({
    help: 'host and port, or the path of a Unix socket',
    only: 'call',
    meant: ['host', 'port', 'socket', 'address', 'bind', 'url'],
  })
  bindAddress: BindAddress | undefined = undefined;

  /** False: the application gets one request at a time, as with `maxConcurrent: 1`. */
  @option({ help: 'whether the application gets several requests at once', only: 'call' })
  multithreaded: boolean = true;

  /** What is logged: a word as for `logLevel`, or Python's word or number for it, such as 20 for `INFO`. */
  @option({ help: 'what is logged: this level, and what is graver', only: 'call' })
  loggingLevel: string | number | undefined = undefined;

  /** Seconds that a request may take, as `requestTimeout`; 0: any. */
  @option({ type: 'number', help: 'seconds that a request may take; 0: any', only: 'call' })
  timeout: number | undefined = undefined;

  /** Seconds that a peer may keep us waiting, instead of the time limits that hold by default; 0: those. */
  @option({ type: 'number', help: 'seconds that a peer may keep us waiting', only: 'call' })
  sockTimeout: number | undefined = undefined;
}
