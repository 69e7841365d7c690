// The options of logs.
import type { Log } from '@sluice/gateway';
import { option } from './option.ts';
import { wrongFunction } from './value-checks.ts';
import { WorkerOptions } from './worker-options.ts';

/** Options of what a server writes. */
export class LogOptions extends WorkerOptions {
  /** File of the access log; `-`: the standard output. None by default. */
  @option({
    type: 'string',
    help: 'file of the access log; -: the standard output',
    placeholder: 'FILE',
    names: 'file',
  })
  accessLog: string | undefined = undefined;

  /** Format of the access log: `common`, `combined`, `json`, or one in the words of Apache. */
  @option({
    help: "format of the access log: common, combined, json, or Apache's words",
    placeholder: 'FORMAT',
  })
  accessLogFormat: string = 'combined';

  /** File of the error log; the standard error stream by default. */
  @option({ type: 'string', help: 'file of the error log', placeholder: 'FILE', names: 'file' })
  errorLog: string | undefined = undefined;

  /** What is logged: this level, and what is graver. */
  @option({
    help: 'what is logged: this level, and what is graver',
    choices: ['error', 'warn', 'info', 'debug'],
    placeholder: 'LEVEL',
  })
  logLevel: 'error' | 'warn' | 'info' | 'debug' = 'info';

  /** Takes log lines instead of the standard error stream; in this process only. */
  @option({ help: 'takes log lines', only: 'code', check: wrongFunction })
  log: Log | undefined = undefined;
}
