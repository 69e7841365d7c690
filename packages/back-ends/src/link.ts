// One connection to another server: connected, written, read block by block, each within its time.
import { connect, type Socket } from 'node:net';
import { BackEndError, OptionError } from '@sluice/protocol';
import type { BackEndOptions, Target } from './back-end.ts';
import type { ClientChannel } from './client-channel.ts';

/** Where a server is, and how that is written. */
export interface Place {
  readonly target: Exclude<Target, { type: 'file' }>;
  /** As an address, for messages. */
  readonly text: string;
}

/**
 * The place of a target.
 *
 * @throws OptionError `ERR_BACK_END_TARGET` for a file
 */
export function placeOf(name: string, target: Target): Place {
  switch (target.type) {
    case 'tcp':
      return { target, text: `${name}://${authority(target)}` };
    case 'unix':
      return { target, text: `${name}+unix:${target.path}` };
    case 'file':
      throw new OptionError(
        'ERR_BACK_END_TARGET',
        `${name}: a server is at host:port or at the path of a Unix socket, not at ${target.path}`,
      );
  }
}

/** Host and port as URLs have them. */
export function authority({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** One connection, with the state of its protocol. */
export class Link {
  readonly channel: ClientChannel;
  readonly socket: Socket;
  /** Whether the request is still being sent: the server need not answer before it has all of it. */
  isSending = false;
  readonly #place: Place;
  readonly #options: BackEndOptions;
  readonly #blocks: Buffer[] = [];
  #waiter: { resolve(block: Buffer | undefined): void; reject(error: Error): void } | undefined;
  #ended = false;
  #error: Error | undefined;
  #onIdle: (() => void) | undefined;

  private constructor(
    socket: Socket,
    place: Place,
    channel: ClientChannel,
    options: BackEndOptions,
  ) {
    this.socket = socket;
    this.channel = channel;
    this.#place = place;
    this.#options = options;
  }

  /**
   * Connects.
   *
   * @param signal - gives the attempt up
   * @throws BackEndError `ERR_BACK_END_CONNECT` or `ERR_BACK_END_TIMEOUT`
   */
  static async open(
    place: Place,
    channel: ClientChannel,
    options: BackEndOptions,
    signal?: AbortSignal,
  ): Promise<Link> {
    const { target } = place;
    const socket = connect(
      target.type === 'tcp'
        ? { host: target.host, port: target.port, noDelay: true, allowHalfOpen: true }
        : { path: target.path, allowHalfOpen: true },
    );
    const link = new Link(socket, place, channel, options);
    const abandon = () => socket.destroy();
    signal?.addEventListener('abort', abandon, { once: true });
    if (signal?.aborted) abandon();
    try {
      await new Promise<void>((resolve, reject) => {
        socket.setTimeout(options.connectTimeout, () =>
          socket.destroy(link.#late('no connection')),
        );
        socket.once('connect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('connection closed')));
      });
    } catch (error) {
      throw signal?.aborted ? signal.reason : link.#unreachable(error as Error);
    } finally {
      signal?.removeEventListener('abort', abandon);
    }
    link.#watch();
    return link;
  }

  /** Whether another request may be sent: nothing of the last answer is left, and the server is there. */
  get isClean(): boolean {
    const isOpen = !this.#ended && !this.#error && !this.socket.destroyed;
    return isOpen && this.#blocks.length === 0 && this.channel.reusable;
  }

  /** Whether the connection is kept without a request; `lost` is called when it ends, or the server speaks unasked. */
  set idle(lost: (() => void) | undefined) {
    this.#onIdle = lost;
    this.socket.setTimeout(lost ? this.#options.keepTimeout : this.#options.readTimeout);
    if (lost) this.socket.resume();
  }

  /** Sends bytes; false when the server is slow. */
  write(bytes: Uint8Array): boolean {
    return this.socket.write(this.shown(bytes));
  }

  /** Bytes that are about to be sent, shown to whoever observes. */
  shown(bytes: Uint8Array): Uint8Array {
    this.#options.observe?.('sent', bytes);
    return bytes;
  }

  /**
   * The next bytes; undefined when the server has closed.
   *
   * @throws BackEndError when the connection fails, or nothing comes in time
   */
  next(): Promise<Buffer | undefined> | Buffer | undefined {
    const block = this.#blocks.shift();
    if (block) return block;
    if (this.#error) return Promise.reject(this.#unreachable(this.#error));
    if (this.#ended) return undefined;
    if (this.socket.isPaused()) this.socket.resume();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /**
   * Makes sure that an answer without a length ended and was not cut: a reset that comes together with
   * the last bytes is reported as an end by libuv, and shows only when something is written. The server
   * has closed, so that nobody reads the byte. Unix sockets have no reset.
   */
  confirmEnd(): Promise<void> | undefined {
    if (this.#place.target.type !== 'tcp') return undefined;
    return new Promise((resolve, reject) => {
      this.socket.write('\0', (error) => (error ? reject(this.#unreachable(error)) : resolve()));
    });
  }

  /** Ends both directions. */
  destroy(error?: Error): void {
    this.socket.destroy(error);
  }

  #watch(): void {
    const { socket } = this;
    socket.removeAllListeners('timeout').removeAllListeners('error').removeAllListeners('close');
    socket.setTimeout(this.#options.readTimeout);
    socket.on('timeout', () => {
      const isOurs = this.isSending && socket.writableLength === 0; // the client is slow, not the server
      if (this.#onIdle) socket.destroy();
      else if (this.#waiter && !isOurs) socket.destroy(this.#late('no answer'));
      else socket.setTimeout(this.#options.readTimeout);
    });
    socket.on('data', (block: Buffer) => this.#take(block));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => {
      if (!this.#ended) this.#error ??= new Error('connection closed');
      this.#end();
    });
  }

  #take(block: Buffer): void {
    this.#options.observe?.('received', block);
    if (this.#onIdle) {
      this.socket.destroy(); // an answer to nothing
      return;
    }
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter) {
      waiter.resolve(block);
      return;
    }
    this.#blocks.push(block);
    this.socket.pause();
  }

  #end(): void {
    this.#ended = true;
    this.#onIdle?.();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (this.#error) waiter?.reject(this.#unreachable(this.#error));
    else waiter?.resolve(undefined);
  }

  #late(what: string): BackEndError {
    const milliseconds =
      what === 'no connection' ? this.#options.connectTimeout : this.#options.readTimeout;
    return new BackEndError(
      'ERR_BACK_END_TIMEOUT',
      `${what} from ${this.#place.text} within ${milliseconds} ms`,
      504,
    );
  }

  #unreachable(error: Error): Error {
    if (error instanceof BackEndError) return error;
    const why = (error as NodeJS.ErrnoException).code ?? error.message;
    return new BackEndError(
      'ERR_BACK_END_CONNECT',
      `${this.#place.text} cannot be reached: ${why}`,
      502,
      error,
    );
  }
}
