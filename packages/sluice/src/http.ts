// `import { makeServer } from 'sluice/http'`: the shape of wsgiref.simple_server, and flup's. Loads no other protocol.
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ForeignApplication } from './loading/foreign-application.ts';
import { WSGIServer as AnyServer, type FlupServerOptions } from './shapes/wsgi-server.ts';

export { demoApp } from '@sluice/gateway';
export { makeServer, type SimpleServer, type SimpleServerOptions } from './shapes/make-server.ts';
export type { BindAddress, FlupServerOptions } from './shapes/wsgi-server.ts';

/** An HTTP server in flup's shape. */
export class WSGIServer extends AnyServer {
  /**
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - `bindAddress` is 127.0.0.1, port 8000 by default
   */
  constructor(application: Application | ApplicationClass | string, options?: FlupServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: FlupServerOptions);
  constructor(application: unknown, options: FlupServerOptions = {}) {
    super(application as Application, { ...options, protocol: 'http' });
  }
}
