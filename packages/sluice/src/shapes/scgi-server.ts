// The server of the scgi package: new SCGIServer({ handlerClass }).serve().
import { currentWorker } from '@sluice/concurrency';
import { OptionError } from '@sluice/protocol';
import { namesOf, optionsOf } from '../options/option.ts';
import { ServeOptions } from '../options/serve-options.ts';
import { serve } from '../serving/serve.ts';
import { untilSignal } from '../serving/until-signal.ts';
import { suggest } from '../suggest.ts';
import { addressAt } from './flup-words.ts';
import { handlerApplication } from './handler-application.ts';
import { SCGIHandler } from './scgi-handler.ts';

/** Options of a {@link SCGIServer}: those of the scgi package, and of `serve()`. */
export interface SCGIServerOptions extends Partial<Omit<ServeOptions, 'listen'>> {
  /** A class, not an object: each worker makes one of it. {@link SCGIHandler} by default. */
  readonly handlerClass?: new () => SCGIHandler;
  /** Address to listen at, 127.0.0.1 by default; `''`: all of this machine. */
  readonly host?: string;
  /** Port to listen at, 4000 by default. */
  readonly port?: number;
  /** Processes at most, 5 by default. They are started as they are needed. */
  readonly maxChildren?: number;
}

const DEFAULT_PORT = 4000;

/** A server of SCGI requests for a handler. */
export class SCGIServer {
  /** The port where none is given. */
  static readonly DEFAULT_PORT: number = DEFAULT_PORT;
  readonly #options: SCGIServerOptions;

  /**
   * @example
   * ```ts
   * class Hello extends SCGIHandler {
   *   async produce(env, bodysize, input, output) {
   *     output.write('Content-Type: text/plain\r\n\r\nHello\n');
   *   }
   * }
   * await new SCGIServer({ handlerClass: Hello }).serve();
   * ```
   *
   * @param options - see {@link SCGIServerOptions}; of those of `serve()`, `concurrency` is `fork` here,
   * `minSpare` and `maxSpare` are 1, and `scriptName` is null: paths stay as they come
   */
  constructor(options: SCGIServerOptions = {}) {
    this.#options = options;
  }

  /**
   * Serves until TERM, INT or QUIT ends it; HUP replaces the processes, which finish their requests. A
   * socket that systemd has opened is taken instead of host and port.
   *
   * @throws OptionError for what a person can put right; SluiceError what `serve()` throws
   */
  async serve(): Promise<void> {
    const {
      handlerClass = SCGIHandler,
      host = '127.0.0.1',
      port = DEFAULT_PORT,
      maxChildren,
      ...rest
    } = this.#options;
    checkNames(rest);
    checkClass(handlerClass);
    const listen = [isPassed() ? 'scgi+systemd:' : addressAt('scgi', host, port)];
    const isServedHere = rest.concurrency === 'single' || currentWorker() !== undefined;
    // A process that only keeps workers has no use for a handler, and for what that may open.
    const application = handlerApplication(isServedHere ? new handlerClass() : new SCGIHandler());
    const isPool = rest.concurrency !== 'single' && rest.workers === undefined;
    const pool = { minSpare: 1, maxSpare: 1, maxChildren: maxChildren ?? 5 };
    await untilSignal(
      (signal) =>
        serve(application, {
          concurrency: 'fork',
          scriptName: null,
          ...(isPool ? pool : { maxChildren }),
          ...rest,
          listen,
          signal,
        }),
      { onHangup: 'reload' },
    );
  }
}

function checkNames(given: object): void {
  const names = optionsOf(ServeOptions).flatMap(namesOf);
  const known = ['handlerClass', 'host', 'port', ...names.filter((name) => name !== 'listen')];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new OptionError(
    'ERR_OPTION_UNKNOWN',
    `there is no option ${unknown} with scgi${suggest(unknown, known)}`,
  );
}

function checkClass(handlerClass: unknown): void {
  const isClass =
    typeof handlerClass === 'function' && typeof handlerClass.prototype?.produce === 'function';
  if (isClass) return;
  throw new OptionError(
    'ERR_OPTION_VALUE',
    'option handlerClass has to be a class that extends SCGIHandler, and no object of it',
  );
}

/** Whether systemd has opened a socket for this process. */
function isPassed(): boolean {
  return process.env.LISTEN_PID === String(process.pid) && process.env.LISTEN_FDS !== undefined;
}
