// The driver: one request over one connection to another server.
//
// Theory: the request head goes out at once, the body as the client brings it; the answer is read at
// the same time, since a server may answer before it has read everything. The head of the answer
// becomes startResponse, its bytes the body. Whoever stops first - the client, the server or a time
// limit - ends both directions.
import { connect, type Socket } from 'node:net';
import type { Application, Environ, ResponseHeaders } from '@sluice/gateway';
import { BackEndError, OptionError, SluiceError } from '@sluice/protocol';
import type { BackEndOptions, Target } from './back-end.ts';
import { DEFAULT_BACK_END_OPTIONS } from './back-end.ts';
import { wireVariables, withoutSendfile } from './environ-variables.ts';
import { sendBody } from './send-body.ts';
import { type MeasuredBody, measuredBody } from './spool.ts';

/** What the other server said. */
export type Answer =
  | {
      readonly type: 'head';
      readonly status: number;
      readonly reason: string;
      readonly headers: ResponseHeaders;
    }
  | { readonly type: 'body'; readonly chunk: Uint8Array }
  | { /** Bytes beyond the answer. */ readonly type: 'surplus'; readonly size: number }
  | { readonly type: 'end' };

/** The protocol of one connection to another server: a pure mapping. */
export interface ClientChannel {
  /** Writes the head of the request. */
  request(variables: readonly string[], contentLength: number): Uint8Array;
  /** Writes a block of its body. */
  body(chunk: Uint8Array): Uint8Array;
  /** Reads bytes of the answer. @throws ProtocolError when they break the protocol */
  receive(chunk: Uint8Array): Answer[];
  /** The server closed. @throws ProtocolError when it did so too early */
  finish(): Answer[];
}

/**
 * Makes an application of a server that takes one request for each connection.
 *
 * @param name - of the back-end
 * @param target - where the server is
 * @param given - limits that differ from the default
 * @param open - the state of a new connection; `head` says that the answer has no body
 */
export function streamBackEnd(
  name: string,
  target: Target,
  given: Partial<BackEndOptions>,
  open: (head: boolean) => ClientChannel,
): Application {
  const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
  if (target.type === 'file') {
    throw new OptionError(
      'ERR_BACK_END_TARGET',
      `${name}: a server is at host:port or at the path of a Unix socket, not at ${target.path}`,
    );
  }
  const where =
    target.type === 'tcp'
      ? `${name}://${target.host}:${target.port}`
      : `${name}+unix:${target.path}`;
  return async (environ, startResponse) => {
    const channel = open(environ.REQUEST_METHOD === 'HEAD');
    const body = await measuredBody(environ, options.maxSpoolBytes);
    const socket = connect(
      target.type === 'tcp'
        ? { ...target, noDelay: true, allowHalfOpen: true }
        : { path: target.path, allowHalfOpen: true },
    );
    const conversation = new Conversation(socket, channel, body, where, target.type === 'tcp');
    try {
      await conversation.begin(environ, options);
      const head = await conversation.head();
      startResponse(
        `${head.status} ${head.reason}`,
        options.sendfile ? head.headers : withoutSendfile(head.headers),
      );
      return conversation;
    } catch (error) {
      await conversation.close();
      throw error;
    }
  };
}

class Conversation implements AsyncIterable<Uint8Array> {
  readonly #socket: Socket;
  readonly #channel: ClientChannel;
  readonly #body: MeasuredBody;
  readonly #where: string;
  readonly #isTcp: boolean;
  readonly #answers: AsyncGenerator<Answer>;
  #failure: Error | undefined; // of the request body: the answer is then worth nothing

  constructor(
    socket: Socket,
    channel: ClientChannel,
    body: MeasuredBody,
    where: string,
    isTcp: boolean,
  ) {
    this.#socket = socket;
    this.#channel = channel;
    this.#body = body;
    this.#where = where;
    this.#isTcp = isTcp;
    this.#answers = this.#read();
    socket.on('error', () => {}); // reported by whoever reads
  }

  /** Connects and sends; the body goes on by itself. */
  async begin(environ: Environ, options: BackEndOptions): Promise<void> {
    const socket = this.#socket;
    const request = this.#channel.request(wireVariables(environ), this.#body.length);
    this.#limit(options.connectTimeout, 'no connection');
    environ['sluice.signal'].addEventListener('abort', () => socket.destroy(), { once: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(this.#unreachable(error)));
      socket.once('close', () => reject(this.#unreachable(undefined)));
    });
    this.#limit(options.readTimeout, 'no answer');
    socket.write(request);
    this.#send().catch((error) => {
      this.#failure = error;
      socket.destroy();
    });
  }

  /** Waits for the head of the answer. */
  async head(): Promise<Answer & { type: 'head' }> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done)
        throw (
          this.#failure ??
          new BackEndError(
            'ERR_BACK_END_CONNECT',
            `${this.#where} closed the connection without an answer`,
            502,
          )
        );
      if (value.type === 'head') return value;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const answer of this.#answers) {
      if (answer.type === 'body') yield answer.chunk;
      else if (answer.type === 'end') return;
    }
  }

  /** Ends both directions. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#body.close();
  }

  async #send(): Promise<void> {
    if (this.#body.length === 0) return;
    await sendBody(this.#body.chunks, this.#socket, (chunk) => this.#channel.body(chunk));
  }

  async *#read(): AsyncGenerator<Answer> {
    try {
      const blocks = this.#socket.iterator({ destroyOnReturn: false });
      for await (const chunk of blocks) yield* this.#channel.receive(chunk as Buffer);
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      throw this.#failure ?? this.#unreachable(error as Error);
    }
    if (this.#failure) throw this.#failure;
    const rest = this.#channel.finish();
    if (rest.length > 0 && this.#isTcp) await this.#confirmEnd();
    yield* rest;
  }

  /**
   * Makes sure that an answer without a length ended and was not cut: a reset that comes together with
   * the last bytes is reported as an end by libuv, and shows only when something is written. The server
   * has closed, so that nobody reads the byte. Unix sockets have no reset.
   */
  #confirmEnd(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write('\0', (error) => (error ? reject(this.#unreachable(error)) : resolve()));
    });
  }

  #limit(milliseconds: number, what: string): void {
    this.#socket.removeAllListeners('timeout');
    this.#socket.setTimeout(milliseconds, () => {
      this.#socket.destroy(
        new BackEndError(
          'ERR_BACK_END_TIMEOUT',
          `${what} from ${this.#where} within ${milliseconds} ms`,
          504,
        ),
      );
    });
  }

  #unreachable(error: Error | undefined): Error {
    if (error instanceof BackEndError) return error;
    const why = error
      ? ((error as NodeJS.ErrnoException).code ?? error.message)
      : 'connection closed';
    return new BackEndError(
      'ERR_BACK_END_CONNECT',
      `${this.#where} cannot be reached: ${why}`,
      502,
      error,
    );
  }
}
