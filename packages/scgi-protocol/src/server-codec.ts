// Reads one SCGI request from a web server (protocol text of 2008-06-23, sections "Protocol" and "Example").
//
// Theory: a connection carries one request. The state goes length → headers → comma → body → done
// and never back; only received bytes move it. Whatever does not fit ends the codec with an error.
// What follows the body is surplus: reported, so that the driver can take it off the socket, and
// never read as a second request. After upgrade() it is body instead, in the state upgraded.
import {
  ByteQueue,
  type Codec,
  fromLatin1,
  ProtocolError,
  parseLength,
  protocolOf,
} from '@sluice/protocol';

/** What a {@link ScgiServerCodec} reports. */
export type ScgiEvent =
  | {
      /** The header block is complete; the application may start. */
      readonly type: 'request';
      /** Name, value, name, value … in wire order, repeated names kept. */
      readonly variables: string[];
      /** Bytes of body to come. */
      readonly contentLength: number;
    }
  | {
      /** Bytes of the body, as a view of what was fed. */ readonly type: 'body';
      readonly chunk: Uint8Array;
    }
  | { /** The body is complete. */ readonly type: 'end' }
  | { /** Bytes behind the body, dropped. */ readonly type: 'surplus'; readonly size: number };

/** What a {@link ScgiServerCodec} sends: an SCGI answer is a CGI answer, without any framing. */
export type ScgiCommand = { readonly type: 'data'; readonly chunk: Uint8Array };

/** Limits of a {@link ScgiServerCodec}. */
export interface ScgiLimits {
  /** Bytes of the header block, 65536 by default. */
  readonly maxHeaderBytes?: number;
  /** Number of headers, 1000 by default. */
  readonly maxHeaders?: number;
}

type State = 'length' | 'headers' | 'comma' | 'body' | 'done' | 'upgraded' | 'failed';

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const NO_ANSWER = 0; // the peer would not understand one

/** Reads one SCGI request and writes its answer. */
export class ScgiServerCodec implements Codec<ScgiEvent, ScgiCommand> {
  readonly #maxHeaderBytes: number;
  readonly #maxHeaders: number;
  #queue = new ByteQueue();
  #state: State = 'length';
  #digits = 0;
  #due = 0; // the length so far, then the bytes of headers or body still to come
  #variables: string[] = [];
  #isUpgrading = false;

  /** @param limits - upper bounds; a longer header block is refused before it is read */
  constructor(limits: ScgiLimits = {}) {
    this.#maxHeaderBytes = limits.maxHeaderBytes ?? 65536;
    this.#maxHeaders = limits.maxHeaders ?? 1000;
  }

