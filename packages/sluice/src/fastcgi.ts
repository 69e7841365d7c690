// `import { WSGIServer } from 'sluice/fastcgi'`: flup.server.fcgi. Loads no other protocol; and where one CGI
// request is to be answered, which a process is started for, only what that takes.
import { isMainThread } from 'node:worker_threads';
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ForeignApplication } from './loading/foreign-application.ts';
import type { FlupServerOptions } from './shapes/wsgi-server.ts';
import { startedOn } from './started/started-on.ts';

export type { BindAddress, FlupServerOptions } from './shapes/wsgi-server.ts';

/** Options of a {@link WSGIServer}. */
export interface FastcgiServerOptions extends FlupServerOptions {
  /** Whether requests may be mixed on one connection; true by default. */
  readonly multiplexed?: boolean;
  /** The roles that the application plays; `['responder']` by default. */
  readonly roles?: readonly ('responder' | 'authorizer' | 'filter')[];
  /** Answer one CGI request, whatever descriptor 0 is; false by default. */
  readonly forceCGI?: boolean;
}

/** A FastCGI server: flup.server.fcgi, and with the option `concurrency` its fcgi_fork and fcgi_single. */
export class WSGIServer {
  readonly #application: Application;
  readonly #options: FastcgiServerOptions;

  /**
   * @example
   * ```ts
   * #!/usr/bin/env node
   * await new WSGIServer(application).run();
   * ```
   *
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - without a `bindAddress` the web server says what is wanted: FastCGI where descriptor 0 is
   * its listening socket, else one CGI request, as the environment variable `FCGI_FORCE_CGI` and the option
   * `forceCGI` say in any case
   */
  constructor(application: Application | ApplicationClass | string, options?: FastcgiServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: FastcgiServerOptions);
  constructor(application: unknown, options: FastcgiServerOptions = {}) {
    this.#application = application as Application; // whatever it is, it goes to serve()
    this.#options = options;
  }

  /**
   * Serves until a signal ends it, or until the one request is answered.
   *
   * @returns true when the signal was HUP: exit with 42 and let a loop start the program anew
   * @throws OptionError `ERR_FASTCGI_START` without a `bindAddress` when no web server started this process;
   * `ERR_OPTION_UNKNOWN`, `ERR_OPTION_VALUE` and others for what a person can put right
   * @throws SluiceError `ERR_CGI_ENVIRONMENT` with `forceCGI` when there is no request in the environment
   */
  async run(): Promise<boolean> {
    const { forceCGI = false, ...options } = this.#options;
    if (forceCGI || (options.bindAddress === undefined && isOneRequest())) {
      const bundle = new URL('./bundle/answer-cgi.js', import.meta.url).href;
      const { answerCgi }: typeof import('./shapes/answer-cgi.ts') = await import(bundle);
      await answerCgi(this.#application, options);
      return false;
    }
    const { WSGIServer: AnyServer } = await import('./shapes/wsgi-server.ts');
    return await new AnyServer(this.#application, { ...options, protocol: 'fastcgi' }).run();
  }
}

/** Whether this process was started to answer one CGI request; a worker, which runs the same script, never is. */
function isOneRequest(): boolean {
  return isMainThread && !process.connected && startedOn(process.env) === 'request';
}
