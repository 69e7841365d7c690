// `import { WSGIServer } from 'sluice/ajp'`: flup.server.ajp. Loads no other protocol.
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ForeignApplication } from './loading/foreign-application.ts';
import { WSGIServer as AnyServer, type FlupServerOptions } from './shapes/wsgi-server.ts';

export type { BindAddress, FlupServerOptions } from './shapes/wsgi-server.ts';

/** Options of a {@link WSGIServer}. */
export interface AjpServerOptions extends FlupServerOptions {
  /** What the web server has to prove itself with. None by default, which only this machine may reach. */
  readonly secret?: string;
  /** A file that holds the secret. */
  readonly secretFile?: string;
  /** Bytes of a packet at most, 8192 (default) to 65536. */
  readonly packetSize?: number;
  /** Whose AJP it is: `apache` by default. */
  readonly peer?: 'apache' | 'lighttpd';
}

/** An AJP13 server: flup.server.ajp, and with the option `concurrency` its ajp_fork. */
export class WSGIServer extends AnyServer {
  /**
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - `bindAddress` is 127.0.0.1, port 8009 by default
   */
  constructor(application: Application | ApplicationClass | string, options?: AjpServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: AjpServerOptions);
  constructor(application: unknown, options: AjpServerOptions = {}) {
    super(application as Application, { ...options, protocol: 'ajp' });
  }
}