  feed(chunk: Uint8Array): ScgiEvent[] {
    const events: ScgiEvent[] = [];
    if (this.#state === 'failed') return events;
    this.#queue.push(chunk);
    while (this.#queue.length > 0 && this.#step(events)) {}
    return events;
  }

  finish(): ScgiEvent[] {
    if (this.#state === 'done' || this.#state === 'failed') return [];
    if (this.#state === 'upgraded') {
      this.#state = 'done';
      return [{ type: 'end' }];
    }
    // A peer that connects and leaves without a byte only wanted to know that we are there.
    if (this.#state === 'length' && this.#digits === 0) return [];
    const where =
      this.#state === 'body' ? `with ${this.#due} bytes of body to come` : 'inside the headers';
    return this.#fail(
      'ERR_SCGI_TRUNCATED',
      `the peer stopped ${where}`,
      this.#state === 'body' ? 400 : NO_ANSWER,
    );
  }

  /**
   * The connection is upgraded: from now on all bytes behind the body are `body` events and never
   * `surplus`, and `finish` reports another `end`. Of no effect before there is a request.
   */
  upgrade(): void {
    if (this.#state === 'done') this.#state = 'upgraded';
    this.#isUpgrading = this.#state === 'body';
  }

  encode(command: ScgiCommand): Uint8Array {
    return command.chunk;
  }

  /** Moves at most one state on; false means "wait for more bytes". */
  #step(events: ScgiEvent[]): boolean {
    switch (this.#state) {
      case 'length':
        return this.#readLength();
      case 'headers': {
        const block = this.#queue.take(this.#due);
        if (!block) return false;
        this.#variables = this.#cut(fromLatin1(block));
        this.#state = 'comma';
        return true;
      }
      case 'comma': {
        if (this.#queue.shift() !== COMMA)
          this.#fail('ERR_SCGI_COMMA', 'no comma after the headers');
        const contentLength = this.#due;
        events.push({ type: 'request', variables: this.#variables, contentLength });
        this.#variables = [];
        this.#end(events);
        return true;
      }
      case 'body': {
        const chunk = this.#queue.takeSome(this.#due);
        this.#due -= chunk.length;
        events.push({ type: 'body', chunk });
        this.#end(events);
        return true;
      }
      case 'done':
        events.push({ type: 'surplus', size: this.#queue.length });
        this.#queue.clear();
        return false;
      case 'upgraded':
        events.push({ type: 'body', chunk: this.#queue.takeSome(this.#queue.length) });
        return true;
      case 'failed':
        return false;
    }
  }

  #end(events: ScgiEvent[]): void {
    if (this.#due > 0) {
      this.#state = 'body';
      return;
    }
    this.#state = this.#isUpgrading ? 'upgraded' : 'done';
    if (!this.#isUpgrading) events.push({ type: 'end' });
  }

  #readLength(): boolean {
    for (;;) {
      const byte = this.#queue.shift();
      if (byte === undefined) return false;
      if (byte === COLON && this.#digits > 0) {
        if (this.#due === 0)
          this.#fail('ERR_SCGI_CONTENT_LENGTH', 'no headers at all, so no CONTENT_LENGTH');
        this.#state = 'headers';
        return true;
      }
      if (byte < ZERO || byte > NINE) {
        if (this.#digits === 0) this.#refuseOther(byte);
        this.#fail('ERR_SCGI_LENGTH', `byte 0x${hex(byte)} in the netstring length`);
      }
      // "no leading zeros": a second spelling of a length is a second meaning
      if (this.#digits === 1 && this.#due === 0)
        this.#fail('ERR_SCGI_LENGTH', 'a leading zero in the netstring length');
      this.#digits++;
      this.#due = this.#due * 10 + (byte - ZERO);
      if (this.#due > this.#maxHeaderBytes) {
        this.#fail(
          'ERR_SCGI_HEADERS_TOO_LARGE',
          `headers of more than ${this.#maxHeaderBytes} bytes`,
          431,
        );
      }
    }
  }

  /** The first byte tells what a misdirected web server speaks. */
  #refuseOther(byte: number): void {
    const other = protocolOf(byte);
    if (!other) return;
    this.#fail(
      'ERR_SCGI_NOT_SCGI',
      `this looks like ${other} on an SCGI port (first byte 0x${hex(byte)})`,
      NO_ANSWER,
    );
  }

  #cut(block: string): string[] {
    if (!block.endsWith('\0')) this.#fail('ERR_SCGI_HEADERS', 'the headers do not end with NUL');
    const variables: string[] = [];
    let contentLength: string | undefined;
    let method: string | undefined;
    for (let at = 0; at < block.length; ) {
      const nameEnd = block.indexOf('\0', at);
      const valueEnd = block.indexOf('\0', nameEnd + 1);
      if (valueEnd < 0) this.#fail('ERR_SCGI_HEADERS', 'a name without a value');
      if (nameEnd === at) this.#fail('ERR_SCGI_HEADERS', 'an empty name');
      const name = block.slice(at, nameEnd);
      const value = block.slice(nameEnd + 1, valueEnd);
      at = valueEnd + 1;
      // Names twice: forbidden by the text, sent by mod_scgi and by nginx all the same. Only where
      // two values would mean two different requests is it refused.
      if (name === 'CONTENT_LENGTH') {
        if (contentLength !== undefined && contentLength !== value) {
          this.#fail('ERR_SCGI_CONTENT_LENGTH', 'two CONTENT_LENGTH that differ');
        }
        contentLength = value;
      } else if (name === 'REQUEST_METHOD') {
        if (method !== undefined && method !== value) {
          this.#fail('ERR_SCGI_HEADERS', 'two REQUEST_METHOD that differ');
        }
        method = value;
      } else if (name === 'SCGI' && value !== '1') {
        this.#fail('ERR_SCGI_VERSION', 'SCGI is not 1');
      }
      variables.push(name, value);
      if (variables.length > 2 * this.#maxHeaders) {
        this.#fail('ERR_SCGI_HEADERS_TOO_LARGE', `more than ${this.#maxHeaders} headers`, 431);
      }
    }
    if (contentLength === undefined) this.#fail('ERR_SCGI_CONTENT_LENGTH', 'no CONTENT_LENGTH');
    const length = parseLength(contentLength as string);
    if (length === undefined)
      this.#fail('ERR_SCGI_CONTENT_LENGTH', 'CONTENT_LENGTH is not plain digits');
    this.#due = length as number;
    return variables;
  }

  #fail(code: string, message: string, status = 400): never {
    this.#state = 'failed';
    this.#queue.clear();
    throw new ProtocolError(code, message, status === NO_ANSWER ? {} : { statusHint: status });
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
