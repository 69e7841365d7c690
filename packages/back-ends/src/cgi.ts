// CGI: a script is started for each request (RFC 3875), one or a directory of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Application, Environ, ResponseHeaders } from '@sluice/gateway';
import { InputStream } from '@sluice/gateway';
import { BackEndError, OptionError, ProtocolError } from '@sluice/protocol';
import { type CgiResponseEvent, CgiResponseReader, isRequestVariable } from 'cgi-protocol';
import { type BackEnd, type BackEndOptions, DEFAULT_BACK_END_OPTIONS } from './back-end.ts';
import { type Script, scriptInDirectory, singleScript } from './cgi-script.ts';
import { withoutSendfile } from './environ-variables.ts';
import { measuredBody } from './spool.ts';

/** The CGI back-end: a path that ends in `/` is a directory of scripts, any other one script. */
export const cgi: BackEnd = {
  name: 'cgi',
  open(target, given = {}) {
    if (target.type !== 'file') {
      throw new OptionError(
        'ERR_BACK_END_TARGET',
        'cgi: a script or a directory is named by its path: cgi:/srv/cgi-bin/',
      );
    }
    const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
    const find = (environ: Environ) =>
      target.path.endsWith('/')
        ? scriptInDirectory(target.path.slice(0, -1) || '/', environ)
        : singleScript(target.path, environ);
    return scriptApplication(find, target.args, options);
  },
};

const MOST_REDIRECTS = 10;

function scriptApplication(
  find: (environ: Environ) => Promise<Script>,
  args: readonly string[],
  options: BackEndOptions,
): Application {
  return async (environ, startResponse) => {
    const mount = environ.SCRIPT_NAME;
    for (let request = environ, redirects = 0; ; redirects++) {
      const run = await ScriptRun.start(await find(request), args, request, options);
      try {
        const head = await run.head();
        // RFC 3875 section 6.2.2: a redirect inside our own space is answered as if it had been asked for.
        const next =
          head.localRedirect === undefined
            ? undefined
            : await redirected(request, head.localRedirect, mount, run);
        if (!next) {
          startResponse(`${head.status} ${head.reason}`, visible(head.headers, options));
          return run;
        }
        await run.close();
        request = next;
      } catch (error) {
        await run.close();
        throw error;
      }
      if (redirects === MOST_REDIRECTS) {
        throw new BackEndError(
          'ERR_BACK_END_LOOP',
          `more than ${MOST_REDIRECTS} local redirects`,
          508,
        );
      }
    }
  };
}

function visible(headers: ResponseHeaders, options: BackEndOptions): ResponseHeaders {
  return options.sendfile ? headers : withoutSendfile(headers);
}

/** The request that a local redirect asks for; undefined when that is not ours, or the script said more. */
async function redirected(
  environ: Environ,
  location: string,
  mount: string,
  run: ScriptRun,
): Promise<Environ | undefined> {
  const question = location.indexOf('?');
  const path = question < 0 ? location : location.slice(0, question);
  if (path !== mount && !path.startsWith(`${mount}/`)) return undefined;
  if (typeof environ.SCRIPT_FILENAME === 'string' && environ.SCRIPT_FILENAME.startsWith('/'))
    return undefined;
  if (await run.hasBody()) return undefined;
  const next: Environ = Object.create(null);
  for (const name of Object.keys(environ)) if (name !== 'sluice.signal') next[name] = environ[name];
  Object.defineProperty(next, 'sluice.signal', {
    value: environ['sluice.signal'],
    enumerable: true,
  });
  next.REQUEST_METHOD = 'GET';
  next.SCRIPT_NAME = mount;
  next.PATH_INFO = path.slice(mount.length);
  next.QUERY_STRING = question < 0 ? '' : location.slice(question + 1);
  next.REQUEST_URI = location;
  next['wsgi.input'] = new InputStream();
  delete next.CONTENT_LENGTH;
  delete next.CONTENT_TYPE;
  return next;
}

/** One run of a script. */
class ScriptRun implements AsyncIterable<Uint8Array> {
  readonly #child: ChildProcess;
  readonly #options: BackEndOptions;
  readonly #file: string;
  readonly #output: AsyncGenerator<CgiResponseEvent>;
  readonly #ahead: CgiResponseEvent[] = [];
  #exited = false;
  #complete = false;
  #failure: unknown; // of the request body, or of the start

  private constructor(child: ChildProcess, file: string, options: BackEndOptions, isHead: boolean) {
    this.#child = child;
    this.#file = file;
    this.#options = options;
    this.#output = this.#read(new CgiResponseReader({ head: isHead }));
    child.on('exit', () => {
      this.#exited = true;
    });
    child.on('error', (error) => {
      this.#exited = true;
      this.#failure ??= error;
    });
  }

