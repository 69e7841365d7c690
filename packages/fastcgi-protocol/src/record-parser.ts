// Cuts a stream of bytes into records (FastCGI 1.0, section 3.3): what all readers of this package share.
//
// Theory: a reader is in a header, in content or in padding; only the lengths of the header move it.
// A header is read where it lies, and collected only when a chunk ends inside it. Content is handed
// on where it lies, as it comes. The first failure ends the reader: what it reported before, in the
// same chunk, is still returned, and the failure is thrown by the next call.
import { ProtocolError, protocolOf } from '@sluice/protocol';
import { HEADER_SIZE } from './constants.ts';

/** Reads records and lets a subclass say what they mean. */
export abstract class RecordParser<Event> {
  readonly #header = new Uint8Array(HEADER_SIZE);
  #headerSize = 0; // bytes collected of a header that a chunk cut
  #content = 0; // bytes of content still to come
  #padding = 0; // bytes of padding still to come
  #error: ProtocolError | undefined;
  #thrown = false;

  /**
   * Reads the next bytes of the peer, cut anywhere.
   *
   * @throws ProtocolError when the bytes break the protocol; where the same bytes also brought
   *   events, these are returned, {@link RecordParser.error} tells, and the next call throws
   */
  feed(chunk: Uint8Array): Event[] {
    const events: Event[] = [];
    if (this.#error) return this.#silence(events);
    try {
      this.#read(chunk, events);
    } catch (error) {
      return this.#fail(error, events);
    }
    return events;
  }

  /**
   * Tells that the peer sent its last byte.
   *
   * @throws ProtocolError `ERR_FASTCGI_TRUNCATED` when it stopped in the middle of something
   */
  finish(): Event[] {
    const events: Event[] = [];
    if (this.#error) return this.#silence(events);
    try {
      this.end(this.#headerSize > 0 || this.#content > 0 || this.#padding > 0, events);
    } catch (error) {
      return this.#fail(error, events);
    }
    return events;
  }

  /** What broke the protocol, undefined while nothing did; after it nothing more is read. */
  get error(): ProtocolError | undefined {
    return this.#error;
  }

  /** Takes the header of a record; a record without content ends with it. */
  protected abstract begin(
    type: number,
    id: number,
    contentLength: number,
    paddingLength: number,
    events: Event[],
  ): void;

  /** Takes the next bytes of the record's content, `chunk` from `start` to `end`; `last` with the last of them. */
  protected abstract content(
    chunk: Uint8Array,
    start: number,
    end: number,
    last: boolean,
    events: Event[],
  ): void;

  /** Takes the end of the stream; `inside` when it came in the middle of a record. */
  protected abstract end(inside: boolean, events: Event[]): void;

  /** Makes the error of bytes that are no record: the other side may speak another protocol. */
  protected abstract refusal(code: string, message: string): ProtocolError;

  #read(chunk: Uint8Array, events: Event[]): void {
    const size = chunk.length;
    for (let at = 0; at < size; ) {
      if (this.#content > 0) {
        const start = at;
        at = Math.min(size, at + this.#content);
        this.#content -= at - start;
        this.content(chunk, start, at, this.#content === 0, events);
      } else if (this.#padding > 0) {
        const skipped = Math.min(size - at, this.#padding);
        this.#padding -= skipped;
        at += skipped;
      } else if (this.#headerSize === 0 && size - at >= HEADER_SIZE) {
        this.#begin(chunk, at, events);
        at += HEADER_SIZE;
      } else {
        at = this.#collect(chunk, at, events);
      }
    }
  }

  /** Collects a header byte by byte; returns the offset behind what it took. */
  #collect(chunk: Uint8Array, from: number, events: Event[]): number {
    let at = from;
    while (at < chunk.length && this.#headerSize < HEADER_SIZE) {
      this.#header[this.#headerSize++] = chunk[at++] as number;
    }
    if (this.#headerSize === HEADER_SIZE) {
      this.#headerSize = 0;
      this.#begin(this.#header, 0, events);
    } else if (this.#header[0] !== VERSION_1) {
      this.#refuseVersion(this.#header[0] as number);
    }
    return at;
  }

  #begin(bytes: Uint8Array, at: number, events: Event[]): void {
    const version = bytes[at] as number;
    if (version !== VERSION_1) this.#refuseVersion(version);
    const id = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    const contentLength = ((bytes[at + 4] as number) << 8) | (bytes[at + 5] as number);
    const paddingLength = bytes[at + 6] as number;
    this.#content = contentLength;
    this.#padding = paddingLength;
    this.begin(bytes[at + 1] as number, id, contentLength, paddingLength, events);
  }

  #refuseVersion(version: number): never {
    const other = protocolOf(version);
    const hint = other ? `; this looks like ${other} on a FastCGI port` : '';
    const message = `version ${version} in a record, where FastCGI has 1${hint}`;
    throw this.refusal('ERR_FASTCGI_VERSION', message);
  }

  #fail(error: unknown, events: Event[]): Event[] {
    if (!(error instanceof ProtocolError)) throw error;
    this.#error = error;
    if (events.length > 0) return events;
    this.#thrown = true;
    throw error;
  }

  #silence(events: Event[]): Event[] {
    if (this.#thrown) return events;
    this.#thrown = true;
    throw this.#error;
  }
}

const VERSION_1 = 1;
