// The container's side of a connection: reads requests, writes responses (AJP/1.3).
//
// Theory. A connection carries one request after the other, never two at once. Reading goes
// idle → body → answering → idle, without 'body' where there is none; what moves it is a Forward
// Request, the end of its body, and the End Response that we write. Anything that arrives out of turn
// ends the connection: a body packet has no type, so that a reader which is one packet off reads bodies
// as requests (CVE-2011-3190). Therefore `owed` counts the body packets on their way to us: the first
// one of a request with Content-Length, which comes unasked, or the answer to a Get Body Chunk; never
// more than one. A response that is complete before that packet has come leaves the count as it is, and
// the packet is read as one of body bytes and dropped before the next request.
// Writing is apart, since the application may answer early: none → head → body → none.
import { type Codec, ProtocolError, toLatin1 } from '@sluice/protocol';
import { type Ajp13Request, type ForwardLimits, readForwardRequest } from './forward-request.ts';
import { HEADER_SIZE, PacketFeed } from './packet-feed.ts';
import { writeResponse } from './response-writer.ts';
import type { Ajp13Command, Ajp13Event, Ajp13ServerOptions } from './server-messages.ts';
import { Magic, PacketType } from './tables.ts';

type Reading = 'idle' | 'body' | 'answering';
type Writing = 'none' | 'head' | 'body';

const UNKNOWN = -1; // the length of the body: it ends with an empty packet
const DATA_HEADER = HEADER_SIZE + 2;
const MAX_HEADERS = 1000;
const NO_BYTES = new Uint8Array(0);

