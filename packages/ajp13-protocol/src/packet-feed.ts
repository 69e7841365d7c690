// Cuts chunks into packets. Whoever extends it says what a packet means.
//
// Theory: what is needed to go on is either in the chunk that was fed - then it is read right there - or
// it is not: then what came of it, and nothing else, is kept until `need` bytes are there. The bytes of
// bodies are never kept: once the head of their packet is read, they pass on as views of the chunks.
import { ProtocolError, protocolOf } from '@sluice/protocol';
import { DEFAULT_PACKET_SIZE } from './tables.ts';

const EMPTY = new Uint8Array(0);
const FIRST_KEPT = 256; // bytes of memory for an incomplete packet; doubled as they really come
const SMALLEST = 256;
const LARGEST = 65536; // the length of a payload has 16 bits, and mod_jk goes no further

/** Bytes in front of every payload. */
export const HEADER_SIZE = 4;

/** The base of both codecs: chunks in, packets out. */
export abstract class PacketFeed<Event> {
  /** The longest packet, header included. */
  protected readonly maxPacketSize: number;
  /** Bytes of body in the current packet that are still to come. */
  protected passing = 0;
  /** Bytes behind them, without meaning, that are still to come. */
  protected skipping = 0;
  /** Whether anything is read any more. */
  protected reading = true;
  readonly #magic: number;
  #kept: Uint8Array = EMPTY;
  #keptSize = 0;
  #need = 0;

  protected constructor(magic: number, maxPacketSize = DEFAULT_PACKET_SIZE) {
    if (!(Number.isInteger(maxPacketSize) && SMALLEST <= maxPacketSize && maxPacketSize <= LARGEST))
      throw new ProtocolError(
        'ERR_AJP13_OPTION',
        `maxPacketSize ${maxPacketSize} is not between ${SMALLEST} and ${LARGEST}`,
        { blame: 'local' },
      );
    this.#magic = magic;
    this.maxPacketSize = maxPacketSize;
  }

  /**
   * Reads one packet, or the head of one with body bytes.
   *
   * @returns the offset behind it, always above 0, or the negative number of bytes from `at` on that it
   * takes to go on
   */
  protected abstract read(bytes: Uint8Array, at: number, end: number, events: Event[]): number;

  /** Takes a piece of the body. */
  protected abstract pass(chunk: Uint8Array, events: Event[]): void;

  /**
   * Reads the next bytes of the peer, cut anywhere.
   *
   * @throws ProtocolError when they break the protocol; what came before, in the same chunk, is not reported
   */
  feed(chunk: Uint8Array): Event[] {
    const events: Event[] = [];
    const size = chunk.length;
    let at = 0;
    while (at < size && this.reading) {
      if (this.passing > 0) {
        const stop = Math.min(size, at + this.passing);
        this.passing -= stop - at;
        this.pass(at === 0 && stop === size ? chunk : chunk.subarray(at, stop), events);
        at = stop;
      } else if (this.skipping > 0) {
        const count = Math.min(size - at, this.skipping);
        this.skipping -= count;
        at += count;
      } else if (this.#keptSize > 0) {
        at = this.#goOn(chunk, at, events);
      } else {
        const next = this.read(chunk, at, size, events);
        if (next > 0) at = next;
        else {
          this.#need = -next;
          at = this.#keep(chunk, at);
        }
      }
    }
    return events;
  }

  /** Whether the peer stopped inside a packet. */
  protected get incomplete(): boolean {
    return this.#keptSize > 0 || this.passing > 0 || this.skipping > 0;
  }

  /** Reads nothing any more. */
  protected stop(): void {
    this.reading = false;
    this.passing = this.skipping = this.#keptSize = 0;
    this.#kept = EMPTY;
  }

  /**
   * The length of the payload that follows at `at + 4`.
   *
   * @throws ProtocolError when it is no packet, or one above the limit
   */
  protected payloadSize(bytes: Uint8Array, at: number, statusHint?: number): number {
    const first = bytes[at] as number;
    const magic = (first << 8) | (bytes[at + 1] as number);
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (magic === this.#magic && length + HEADER_SIZE <= this.maxPacketSize) return length;
    this.stop();
    const options = statusHint === undefined ? {} : { statusHint };
    if (magic !== this.#magic)
      throw new ProtocolError('ERR_AJP13_MAGIC', notThisProtocol(bytes, at), options);
    throw new ProtocolError(
      'ERR_AJP13_PACKET_SIZE',
      `a packet of ${length + HEADER_SIZE} bytes, with a packet size of ${this.maxPacketSize}`,
      options,
    );
  }

  /** Adds to what is kept until there is enough, then reads it. */
  #goOn(chunk: Uint8Array, from: number, events: Event[]): number {
    for (let at = from; ; ) {
      at = this.#keep(chunk, at);
      if (this.#keptSize < this.#need) return at;
      const next = this.read(this.#kept, 0, this.#keptSize, events);
      if (next > 0) {
        this.#keptSize = 0;
        this.#kept = EMPTY;
        return at;
      }
      this.#need = -next;
    }
  }

  #keep(chunk: Uint8Array, at: number): number {
    const before = this.#keptSize;
    const stop = Math.min(chunk.length, at + this.#need - before);
    const size = before + stop - at;
    if (size > this.#kept.length) {
      const room = Math.min(Math.max(size, 2 * this.#kept.length, FIRST_KEPT), LARGEST);
      const larger = new Uint8Array(room);
      larger.set(this.#kept.subarray(0, before));
      this.#kept = larger;
    }
    this.#kept.set(chunk.subarray(at, stop), before);
    this.#keptSize = size;
    return stop;
  }
}

/** What the first bytes of a misdirected peer tell. */
function notThisProtocol(bytes: Uint8Array, at: number): string {
  const first = bytes[at] as number;
  const found = `0x${hex(first)}${hex(bytes[at + 1] as number)}`;
  const other = first === 0x12 ? undefined : protocolOf(first);
  if (first === 0x41 && bytes[at + 1] === 0x42)
    return 'a packet of a container, where a web server should speak';
  if (first === 0x12 && bytes[at + 1] === 0x34)
    return 'a packet of a web server, where a container should speak';
  return other
    ? `this looks like ${other}, not AJP13 (it begins with ${found})`
    : `no packet begins with ${found}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