  /** Starts a script and feeds it. */
  static async start(
    script: Script,
    args: readonly string[],
    environ: Environ,
    options: BackEndOptions,
  ): Promise<ScriptRun> {
    const body = await measuredBody(environ, options.maxSpoolBytes);
    let child: ChildProcess;
    try {
      child = spawn(script.file, args, {
        cwd: dirname(script.file),
        env: scriptEnvironment(script, environ, body.length, options),
        stdio: 'pipe',
        detached: true, // a group of its own, so that what it starts ends with it
      });
    } catch (error) {
      await body.close();
      throw new BackEndError(
        'ERR_BACK_END_SCRIPT',
        `${script.file} cannot be started: ${(error as Error).message}`,
        500,
        error,
      );
    }
    const run = new ScriptRun(child, script.file, options, environ.REQUEST_METHOD === 'HEAD');
    environ['sluice.signal'].addEventListener('abort', () => void run.close(), { once: true });
    run.#report(environ);
    run
      .#feed(body.chunks)
      .catch((error) => {
        run.#failure = error;
        run.#kill();
      })
      .finally(() => body.close());
    return run;
  }

  /** Waits for the head of the answer. */
  async head(): Promise<CgiResponseEvent & { type: 'head' }> {
    const { value } = await this.#output.next();
    if (value?.type === 'head') return value;
    throw new ProtocolError('ERR_BACK_END_RESPONSE', `${this.#file} answered nothing`, {
      statusHint: 502,
    });
  }

  /** Whether the script wrote a body; what is read for that is kept. */
  async hasBody(): Promise<boolean> {
    const { value, done } = await this.#output.next();
    if (!done) this.#ahead.push(value);
    return !done && value.type === 'body';
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (const event of this.#ahead) if (event.type === 'body') yield event.chunk;
    for await (const event of this.#output) if (event.type === 'body') yield event.chunk;
  }

  /** Ends the script if it still runs. */
  async close(): Promise<void> {
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    if (this.#exited) return;
    if (!this.#complete) return this.#kill();
    // It has said everything and may tidy up, for a while.
    setTimeout(() => !this.#exited && this.#kill(), this.#options.killTimeout).unref();
  }

  async *#read(reader: CgiResponseReader): AsyncGenerator<CgiResponseEvent> {
    const output = this.#child.stdout as NonNullable<ChildProcess['stdout']>;
    const blocks = output[Symbol.asyncIterator]();
    for (;;) {
      const block = await this.#inTime(blocks.next());
      if (block.done) break;
      yield* reader.feed(block.value as Buffer);
    }
    if (this.#failure !== undefined) throw this.#asError(this.#failure);
    this.#complete = true;
    yield* reader.finish();
  }

  /** A script that is silent for too long is ended. */
  async #inTime<Result>(wait: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#kill();
        reject(
          new BackEndError(
            'ERR_BACK_END_TIMEOUT',
            `no output from ${this.#file} within ${this.#options.readTimeout} ms`,
            504,
          ),
        );
      }, this.#options.readTimeout);
    });
    try {
      return await Promise.race([wait, late]);
    } catch (error) {
      throw this.#asError(this.#failure ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  #asError(error: unknown): unknown {
    const code = (error as NodeJS.ErrnoException)?.code;
    const status = code === 'EACCES' ? 403 : code === 'EAGAIN' ? 503 : code === 'E2BIG' ? 431 : 500;
    return (error as NodeJS.ErrnoException)?.syscall?.startsWith('spawn')
      ? new BackEndError(
          'ERR_BACK_END_SCRIPT',
          `${this.#file} cannot be started: ${START_FAILURES[code ?? ''] ?? code}`,
          status,
          error,
        )
      : error;
  }

  async #feed(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const input = this.#child.stdin as NonNullable<ChildProcess['stdin']>;
    let open = true;
    input.on('error', () => {}); // a script need not read its input
    input.on('close', () => {
      open = false;
    });
    for await (const chunk of chunks) {
      if (!open) break;
      if (input.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        input.once('drain', resolve);
        input.once('close', resolve);
      });
    }
    input.end();
  }

  #report(environ: Environ): void {
    const errors = environ['wsgi.errors'];
    this.#child.stderr
      ?.setEncoding('latin1')
      .on('data', (text: string) => errors.write(text))
      .on('end', () => errors.flush());
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    setTimeout(() => {
      if (!this.#exited) signalGroup(pid, 'SIGKILL');
    }, this.#options.killTimeout).unref();
  }
}

const START_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'its interpreter (the first line, after #!) does not exist',
  EACCES: 'permission denied',
  EAGAIN: 'too many processes',
  E2BIG: 'the request is larger than an environment can be',
};

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** The environment of a script: made from nothing, so that no secret of ours and no `LD_PRELOAD` of a peer gets in. */
function scriptEnvironment(
  script: Script,
  environ: Environ,
  length: number,
  options: BackEndOptions,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  for (const name of Object.keys(environ)) {
    const value = environ[name];
    if (typeof value !== 'string' || !isRequestVariable(name)) continue;
    if (name === 'HTTP_AUTHORIZATION' && !options.authorization) continue;
    env[name] = asBytes(value);
  }
  return {
    ...env,
    GATEWAY_INTERFACE: 'CGI/1.1',
    REDIRECT_STATUS: '200', // php-cgi insists on it
    SCRIPT_NAME: asBytes(script.scriptName),
    PATH_INFO: asBytes(script.pathInfo),
    SCRIPT_FILENAME: script.file,
    ...(environ['wsgi.input'].isEmpty ? {} : { CONTENT_LENGTH: String(length) }),
  };
}

/** Node writes environments as UTF-8; characters of an environ are bytes. Bytes that are no UTF-8 are lost here. */
function asBytes(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
