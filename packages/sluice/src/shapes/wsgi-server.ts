// flup's shape: new WSGIServer(application, options).run().
import type { Application, ApplicationClass } from '@sluice/gateway';
import { parseAddress } from '../addresses/address-url.ts';
import type { ForeignApplication } from '../loading/foreign-application.ts';
import type { BindAddress, FlupOptions } from '../options/flup-options.ts';
import { PROTOCOLS, type ProtocolName } from '../registry.ts';
import { serve } from '../serving/serve.ts';
import { untilSignal } from '../serving/until-signal.ts';
import { runStarted } from '../started/run-fastcgi.ts';
import { addressOf, readFlupWords } from './flup-words.ts';

export type { BindAddress };

/** Options of every {@link WSGIServer}: those of `serve()`, and flup's own words. */
export interface FlupServerOptions extends Partial<Omit<FlupOptions, 'listen'>> {
  /** Addresses and networks of the peers that may connect, as `allow`; this machine by default. */
  readonly allowedServers?: readonly string[];
  /** Another name for `maxChildren`. */
  readonly maxThreads?: number;
}

/** Options of a {@link WSGIServer} of any protocol. Those that stand behind an address of the protocol may be given too. */
export interface WSGIServerOptions extends FlupServerOptions {
  /** The protocol, `scgi` by default. */
  readonly protocol?: ProtocolName;
}

/** A server for scripts. `sluice/scgi`, `sluice/fastcgi` and so on have it for one protocol each. */
export class WSGIServer {
  readonly #application: Application;
  readonly #options: WSGIServerOptions;

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
  constructor(application: Application | ApplicationClass | string, options?: WSGIServerOptions);
  /**
   * @param application - of another kind, as `serve()` takes it
   * @param options - the same
   */
  constructor(application: ForeignApplication, options?: WSGIServerOptions);
  constructor(application: unknown, options: WSGIServerOptions = {}) {
    this.#application = application as Application; // whatever it is, it goes to serve()
    this.#options = options;
  }

  /**
   * Serves until a signal ends it.
   *
   * @returns true when the signal was HUP: exit with 42 and let a loop start the program anew
   * @throws OptionError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_VALUE` and others for what a person can put right;
   * SluiceError what `serve()` throws
   */
  async run(): Promise<boolean> {
    const { protocol = 'scgi', ...given } = this.#options;
    parseAddress(`${protocol}://`); // a name that is none is told there
    const frontEnd = await PROTOCOLS[protocol].frontEnd();
    const { options, bindAddress, query } = readFlupWords(frontEnd, given);
    // Where there is a variable for a web server that starts us, there are such web servers.
    if (bindAddress === undefined && frontEnd.peersVariable !== undefined)
      return (await runStarted(this.#application, options, query)) === 'hangup';
    const listen = [`${addressOf(protocol, bindAddress)}${query}`];
    const ending = await untilSignal(
      (signal) => serve(this.#application, { ...options, listen, signal }),
      { onHangup: 'stop' },
    );
    return ending === 'hangup';
  }
}
