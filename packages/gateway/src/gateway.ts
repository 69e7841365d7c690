// The gateway: takes a request from any front-end, calls the application, answers.
import { ProtocolError } from '@sluice/protocol';
import type { Application, ApplicationClass, Environ } from './application.ts';
import { ClientLeftError } from './client-left.ts';
import { type EnvironOptions, repairVariables } from './environ.ts';
import { statusPage } from './error-page.ts';
import { ErrorStream } from './error-stream.ts';
import type { Exchange } from './exchange.ts';
import { fileWrapper } from './file-wrapper.ts';
import { InputStream } from './input-stream.ts';
import { type Log, printable, stderrLog } from './log.ts';
import { ObservedExchange, type RequestObserver } from './observer.ts';
import type { RequestQueue } from './request-queue.ts';
import { guessScheme } from './request-uri.ts';
import { Response, type ResponseContext } from './response.ts';
import { upgrader } from './upgraded.ts';
import { ANSWERER, type Variables } from './variables.ts';

/** How a {@link Gateway} behaves. */
export interface GatewayOptions {
  /**
   * Where the application is mounted; a path: requests are cut there, and those
   * outside are not ours; null: SCRIPT_NAME and PATH_INFO stay as they came. Undefined by default: SCRIPT_NAME
   * is believed, and PATH_INFO worked out where it is missing.
   */
  readonly scriptName?: string | null | undefined;
  /** Variables that replace those of every request. None by default. */
  readonly environ?: Readonly<Record<string, string>> | undefined;
  /** Show stacks to clients. False by default. */
  readonly debug?: boolean | undefined;
  /** Bytes of request body at most; more is answered with 413. Unlimited by default. */
  readonly maxBodyBytes?: number | undefined;
  /** `wsgi.multithread`; false by default. */
  readonly multithread?: boolean | undefined;
  /** `wsgi.multiprocess`; false by default. */
  readonly multiprocess?: boolean | undefined;
  /** `wsgi.run_once`; false by default. */
  readonly runOnce?: boolean | undefined;
  /** Takes log lines; the standard error stream by default. */
  readonly log?: Log | undefined;
  /** Watches requests. Nobody does by default. */
  readonly observer?: RequestObserver | undefined;
  /** How many requests the application gets at once. Undefined by default: all. */
  readonly queue?: RequestQueue | undefined;
}

const VERSION = Object.freeze([1, 0] as const);
const NO_BODY = new InputStream();

/** One application, ready to answer requests of any protocol. */
export class Gateway {
  readonly #context: ResponseContext;
  readonly #paths: EnvironOptions;
  readonly #constant: Partial<Environ>;
  readonly #maxBodyBytes: number;
  readonly #observer: RequestObserver | undefined;
  readonly #queue: RequestQueue | undefined;

