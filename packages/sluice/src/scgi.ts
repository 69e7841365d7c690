// `import { WSGIServer } from 'sluice/scgi'`: flup's shape, and that of the scgi package. Loads no other protocol.
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ForeignApplication } from './loading/foreign-application.ts';
import { WSGIServer as AnyServer, type FlupServerOptions } from './shapes/wsgi-server.ts';

export { type CgiStreams, SCGIHandler } from './shapes/scgi-handler.ts';
export { SCGIServer, type SCGIServerOptions } from './shapes/scgi-server.ts';
export type { BindAddress, FlupServerOptions } from './shapes/wsgi-server.ts';

/** An SCGI server: flup.server.scgi, and with the option `concurrency` its scgi_fork. */
export class WSGIServer extends AnyServer {
  /**
   * @example
   * ```ts
   * const server = new WSGIServer(application, {
   *   scriptName: '/blog',
   *   bindAddress: ['127.0.0.1', 8040],
   *   concurrency: 'fork',
   * });
   * process.exit((await server.run()) ? 42 : 0);
   * ```
   *
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - `bindAddress` is 127.0.0.1, port 4000 by default
   */
  constructor(application: Application | ApplicationClass | string, options?: FlupServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: FlupServerOptions);
  constructor(application: unknown, options: FlupServerOptions = {}) {
    super(application as Application, { ...options, protocol: 'scgi' });
  }
}
