// The socket that an 'upgrade' listener gets: HTTP text up to the end of the first head, then the connection.
//
// Theory: head: what is written is collected. A head with 101 takes the connection over, and everything
// goes there (taken). A head with another status is an ordinary answer, and what follows is its body (refused).
import type { Duplex } from 'node:stream';
import {
  ClientLeftError,
  type Environ,
  isHopByHop,
  type ResponseBody,
  type StartResponse,
  type Upgrade,
  type Write,
} from '@sluice/gateway';
import { EnvironSocket } from './environ-socket.ts';
import { HeadReader, type TextHead } from './response-text.ts';

type Done = (error?: Error | null) => void;

/** A connection that a listener takes over by writing the head of a response itself, as `ws` does. */
export class UpgradeSocket extends EnvironSocket {
  /** What the application returns. */
  readonly body: Promise<ResponseBody>;
  readonly #start: StartResponse;
  readonly #upgrade: Upgrade;
  readonly #head = new HeadReader();
  #taken: Duplex | undefined;
  #write: Write | undefined; // of an ordinary answer
  #wanted = false; // somebody reads before the connection is taken over
  #settle!: { resolve(body: ResponseBody): void; reject(error: unknown): void };

  /** @param environ - of a request with `sluice.upgrade`
   * @param startResponse - for an answer that is no upgrade */
  constructor(environ: Environ, startResponse: StartResponse) {
    super(environ);
    this.#start = startResponse;
    this.#upgrade = environ['sluice.upgrade'] as Upgrade;
    this.body = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const { 'sluice.signal': signal } = environ;
    signal.addEventListener('abort', () => this.#taken ?? this.destroy(), { once: true });
    this.on('error', () => {}); // a listener that has none shall not bring the process down
  }

  override _read(): void {
    this.#wanted = true;
    this.#taken?.resume();
  }

  override _write(given: Buffer | string, encoding: BufferEncoding, done: Done): void {
    const chunk = typeof given === 'string' ? Buffer.from(given, encoding) : given; // as net.Socket has it
    if (this.#taken) {
      this.#taken.write(chunk, done);
      return;
    }
    try {
      if (this.#write) this.#send(this.#write, chunk, done);
      else {
        const head = this.#head.read(chunk);
        if (head) this.#begin(head, done);
        else done();
      }
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: Done): void {
    if (this.#taken) this.#taken.end(() => done());
    else {
      if (this.#write) this.#settle.resolve([]);
      else this.#settle.reject(new ClientLeftError());
      done();
    }
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#taken?.destroy();
    this.#settle.reject(error ?? new ClientLeftError()); // too late for an answer that is complete
    super._destroy(error, done as never);
  }

  #begin({ status, headers, rest }: TextHead, done: Done): void {
    const own = headers.filter(([name]) => !isHopByHop(name) || name.toLowerCase() === 'upgrade');
    if (!status.startsWith('101 ')) {
      this.#write = this.#start(
        status,
        own.filter(([name]) => name.toLowerCase() !== 'upgrade'),
      );
      this.#send(this.#write, rest, done);
      return;
    }
    const taken = this.#upgrade(own);
    this.#taken = taken;
    taken.on('data', (block: Buffer) => {
      if (!this.push(block)) taken.pause();
    });
    taken.on('end', () => this.push(null));
    taken.on('error', (error) => this.destroy(error));
    taken.on('close', () => {
      if (!taken.readableEnded || !taken.writableFinished) this.destroy();
    });
    if (!this.#wanted) taken.pause();
    this.#settle.resolve([]);
    if (rest.length > 0) taken.write(rest, done);
    else done();
  }

  #send(write: Write, block: Buffer, done: Done): void {
    const more = write(block);
    if (more === true) done();
    else Promise.resolve(more).then(() => done(), done);
  }
}
