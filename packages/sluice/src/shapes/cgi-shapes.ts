// CGI programs in the shape of flup.server.cgi, and of wsgiref.handlers.
import type { Application, ApplicationClass, GatewayOptions } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { runCgi } from '../started/run-cgi.ts';
import { suggest } from '../suggest.ts';

/** Options of a {@link WSGIServer}: the same as those of `runCgi()`. */
export type CgiServerOptions = Pick<
  GatewayOptions,
  'scriptName' | 'environ' | 'debug' | 'maxBodyBytes' | 'log'
>;

const NAMES: readonly (keyof CgiServerOptions)[] = [
  'scriptName',
  'environ',
  'debug',
  'maxBodyBytes',
  'log',
];

/** A CGI program: flup.server.cgi. */
export class WSGIServer {
  readonly #application: Application | ApplicationClass;
  readonly #options: CgiServerOptions;

  /**
   * @param application - what answers
   * @param options - see {@link CgiServerOptions}
   * @throws OptionError `ERR_OPTION_UNKNOWN` for an option that a CGI program does not have, such as an address
   */
  constructor(application: Application | ApplicationClass, options: CgiServerOptions = {}) {
    const unknown = Object.keys(options).find((name) => !NAMES.some((known) => known === name));
    if (unknown !== undefined) {
      const others = suggest(unknown, NAMES);
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${unknown} with cgi${others}`,
      );
    }
    this.#application = application;
    this.#options = options;
  }

  /**
   * Answers the CGI request that this process was started for.
   *
   * @returns false: the program has done what it was started for
   * @throws SluiceError `ERR_CGI_ENVIRONMENT` when no web server started this process
   */
  async run(): Promise<boolean> {
    await runCgi(this.#application, this.#options);
    return false;
  }
}

/** A CGI program: wsgiref.handlers.CGIHandler. */
export class CGIHandler {
  /**
   * Answers the CGI request that this process was started for.
   *
   * @example
   * ```ts
   * await new CGIHandler().run(application);
   * ```
   *
   * @param application - what answers
   * @throws SluiceError `ERR_CGI_ENVIRONMENT` when no web server started this process
   */
  async run(application: Application | ApplicationClass): Promise<void> {
    await runCgi(application);
  }
}
