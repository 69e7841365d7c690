// One run of a CGI script: started, fed, read and, when it does not end by itself, ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Environ } from '@sluice/gateway';
import { BackEndError, ProtocolError } from '@sluice/protocol';
import { type CgiResponseEvent, CgiResponseReader, isRequestVariable } from 'cgi-protocol';
import type { BackEndOptions } from './back-end.ts';
import type { Script } from './cgi-script.ts';
import { sendBody } from './send-body.ts';
import { measuredBody } from './spool.ts';
import { environmentBlock } from './trace-cgi.ts';

/** Scripts that run: none outlives the process. */
const running = new Set<number>();

function watch(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (running.size === 0) process.on('exit', endAll);
  running.add(pid);
  child.on('exit', () => {
    running.delete(pid);
    if (running.size === 0) process.off('exit', endAll);
  });
}

function endAll(): void {
  for (const pid of running) signalGroup(pid, 'SIGKILL');
}

/** One run of a script. */
export class ScriptRun implements AsyncIterable<Uint8Array> {
  readonly #child: ChildProcess;
  readonly #options: BackEndOptions;
  readonly #signal: AbortSignal;
  readonly #file: string;
  readonly #output: AsyncGenerator<CgiResponseEvent>;
  readonly #ahead: CgiResponseEvent[] = [];
  #exited = false;
  #complete = false;
  #failure: unknown; // of the request body, or of the start

  private constructor(
    child: ChildProcess,
    file: string,
    options: BackEndOptions,
    environ: Environ,
  ) {
    this.#child = child;
    this.#signal = environ['sluice.signal'];
    this.#file = file;
    this.#options = options;
    this.#output = this.#read(new CgiResponseReader({ head: environ.REQUEST_METHOD === 'HEAD' }));
    watch(child);
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
    const env = scriptEnvironment(script, environ, body.length, options);
    let child: ChildProcess;
    try {
      options.observe?.('sent', environmentBlock(env));
      child = spawn(script.file, args, {
        cwd: dirname(script.file),
        env,
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
    const run = new ScriptRun(child, script.file, options, environ);
    run.#signal.addEventListener('abort', () => void run.close(), { once: true });
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
    if (!this.#complete) {
      this.#kill();
      return;
    }
    // It has said everything and may tidy up, for a while.
    setTimeout(() => !this.#exited && this.#kill(), this.#options.killTimeout).unref();
  }

  async *#read(reader: CgiResponseReader): AsyncGenerator<CgiResponseEvent> {
    const output = this.#child.stdout as NonNullable<ChildProcess['stdout']>;
    const blocks = output[Symbol.asyncIterator]();
    for (;;) {
      const block = await this.#inTime(blocks.next());
      if (block.done) break;
      this.#options.observe?.('received', block.value as Buffer);
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
      // A client that has left is no fault of the script.
      const { aborted, reason } = this.#signal;
      throw this.#asError(this.#failure ?? (aborted ? reason : error));
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
    input.on('error', () => {}); // a script need not read its input
    await sendBody(chunks, input, (chunk) => {
      this.#options.observe?.('sent', chunk);
      return chunk;
    });
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
