// Reads the values of one payload, in the types of AJP/1.3, "Basic Packet Structure".
import { fromLatin1, ProtocolError } from '@sluice/protocol';
import { sameBytes } from './same-bytes.ts';
import { CODED } from './tables.ts';

const NULL_STRING = 0xffff;
const LONG = 40; // from about here on a search by the engine costs less than a loop
const TOKEN = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN[character.charCodeAt(0)] = 1;

/** The codes of the errors that a {@link PayloadReader} throws, and their status. */
export interface PayloadErrors {
  /** For a value that is cut off or broken. */
  readonly payload: string;
  /** For a header that is none. */
  readonly header: string;
  /** The status of both. */
  readonly statusHint: number;
}

/**
 * A place in a payload. No read goes beyond its end. All text is decoded once, by the constructor;
 * strings are cut out of that.
 */
export class PayloadReader {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #text: string;
  readonly #errors: PayloadErrors;
  #at: number;

  /**
   * Begins behind the type of the packet.
   *
   * @param bytes - memory that holds the payload from `start` up to `end`
   * @param errors - how to call what is wrong
   */
  constructor(bytes: Uint8Array, start: number, end: number, errors: PayloadErrors) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#text = fromLatin1(bytes, start, end);
    this.#errors = errors;
    this.#at = start + 1;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** A byte. */
  byte(): number {
    if (this.#at >= this.#end) this.fail('it ends too early');
    return this.#bytes[this.#at++] as number;
  }

  /** An integer of two bytes. */
  integer(): number {
    const value = this.#peek();
    this.#at += 2;
    return value;
  }

  /** A string, undefined for the null string; `lines`: it may hold line ends, else it must not. */
  string(lines = false): string | undefined {
    const length = this.#peek();
    if (length === NULL_STRING) {
      this.#at += 2;
      return undefined;
    }
    const from = this.#at + 2;
    const stop = this.#stopAt(from, length);
    if (length === 0) return '';
    const text = this.#text.slice(from - this.#start, stop - this.#start);
    if (length > LONG) {
      if (text.includes('\0') || (!lines && (text.includes('\n') || text.includes('\r'))))
        this.#failText();
      return text;
    }
    const bytes = this.#bytes;
    for (let index = from; index < stop; index++) {
      const byte = bytes[index] as number;
      if (byte < 14 && (byte === 0 || (!lines && (byte === 10 || byte === 13)))) this.#failText();
    }
    return text;
  }

  /** A header name: one of `coded` for a code, else a token. */
  headerName(coded: readonly string[]): string {
    const length = this.#peek();
    if (length >> 8 === CODED) {
      this.#at += 2;
      return (
        coded[(length & 0xff) - 1] ?? this.failHeader(`no header has code ${length.toString(16)}`)
      );
    }
    if (length === NULL_STRING || length === 0) this.failHeader('a header without a name');
    const from = this.#at + 2;
    const stop = this.#stopAt(from, length);
    const bytes = this.#bytes;
    for (let index = from; index < stop; index++)
      if (TOKEN[bytes[index] as number] === 0) this.failHeader('a header name that is no token');
    return this.#text.slice(from - this.#start, stop - this.#start);
  }

  /**
   * The size of a key, as decimal text: an integer, or a string as lighttpd writes it. Told apart by the
   * first two bytes: no key has fewer than 16 bits, no size more than 15 digits.
   */
  keySize(): string | undefined {
    const value = this.#peek();
    const third = this.#bytes[this.#at + 2]; // of an empty string its NUL
    if (value < 16 && !(value === 0 && third !== 0)) return this.string();
    this.#at += 2;
    return value === NULL_STRING ? undefined : String(value);
  }

  /** Whether the next string is `expected`. */
  equals(expected: Uint8Array): boolean {
    const from = this.#at + 2;
    if (this.string(true) === undefined) return false;
    return sameBytes(this.#bytes, from, this.#at - 1 - from, expected);
  }

  /** The payload cannot be read. */
  fail(what: string): never {
    const { payload, statusHint } = this.#errors;
    throw new ProtocolError(payload, `the packet cannot be read: ${what}`, { statusHint });
  }

  /** A header cannot be one. */
  failHeader(what: string): never {
    const { header, statusHint } = this.#errors;
    throw new ProtocolError(header, what, { statusHint });
  }

  #failText(): never {
    this.fail('a string holds NUL or a line end');
  }

  /** Checks that a string lies inside, and goes behind it. */
  #stopAt(from: number, length: number): number {
    const stop = from + length;
    if (stop >= this.#end) this.fail(`a string of ${length} bytes goes beyond its end`);
    if (this.#bytes[stop] !== 0) this.fail('a string does not end with NUL');
    this.#at = stop + 1;
    return stop;
  }

  #peek(): number {
    const at = this.#at;
    if (at + 2 > this.#end) this.fail('it ends too early');
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number);
  }
}
