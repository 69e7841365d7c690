// flup's shape: new WSGIServer(application, options).run().
import type { Application, ApplicationClass } from '@sluice/gateway';
import type { ServeOptions } from './options/serve-options.ts';
import type { ProtocolName } from './registry.ts';
import { serve } from './serve.ts';
import { untilSignal } from './until-signal.ts';

/** Options of a {@link WSGIServer}: those of `serve()`, and flup's own words for an address. */
export interface WSGIServerOptions extends Partial<Omit<ServeOptions, 'listen'>> {
  /** The protocol, `scgi` by default. */
  readonly protocol?: ProtocolName;
  /** Host and port, or the path of a Unix socket; 127.0.0.1 and the protocol's own port (scgi: 4000) by default. */
  readonly bindAddress?: string | readonly [host: string, port: number];
  /** Addresses of the peers that may connect; this machine by default. */
  readonly allowedServers?: readonly string[];
}

/** A server for scripts. */
export class WSGIServer {
  readonly #application: Application | ApplicationClass | string;
  readonly #options: Partial<ServeOptions>;

  /**
   * @example
   * ```ts
   * const server = new WSGIServer(application, { scriptName: '/blog', bindAddress: ['127.0.0.1', 8040] });
   * process.exit((await server.run()) ? 42 : 0);
   * ```
   *
   * @param application - a function, a class or a name, as for `serve()`
   * @param options - see {@link WSGIServerOptions}
   */
  constructor(
    application: Application | ApplicationClass | string,
    options: WSGIServerOptions = {},
  ) {
    const { protocol = 'scgi', bindAddress, allowedServers, ...rest } = options;
    const address = addressOf(bindAddress);
    this.#application = application;
    this.#options = {
      ...rest,
      ...(allowedServers && { allow: allowedServers }),
      listen: [`${protocol}${address}`],
    };
  }

  /**
   * Serves until a signal ends it.
   *
   * @returns true when the signal was HUP: exit with 42 and let a loop start the program anew
   */
  async run(): Promise<boolean> {
    const ending = await untilSignal(
      (signal) => serve(this.#application, { ...this.#options, signal }),
      { onHangup: 'stop' },
    );
    return ending === 'hangup';
  }
}

function addressOf(bindAddress: WSGIServerOptions['bindAddress']): string {
  if (bindAddress === undefined) return '://127.0.0.1';
  if (typeof bindAddress === 'string') return `+unix:${bindAddress}`;
  const [host, port] = bindAddress;
  return `://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