  /** @param application - what is called for each request
   * @param options - see {@link GatewayOptions} */
  constructor(application: Application | ApplicationClass, options: GatewayOptions = {}) {
    this.#context = {
      application: asApplication(application),
      log: options.log ?? stderrLog,
      debug: options.debug ?? false,
    };
    this.#paths = { scriptName: mountOf(options.scriptName), environ: options.environ };
    this.#maxBodyBytes = options.maxBodyBytes ?? Number.POSITIVE_INFINITY;
    this.#observer = options.observer;
    this.#queue = options.queue;
    this.#constant = {
      'wsgi.version': VERSION,
      'wsgi.input_terminated': true,
      'wsgi.multithread': options.multithread ?? false,
      'wsgi.multiprocess': options.multiprocess ?? false,
      'wsgi.run_once': options.runOnce ?? false,
      'wsgi.file_wrapper': fileWrapper,
    };
  }

  /** Where log lines go. */
  get log(): Log {
    return this.#context.log;
  }

  /**
   * Answers one request; every outcome ends in the exchange or in the log.
   *
   * @param variables - of the request; becomes the environ
   * @param exchange - the request's body, and the way back
   */
  handle(variables: Variables, exchange: Exchange): void {
    this.#handle(variables, this.#observer ? this.#observe(variables, exchange) : exchange);
  }

  #observe(variables: Variables, exchange: Exchange): Exchange {
    const request = new ObservedExchange(exchange);
    const end = this.#observer?.begin(variables as unknown as Environ, request);
    if (!end) return exchange;
    request.end = end;
    return request;
  }

  #handle(variables: Variables, exchange: Exchange): void {
    const errors = new ErrorStream(this.#context.log, exchange);
    let environ: Environ | undefined;
    try {
      environ = repairVariables(variables, this.#paths, (line) => this.#warn(exchange, line));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(exchange, error.statusHint ?? 400, `${error.code}: ${error.message}`);
      return;
    }
    if (!environ) {
      answer(exchange, 404); // outside the mount: somebody else's, and no news
      return;
    }
    if (Number(environ.CONTENT_LENGTH ?? 0) > this.#maxBodyBytes) {
      const length = environ.CONTENT_LENGTH;
      this.#refuse(exchange, 413, `CONTENT_LENGTH ${length} is above ${this.#maxBodyBytes}`);
      return;
    }
    if (this.#queue?.admits() === false) {
      answer(exchange, 503);
      return;
    }
    const { body } = exchange;
    if (body) body.limit = this.#maxBodyBytes;
    environ['wsgi.url_scheme'] =
      variables.REQUEST_SCHEME === 'https' ? 'https' : guessScheme(environ);
    environ['wsgi.input'] = body ? new InputStream(body) : NO_BODY;
    environ['wsgi.errors'] = errors;
    environ['sluice.protocol'] = exchange.protocol;
    Object.assign(environ, this.#constant);
    if (!this.#queue) this.#respond(environ, exchange).run(environ);
    else this.#enqueue(this.#queue, environ, exchange);
  }

  #enqueue(queue: RequestQueue, environ: Environ, exchange: Exchange): void {
    const queued = new ObservedExchange(exchange);
    queued.end = { end: () => queue.leave(queued) };
    const response = this.#respond(environ, queued);
    queued.listener = {
      leave: (reason) => response.leave(reason),
      halfClose() {
        // Web servers whose client has left close like this. One that only sends no more gets an answer.
        if (queue.isWaiting(queued)) queued.expire(new ClientLeftError(), 503);
        else response.halfClose();
      },
    };
    queue.enter(queued, () => response.run(environ));
  }

  /** Makes the response of a request; its client may leave before it runs. */
  #respond(environ: Environ, exchange: Exchange): Response {
    const response = new Response(this.#context, exchange, environ.REQUEST_METHOD === 'HEAD');
    exchange.listener = response;
    environ[ANSWERER] = response;
    if (environ.HTTP_UPGRADE !== undefined && exchange.upgrade && !cannotUpgrade(environ)) {
      environ['sluice.upgrade'] = upgrader(environ.HTTP_UPGRADE as string, exchange, response);
    }
    return response;
  }

  #refuse(exchange: Exchange, code: number, why: string): void {
    this.#warn(exchange, why);
    answer(exchange, code);
  }

  #warn(exchange: Exchange, line: string): void {
    this.#context.log('warn', printable(`${exchange.protocol} from ${exchange.peer}: ${line}`));
  }
}

/** Apache and Caddy pass `Upgrade` on by protocols by which they cannot upgrade. */
function cannotUpgrade({ SERVER_SOFTWARE: software }: Environ): boolean {
  return typeof software === 'string' && /^(?:Apache|Caddy)\b/.test(software);
}

/** Makes one function of both kinds of application; classes are constructed for the caller. */
export function asApplication(application: Application | ApplicationClass): Application {
  const isClass = /^class\b/.test(Function.prototype.toString.call(application));
  if (!isClass) return application as Application;
  const Class = application as ApplicationClass;
  return (environ, startResponse) => new Class(environ, startResponse);
}

function answer(exchange: Exchange, code: number): void {
  const page = statusPage(code);
  exchange.send({ head: page, chunk: page.body, last: true });
}

function mountOf(scriptName: string | null | undefined): string | null | undefined {
  if (!scriptName) return scriptName;
  const path = scriptName.endsWith('/') ? scriptName.slice(0, -1) : scriptName;
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}
