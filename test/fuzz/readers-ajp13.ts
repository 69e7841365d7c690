// How AJP13 codecs are fuzzed: what they report must not depend on where bytes are cut, though a chunk may
// hold many packets, and though an error ends a chunk whose first packets were right.
import { ProtocolError } from '@sluice/protocol';
import type { Reader, ReaderEvent } from './fuzzer.ts';

/** What both codecs are, as far as they are read from. */
export interface Codec {
  feed(chunk: Uint8Array): readonly ReaderEvent[];
  finish(): readonly ReaderEvent[];
}

/** Bodies lie between the heads of their packets: pieces are checked to be views, and joined. */
abstract class Joining implements Reader {
  #body: string[] = [];
  #error: ProtocolError | undefined;

  feed(chunk: Uint8Array): ReaderEvent[] {
    this.#throwLate();
    const events: ReaderEvent[] = [];
    try {
      this.read(chunk, events);
    } catch (error) {
      this.#keep(error);
      events.push(...this.#bodyEnd());
    }
    return events;
  }

  finish(): ReaderEvent[] {
    this.#throwLate();
    const body = this.#bodyEnd(); // not reported when the end is an error, however it was cut
    const rest = this.end();
    return [...body, ...rest];
  }

  /** Reads a chunk; what is pushed before an error counts. */
  protected abstract read(chunk: Uint8Array, events: ReaderEvent[]): void;
  /** The last byte was fed. */
  protected abstract end(): readonly ReaderEvent[];

  /** Reports events, with bodies joined. */
  protected note(from: readonly ReaderEvent[], fed: Uint8Array, events: ReaderEvent[]): void {
    for (const event of from) {
      if (event.chunk) {
        if (event.chunk.buffer !== fed.buffer) throw new Error('a body that is a copy');
        this.#body.push(Buffer.from(event.chunk).toString('latin1'));
      } else events.push(...this.#bodyEnd(), event);
    }
  }

  #bodyEnd(): ReaderEvent[] {
    const text = this.#body.join('');
    this.#body = [];
    return text ? [{ type: `body ${JSON.stringify(text)}` }] : [];
  }

  /** An error is thrown by the next call: what came before it is reported first. */
  #keep(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#error = error;
  }

  #throwLate(): void {
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
  }
}

/**
 * Feeds each chunk as it comes. A codec that throws does not report what came before in the same chunk, so
 * that chunk is then read once more, byte by byte, by a codec that read all chunks before it.
 */
export class ChunkByChunk extends Joining {
  readonly #open: () => Codec;
  readonly #codec: Codec;
  readonly #before: Uint8Array[] = [];

  constructor(open: () => Codec) {
    super();
    this.#open = open;
    this.#codec = open();
  }

  protected override read(chunk: Uint8Array, events: ReaderEvent[]): void {
    try {
      this.note(this.#codec.feed(chunk), chunk, events);
    } catch (error) {
      const again = this.#open();
      for (const piece of this.#before) again.feed(piece);
      try {
        for (let at = 0; at < chunk.length; at++)
          this.note(again.feed(chunk.subarray(at, at + 1)), chunk, events);
      } catch (second) {
        if ((second as ProtocolError).code !== (error as ProtocolError).code)
          throw new Error('byte by byte, it is refused otherwise', { cause: error });
        throw second;
      }
      throw new Error('byte by byte, it is not refused', { cause: error });
    }
    this.#before.push(chunk);
  }

  protected override end(): readonly ReaderEvent[] {
    return this.#codec.finish();
  }
}

/** Feeds up to the end of each packet, and then lets a script give commands. */
export class PacketByPacket<Script extends Codec> extends Joining {
  readonly #codec: Script;
  readonly #after: (codec: Script, types: readonly string[]) => void;
  readonly #types: string[] = []; // of events since the last end of a packet
  #head: number[] = [];
  #left = 0;

  constructor(open: () => Script, after: (codec: Script, types: readonly string[]) => void) {
    super();
    this.#codec = open();
    this.#after = after;
  }

  protected override read(chunk: Uint8Array, events: ReaderEvent[]): void {
    for (let at = 0; at < chunk.length; ) {
      const inHead = this.#head.length < 4;
      const stop = inHead ? at + 1 : Math.min(chunk.length, at + this.#left);
      if (inHead) {
        this.#head.push(chunk[at] as number);
        this.#left = ((this.#head[2] ?? 0) << 8) | (this.#head[3] ?? 0);
      } else this.#left -= stop - at;
      const reports = this.#codec.feed(chunk.subarray(at, stop));
      for (const { type } of reports) this.#types.push(type);
      this.note(reports, chunk, events);
      at = stop;
      if (this.#head.length < 4 || this.#left > 0) continue;
      this.#head = [];
      this.#after(this.#codec, this.#types.splice(0));
    }
  }

  protected override end(): readonly ReaderEvent[] {
    return this.#codec.finish();
  }
}
