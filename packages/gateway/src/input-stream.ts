// wsgi.input: the request body, read on demand (PEP 3333, "Input and Error Streams").
import type { RequestBody } from './request-body.ts';

const EMPTY = Buffer.alloc(0);
const LF = 0x0a;

/**
 * The request body. It ends by itself at CONTENT_LENGTH or at the protocol's own end, never later; a
 * body that the peer cut short rejects the read. Nothing is taken from the network but on demand,
 * beyond a prefetch of 64 KiB. Reads that overlap wait for each other.
 */
export class InputStream implements AsyncIterable<Buffer> {
  readonly #body: RequestBody | undefined;
  #turn: Promise<unknown> | undefined; // the read under way, when one is
  #left: Buffer = EMPTY; // bytes that readline() took too many

  /** @param body - where the bytes come from; absent when the request has none */
  constructor(body?: RequestBody) {
    this.#body = body;
  }

  /** Whether the request has no body at all. */
  get isEmpty(): boolean {
    return this.#body === undefined;
  }

  /**
   * Reads bytes.
   *
   * @param size - how many: exactly so many, fewer only at the end; without it, all to the end
   * @throws ProtocolError when the body is cut short, breaks the protocol or is above the limit
   */
  read(size = -1): Promise<Buffer> {
    return this.#serially(async () => {
      const pieces: Buffer[] = [];
      let length = 0;
      while (size < 0 || length < size) {
        const piece = await this.#some(size < 0 ? Number.POSITIVE_INFINITY : size - length);
        if (piece.length === 0) break;
        pieces.push(piece);
        length += piece.length;
      }
      return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length);
    });
  }

  /** Reads what is there, at least one byte and at most `limit`; empty at the end. */
  readSome(limit: number = Number.POSITIVE_INFINITY): Promise<Buffer> {
    return this.#serially(() => this.#some(limit));
  }

  /**
   * Reads a line with its line feed; empty at the end.
   *
   * @param size - bytes at most
   */
  readline(size = -1): Promise<Buffer> {
    return this.#serially(() => this.#line(size < 0 ? Number.POSITIVE_INFINITY : size));
  }

  /**
   * Reads lines to the end.
   *
   * @param hint - stop after the line that brings the total to so many bytes
   */
  async readlines(hint = -1): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    let length = 0;
    for await (const line of this.lines()) {
      lines.push(line);
      length += line.length;
      if (hint > 0 && length >= hint) break;
    }
    return lines;
  }

  /** Iterates over lines, as Python's streams do. */
  async *lines(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const line = await this.readline();
      if (line.length === 0) return;
      yield line;
    }
  }

  /** Iterates over blocks as they arrive. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const block = await this.readSome();
      if (block.length === 0) return;
      yield block;
    }
  }

  /** Reads all as UTF-8 text. */
  async text(): Promise<string> {
    return (await this.read()).toString('utf8');
  }

  /** Reads all as JSON. @throws SyntaxError when it is none */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The body as a Node stream. */
  async toReadable(): Promise<import('node:stream').Readable> {
    const { Readable } = await import('node:stream');
    return Readable.from(this, { objectMode: false });
  }

  /** The body as a web stream. */
  toReadableStream(): ReadableStream<Uint8Array> {
    const blocks = this[Symbol.asyncIterator]();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const block = await blocks.next();
          if (block.done) controller.close();
          else controller.enqueue(block.value);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Does nothing: the stream belongs to the gateway (PEP 3333 forbids applications to close it). */
  close(): void {}

  #serially<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn ? this.#turn.then(work, work) : work();
    const turn: Promise<void> = result.then(
      () => this.#leave(turn),
      () => this.#leave(turn),
    );
    this.#turn = turn;
    return result;
  }

  #leave(turn: Promise<unknown>): void {
    if (this.#turn === turn) this.#turn = undefined;
  }

  async #some(limit: number): Promise<Buffer> {
    if (this.#left.length > 0) {
      const piece = this.#left.subarray(0, limit);
      this.#left = this.#left.subarray(piece.length);
      return piece;
    }
    if (!this.#body || limit <= 0) return EMPTY;
    const chunk = (await this.#body.next()) ?? EMPTY;
    if (chunk.length <= limit) return chunk;
    this.#left = chunk.subarray(limit);
    return chunk.subarray(0, limit);
  }

  async #line(limit: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let due = limit; due > 0; ) {
      const piece = await this.#some(due);
      if (piece.length === 0) break;
      const end = piece.indexOf(LF) + 1;
      if (end > 0) {
        pieces.push(piece.subarray(0, end));
        this.#left = Buffer.concat([piece.subarray(end), this.#left]);
        break;
      }
      pieces.push(piece);
      due -= piece.length;
    }
    return Buffer.concat(pieces);
  }
}