/** The container's side of one connection. */
export class Ajp13ServerCodec
  extends PacketFeed<Ajp13Event>
  implements Codec<Ajp13Event, Ajp13Command>
{
  readonly #limits: ForwardLimits;
  readonly #dataLength: boolean;
  #state: Reading = 'idle';
  #writing: Writing = 'none';
  #owed = false; // a packet with body bytes is on its way
  #due = 0; // bytes of body that have not come
  #truncated = false;
  #spare = true; // lighttpd sends an empty packet behind a request without body: one is let through
  #hasBody = false;
  #bodyless = false; // the response has a head only

  /**
   * @param options - the secret, and limits
   * @throws ProtocolError `ERR_AJP13_OPTION` (blame `local`) for a packet size that no peer has, or an empty secret,
   * `ERR_PROTOCOL_LATIN1` for one with characters above U+00FF
   */
  constructor(options: Ajp13ServerOptions = {}) {
    super(Magic.TO_CONTAINER, options.maxPacketSize);
    if (options.secret === '')
      throw new ProtocolError('ERR_AJP13_OPTION', 'the secret is empty', { blame: 'local' });
    this.#limits = {
      maxHeaders: options.maxHeaders ?? MAX_HEADERS,
      secret: options.secret === undefined ? undefined : toLatin1(options.secret),
    };
    this.#dataLength = options.dataLength ?? true;
  }

  /** Whether the connection can carry another request after this one: a complete response may be sent with `reuse`. */
  get clean(): boolean {
    return this.reading && !this.#truncated;
  }

  /**
   * The web server sent its last byte. AJP has no half-close: a request that is being answered is lost.
   *
   * @throws ProtocolError `ERR_AJP13_TRUNCATED` inside a packet, or (statusHint 400) inside a body
   */
  finish(): Ajp13Event[] {
    if (!this.reading) return [];
    const inBody = this.#state === 'body';
    if (inBody || this.incomplete)
      this.#fail(
        'ERR_AJP13_TRUNCATED',
        `the web server stopped inside a ${inBody ? 'body' : 'packet'}`,
        inBody ? 400 : undefined,
      );
    this.stop();
    return [];
  }

  /**
   * Turns a command into bytes.
   *
   * @throws ProtocolError (blame `local`) `ERR_AJP13_TOO_LARGE` for a head that does not fit into a packet,
   * `ERR_AJP13_COMMAND` for one that is none or comes out of turn; both can be followed by another head
   */
  encode(command: Ajp13Command): Uint8Array {
    switch (command.type) {
      case 'response':
        return this.#respond(command);
      case 'get-body':
        return this.#askForBody();
    }
  }

  protected override read(
    bytes: Uint8Array,
    at: number,
    end: number,
    events: Ajp13Event[],
  ): number {
    if (end - at < HEADER_SIZE) return -HEADER_SIZE;
    const length = this.payloadSize(bytes, at);
    if (this.#owed) return this.#readData(bytes, at, end, length, events);
    if (this.#state !== 'idle') return this.#readSpare(bytes, at, end, length);
    if (length === 0) return this.#readSpare(bytes, at, end, length);
    const start = at + HEADER_SIZE;
    if (end === start) return -HEADER_SIZE - 1;
    const type = bytes[start] as number;
    if (type === PacketType.FORWARD_REQUEST) {
      const stop = start + length;
      if (stop > end) return at - stop;
      events.push(this.#forward(bytes, start, stop));
      return stop;
    }
    if (type === 0 && length === 2) return this.#readSpare(bytes, at, end, length);
    if (type === PacketType.CPING && length === 1) {
      events.push({ type: 'reply', bytes: new Uint8Array(CPONG) });
      return start + 1;
    }
    if (type === PacketType.SHUTDOWN)
      return this.#fail('ERR_AJP13_SHUTDOWN', 'a web server that asks to shut down is refused');
    return this.#fail('ERR_AJP13_PACKET_TYPE', `a packet of type ${type} begins no request`);
  }

  protected override pass(chunk: Uint8Array, events: Ajp13Event[]): void {
    if (this.#state !== 'body') return; // left over from a request that is answered
    events.push({ type: 'body', chunk });
    if (this.#due === 0 && this.passing === 0) this.#complete(events);
  }

  #forward(bytes: Uint8Array, start: number, stop: number): Ajp13Request {
    this.#writing = 'head';
    this.#bodyless = false;
    let request: Ajp13Request;
    try {
      request = readForwardRequest(bytes, start, stop, this.#limits);
    } catch (error) {
      this.stop();
      throw error;
    }
    const { hasBody, contentLength } = request;
    this.#bodyless = request.method === 'HEAD';
    this.#hasBody = hasBody;
    this.#spare = true;
    this.#due = contentLength ?? UNKNOWN;
    this.#owed = hasBody && contentLength !== undefined;
    this.#state = hasBody ? 'body' : 'answering';
    return request;
  }

  /** The head of a packet with body bytes. */
  #readData(
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
    events: Ajp13Event[],
  ): number {
    let size = length;
    let headerSize = HEADER_SIZE;
    if (this.#dataLength && length > 0) {
      headerSize = DATA_HEADER;
      if (length > 1 && end - at < headerSize) return -headerSize;
      size = ((bytes[at + 4] as number) << 8) | (bytes[at + 5] as number);
      if (size + 2 !== length)
        this.#fail(
          'ERR_AJP13_DATA',
          `a body packet of ${length} bytes with an inner length of ${size} (lighttpd sends none: then dataLength must be false)`,
        );
    }
    if (this.#due !== UNKNOWN) {
      if (size > this.#due) this.#fail('ERR_AJP13_DATA', 'more body than Content-Length says');
      this.#due -= size;
    }
    this.#owed = false;
    this.passing = size;
    if (size === 0 && this.#state === 'body') this.#endEarly(events);
    return at + headerSize;
  }

  /** An empty packet while some of the body is due: its end where the length is unknown. */
  #endEarly(events: Ajp13Event[]): void {
    if (this.#due === UNKNOWN) {
      this.#complete(events);
      return;
    }
    this.#state = 'answering';
    this.#truncated = true;
    const message = `the web server ended the body with ${this.#due} bytes to come`;
    const error = new ProtocolError('ERR_AJP13_TRUNCATED', message, { statusHint: 400 });
    events.push({ type: 'truncated', error });
  }

  #complete(events: Ajp13Event[]): void {
    this.#state = 'answering';
    events.push({ type: 'end' });
  }

  /** A packet that nobody asked for: an empty one is let through once. */
  #readSpare(bytes: Uint8Array, at: number, end: number, length: number): number {
    const tolerant = this.#spare && (this.#state === 'idle' || !this.#hasBody);
    const size = HEADER_SIZE + length;
    if (tolerant && (length === 0 || length === 2)) {
      if (end - at < size) return -size;
      const empty = length === 0 || ((bytes[at + 4] as number) | (bytes[at + 5] as number)) === 0;
      if (empty) {
        this.#spare = false;
        return at + size;
      }
    }
    return this.#fail(
      'ERR_AJP13_UNEXPECTED',
      this.#state === 'idle'
        ? 'an empty packet between requests'
        : 'a packet that was not asked for, before the request was answered',
    );
  }

  #askForBody(): Uint8Array {
    const mayAsk = this.reading && this.#state === 'body' && !this.#owed && this.passing === 0;
    if (!mayAsk) return NO_BYTES;
    this.#owed = true;
    const most = this.maxPacketSize - DATA_HEADER;
    const size = this.#due === UNKNOWN ? most : Math.min(this.#due, most);
    return new Uint8Array([0x41, 0x42, 0, 3, PacketType.GET_BODY_CHUNK, size >> 8, size]);
  }

  #respond(command: Ajp13Command & { type: 'response' }): Uint8Array {
    const { head, chunk, last } = command;
    if (head ? this.#writing !== 'head' : this.#writing !== 'body')
      throw new ProtocolError(
        'ERR_AJP13_COMMAND',
        head
          ? 'a head where none is due'
          : 'a part of a response before its head, or after its end',
        { blame: 'local', statusHint: 500 },
      );
    const bodyless = this.#bodyless || (head !== undefined && HEAD_ONLY.has(head.status));
    const reuse = last && command.reuse !== false && this.clean;
    const bytes = writeResponse(
      { head, chunk: bodyless ? undefined : chunk, flush: !last && !bodyless, last, reuse },
      this.maxPacketSize,
    );
    this.#bodyless = bodyless;
    this.#writing = last ? 'none' : 'body';
    if (last) this.#answered(reuse);
    return bytes;
  }

  #answered(reuse: boolean): void {
    if (reuse) this.#state = 'idle';
    else this.stop();
  }

  #fail(code: string, message: string, statusHint?: number): never {
    this.stop();
    throw new ProtocolError(code, message, statusHint === undefined ? {} : { statusHint });
  }
}

const HEAD_ONLY: ReadonlySet<number> = new Set([204, 205, 304]);
const CPONG = [0x41, 0x42, 0, 1, PacketType.CPONG];
