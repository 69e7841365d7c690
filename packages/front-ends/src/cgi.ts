// CGI: the process is started for one request, in its environment and on its standard streams
// (RFC 3875). Nothing is loaded here that this path does not need: start-up time is its cost.
import { read, readFileSync, writeSync } from 'node:fs';
import {
  ClientLeftError,
  createVariables,
  type Exchange,
  type ExchangeListener,
  RequestBody,
  type ResponsePart,
  type Variables,
} from '@sluice/gateway';
import { ProtocolError, parseLength, SluiceError } from '@sluice/protocol';
import { isRequestVariable } from 'cgi-protocol';
import { cgiAnswer } from './cgi-answer.ts';
import type { FrontEnd, Site } from './front-end.ts';
import { guardStdout, rawStdout } from './guard-stdout.ts';
import { DEFAULT_LIMITS } from './limits.ts';

export { guardStdout, rawStdout };

/** The CGI front-end: it has no listener. */
export const cgi: FrontEnd = {
  name: 'cgi',
  defaultPort: undefined,
  believesPeers: true,
  createServer: undefined,
  serveProcess: (site) => serveCgi(site, process.env),
};

/**
 * Answers the one request that the process was started for.
 *
 * @param env - the environment that describes the request
 * @throws SluiceError `ERR_CGI_ENVIRONMENT` when there is no request in it
 */
export async function serveCgi(site: Pick<Site, 'gateway'>, env: NodeJS.ProcessEnv): Promise<void> {
  if (!env.REQUEST_METHOD) {
    throw new SluiceError(
      'ERR_CGI_ENVIRONMENT',
      'REQUEST_METHOD is not set: a CGI program is started by a web server, with the request in its environment',
    );
  }
  guardStdout();
  const variables = createVariables();
  for (const name in env) {
    if (isRequestVariable(name)) variables[name] = bytesOf(name, env[name] as string);
  }
  // What is absent is empty (RFC 3875, section 4.1), and nothing has to be guessed.
  variables.SCRIPT_NAME ??= '';
  variables.PATH_INFO ??= '';
  const exchange = new ProcessExchange(lengthOf(variables));
  const leave = () => exchange.leave();
  process.on('SIGTERM', leave); // web servers end scripts whose client has gone
  site.gateway.handle(variables, exchange);
  await exchange.done;
  await exchange.drain();
  process.off('SIGTERM', leave);
}

/** Bytes of body; infinite where only the end of the standard input tells: Apache undoes chunks, and cannot say how much they hold. */
function lengthOf({ CONTENT_LENGTH, HTTP_TRANSFER_ENCODING }: Variables): number {
  const isChunked = /chunked/i.test(HTTP_TRANSFER_ENCODING ?? '');
  return parseLength(CONTENT_LENGTH ?? '') ?? (isChunked ? Number.POSITIVE_INFINITY : 0);
}

/** The bytes of a variable, one character each: Node decodes the environment as UTF-8, and what is none is lost. */
function bytesOf(name: string, value: string): string {
  if (value.includes('\ufffd')) {
    try {
      const raw = readFileSync('/proc/self/environ', 'latin1').split('\0');
      const line = raw.find((entry) => entry.startsWith(`${name}=`));
      if (line !== undefined) return line.slice(name.length + 1);
    } catch {
      // There is no such file on this system.
    }
  }
  return Buffer.from(value).toString('latin1');
}

const BLOCK = 65536;
const PATIENCE = 5; // milliseconds between tries on an output that does not block
const INPUT_PATIENCE = 1; // the same for an input

class ProcessExchange implements Exchange {
  readonly protocol = 'cgi';
  readonly peer = 'the web server';
  readonly body: RequestBody | undefined;
  readonly done: Promise<void>;
  listener: ExchangeListener | undefined = undefined;
  #finish!: () => void;
  #due: number; // stdin may hold more, or not end at all (section 4.2): the length counts
  #reading = false;

  constructor(length: number) {
    this.#due = length;
    this.body = length > 0 ? new RequestBody(() => this.#read()) : undefined;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  send(part: ResponsePart): boolean {
    try {
      for (const piece of cgiAnswer(part)) writeAll(piece);
    } catch (error) {
      // The web server closed the pipe: there is nobody left to answer.
      this.#finish();
      this.listener?.leave(error as Error);
      return true;
    }
    if (part.last) this.#finish();
    return true; // a blocking write is back-pressure enough for a process with one request
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  /** The web server ends this process: its client has gone. */
  leave(): void {
    this.listener?.leave(new ClientLeftError());
    this.#finish();
  }

  /**
   * Reads away what is left of the body, for a while: where the standard streams are one socket, as with
   * mod_cgid, ending with bytes unread would reset the answer away.
   */
  async drain(): Promise<void> {
    if (!this.body || this.#due === 0 || this.#reading) return;
    this.body.discard();
    const late = performance.now() + DEFAULT_LIMITS.drain;
    while (this.#due > 0 && performance.now() < late) {
      const size = await this.#skip();
      if (size === 0) return;
      this.#due -= size;
    }
  }

  #skip(): Promise<number> {
    const block = Buffer.allocUnsafe(BLOCK);
    return new Promise((resolve) => {
      const patience = setTimeout(() => resolve(0), DEFAULT_LIMITS.linger);
      readInput(block.subarray(0, this.#due), (error, size) => {
        clearTimeout(patience);
        resolve(error ? 0 : size);
      });
    });
  }

  abort(): void {
    process.exitCode = 1;
    this.#finish();
  }

  #read(): void {
    const body = this.body as RequestBody;
    if (this.#reading || this.#due === 0) return;
    this.#reading = true;
    const block = Buffer.allocUnsafe(Math.min(BLOCK, this.#due));
    readInput(block, (error, size) => {
      this.#reading = false;
      if (error && error.code !== 'EOF') body.fail(error);
      else if (size === 0 && this.#due === Number.POSITIVE_INFINITY) {
        this.#due = 0;
        body.end();
      } else if (size === 0 || error) {
        body.fail(
          new ProtocolError(
            'ERR_CGI_TRUNCATED_BODY',
            `the standard input ended ${this.#due} bytes short of CONTENT_LENGTH`,
            { statusHint: 400 },
          ),
        );
      } else {
        this.#due -= size;
        const more = body.push(block.subarray(0, size));
        if (this.#due === 0) body.end();
        else if (more) this.#read();
      }
    });
  }
}

/** Reads the standard input. It does not block any more where somebody has touched `process.stdin`. */
function readInput(
  block: Buffer,
  done: (error: NodeJS.ErrnoException | null, size: number) => void,
): void {
  read(0, block, 0, block.length, null, (error, size) => {
    if (error?.code === 'EAGAIN') setTimeout(readInput, INPUT_PATIENCE, block, done);
    else done(error, size);
  });
}

function writeAll(piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) {
    try {
      at += writeSync(1, piece, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    }
  }
}
