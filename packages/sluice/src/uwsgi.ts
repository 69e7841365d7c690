// `import { WSGIServer } from 'sluice/uwsgi'`: flup's shape for a protocol that flup does not have. Loads no other one.
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ForeignApplication } from './loading/foreign-application.ts';
import { WSGIServer as AnyServer, type FlupServerOptions } from './shapes/wsgi-server.ts';

export type { BindAddress, FlupServerOptions } from './shapes/wsgi-server.ts';

/** A server of the uwsgi protocol. */
export class WSGIServer extends AnyServer {
  /**
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - `bindAddress` is 127.0.0.1, port 3031 by default
   */
  constructor(application: Application | ApplicationClass | string, options?: FlupServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: FlupServerOptions);
  constructor(application: unknown, options: FlupServerOptions = {}) {
    super(application as Application, { ...options, protocol: 'uwsgi' });
  }
}
