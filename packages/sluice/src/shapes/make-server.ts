// The shape of wsgiref.simple_server: makeServer(host, port, application), then serveForever() or handleRequest().
import { type Application, type ApplicationClass, asApplication } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { openApplication } from '../loading/application.ts';
import type { ServeOptions } from '../options/serve-options.ts';
import { serve } from '../serving/serve.ts';
import type { Server } from '../serving/server.ts';
import { untilSignal } from '../serving/until-signal.ts';
import { addressAt } from './flup-words.ts';
import { Turnstile } from './turnstile.ts';

/** Options of {@link makeServer}: those of `serve()`, but for workers: it serves in this process. */
export type SimpleServerOptions = Partial<Omit<ServeOptions, 'listen' | 'concurrency'>>;

/** A server that accepts connections, and answers their requests when it is told to. */
export interface SimpleServer {
  /** Where it listens: `http://127.0.0.1:8000`. */
  readonly address: string;
  /** The port that was really bound. */
  readonly serverPort: number;
  /** Answers requests until {@link SimpleServer.shutdown} is called, or INT, TERM, QUIT or HUP ends it. */
  serveForever(): Promise<void>;
  /** Answers one request, and settles when the application is done with it. */
  handleRequest(): Promise<void>;
  /** Lets requests in progress finish, and stops. Requests that still wait get 503. */
  shutdown(): Promise<void>;
}

/**
 * Makes an HTTP server of an application, in this process.
 *
 * @example
 * ```ts
 * const httpd = await makeServer('127.0.0.1', 8000, demoApp);
 * await httpd.serveForever();
 * ```
 *
 * @param host - an address of this machine; `''`: all of them
 * @param port - 0: any free one
 * @param application - a function, a class or a name, as for `serve()`
 * @param options - see {@link SimpleServerOptions}
 * @throws OptionError for what a person can put right; SluiceError what `serve()` throws
 */
export async function makeServer(
  host: string,
  port: number,
  application: Application | ApplicationClass | string,
  options: SimpleServerOptions = {},
): Promise<SimpleServer> {
  const listen = [addressAt('http', host, port)];
  const { concurrency } = options as Partial<ServeOptions>;
  if (concurrency !== undefined && concurrency !== 'single')
    throw new OptionError(
      'ERR_OPTION_COMBINATION',
      `option concurrency: makeServer() serves in this process; for ${concurrency} take serve() or WSGIServer`,
    );
  const { as, ...others } = options as Partial<ServeOptions>;
  const opened = await openApplication(application, { as });
  const turnstile = new Turnstile(asApplication(opened.application));
  const server = await serve(turnstile.application, { ...others, concurrency: 'single', listen });
  return simpleServer(server, turnstile);
}

function simpleServer(server: Server, turnstile: Turnstile): SimpleServer {
  const [address] = server.addresses as [string];
  const shutdown = async () => {
    turnstile.close();
    await server.close();
  };
  return {
    address,
    serverPort: Number(new URL(address).port),
    async serveForever() {
      turnstile.open();
      // A signal ends it as shutdown() does.
      const stopping = { ...server, close: shutdown };
      await untilSignal(async () => stopping, { onHangup: 'stop' });
    },
    handleRequest: () => turnstile.letOne(),
    shutdown,
  };
}
