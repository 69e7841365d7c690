// The web server's side of a connection: writes requests, reads responses (AJP/1.3).
//
// Theory. A connection carries one request after the other. Reading goes idle → head → body → idle: a
// request is sent, its head came, its End Response came. Writing the body is apart: with Content-Length
// the first packet goes out unasked (`first`), each further one answers a Get Body Chunk (`asked`), and
// at the end an empty packet answers one, once (`ended`). A packet that was not asked for would be read as the next request.
// A connection whose End Response came while a packet of ours is due cannot be used again.
import { allocate, type Codec, ProtocolError, parseLength } from '@sluice/protocol';
import type {
  Ajp13ClientCommand,
  Ajp13ClientEvent,
  Ajp13ClientOptions,
} from './client-messages.ts';
import { type Ajp13RequestHead, writeForwardRequest } from './forward-writer.ts';
import { HEADER_SIZE, PacketFeed } from './packet-feed.ts';
import { type Ajp13Head, readSendHeaders } from './send-headers.ts';
import { Magic, PacketType } from './tables.ts';

type State = 'idle' | 'head' | 'body';

const BAD_GATEWAY = 502;
const DATA_HEADER = HEADER_SIZE + 2;
const CHUNK_HEADER = HEADER_SIZE + 3;
const MAX_HEADERS = 1000;
const UNKNOWN = -1;
const NO_BYTES = new Uint8Array(0);

/** The web server's side of one connection. */
export class Ajp13ClientCodec
  extends PacketFeed<Ajp13ClientEvent>
  implements Codec<Ajp13ClientEvent, Ajp13ClientCommand>
{
  readonly #maxHeaders: number;
  #state: State = 'idle';
  #bodyless = false; // the response has a head only
  #pings = 0;
  #due = 0; // bytes of body that the caller has not brought
  #first = false; // the packet that goes out unasked is due
  #asked = 0; // bytes that the container wants in one packet
  #ended = false; // the empty packet is sent

  /**
   * @param options - limits
   * @throws ProtocolError `ERR_AJP13_OPTION` (blame `local`) for a packet size that no peer has
   */
  constructor(options: Ajp13ClientOptions = {}) {
    super(Magic.TO_WEB_SERVER, options.maxPacketSize);
    this.#maxHeaders = options.maxHeaders ?? MAX_HEADERS;
  }

  /**
   * The container sent its last byte.
   *
   * @throws ProtocolError `ERR_AJP13_TRUNCATED` (statusHint 502) while an answer, or the answer to a ping, is due
   */
  finish(): Ajp13ClientEvent[] {
    if (!this.reading) return [];
    if (this.#state !== 'idle' || this.#pings > 0 || this.incomplete)
      this.#fail('ERR_AJP13_TRUNCATED', 'the container stopped before its answer was complete');
    this.stop();
    return [];
  }

  /**
   * Turns a command into bytes.
   *
   * @throws ProtocolError (blame `local`) `ERR_AJP13_TOO_LARGE` (statusHint 431) for a request that does not
   * fit into a packet, `ERR_AJP13_COMMAND` for a command that is none or comes out of turn
   */
  encode(command: Ajp13ClientCommand): Uint8Array {
    switch (command.type) {
      case 'request':
        return this.#request(command);
      case 'body':
        return this.#body(command.chunk);
      case 'body-end':
        return this.#bodyEnd();
      case 'ping':
        if (this.#state !== 'idle' || !this.reading)
          throw refuse('a ping while an answer is due, or after the end');
        this.#pings++;
        return new Uint8Array(CPING);
    }
  }

  protected override read(
    bytes: Uint8Array,
    at: number,
    end: number,
    events: Ajp13ClientEvent[],
  ): number {
    if (end - at < HEADER_SIZE) return -HEADER_SIZE;
    const length = this.payloadSize(bytes, at, BAD_GATEWAY);
    if (length === 0) this.#fail('ERR_AJP13_PACKET_TYPE', 'an empty packet');
    const start = at + HEADER_SIZE;
    if (end === start) return -HEADER_SIZE - 1;
    const type = bytes[start] as number;
    if (type === PacketType.SEND_BODY_CHUNK) return this.#readChunk(bytes, at, end, length);
    const size = SIZES[type];
    if (size === undefined)
      this.#fail('ERR_AJP13_PACKET_TYPE', `a packet of type ${type} is no answer`);
    if (size !== length && size !== ANY)
      this.#fail('ERR_AJP13_RESPONSE', `a packet of type ${type} with ${length} bytes`);
    const stop = start + length;
    if (stop > end) return at - stop;
    this.#answer(type, bytes, start, stop, events);
    return stop;
  }

  protected override pass(chunk: Uint8Array, events: Ajp13ClientEvent[]): void {
    if (!this.#bodyless) events.push({ type: 'body', chunk });
  }

  #answer(
    type: number,
    bytes: Uint8Array,
    start: number,
    stop: number,
    events: Ajp13ClientEvent[],
  ): void {
    if (type === PacketType.CPONG && this.#pings > 0) {
      this.#pings--;
      events.push({ type: 'pong' });
      return;
    }
    if (this.#state === 'idle' || type === PacketType.CPONG)
      this.#fail('ERR_AJP13_UNEXPECTED', `a packet of type ${type} that answers nothing`);
    switch (type) {
      case PacketType.SEND_HEADERS:
        events.push(...this.#readHead(bytes, start, stop));
        return;
      case PacketType.GET_BODY_CHUNK:
        events.push({ type: 'want', size: this.#want(bytes, start) });
        return;
      default:
        events.push({ type: 'end', reuse: this.#end(bytes[start + 1] !== 0) });
    }
  }

  #readHead(bytes: Uint8Array, start: number, stop: number): readonly Ajp13Head[] {
    if (this.#state === 'body') this.#fail('ERR_AJP13_RESPONSE', 'a second head');
    let head: Ajp13Head | undefined;
    try {
      head = readSendHeaders(bytes, start, stop, this.#maxHeaders);
    } catch (error) {
      this.stop();
      throw error;
    }
    if (head === undefined) return [];
    this.#state = 'body';
    if (HEAD_ONLY.has(head.status)) this.#bodyless = true;
    return [head];
  }

  #want(bytes: Uint8Array, start: number): number {
    if (this.#ended) this.#fail('ERR_AJP13_UNEXPECTED', 'more body is wanted after its end');
    if (this.#asked > 0) this.#fail('ERR_AJP13_UNEXPECTED', 'more body is wanted twice');
    const size = ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
    this.#asked = Math.max(1, Math.min(size, this.maxPacketSize - DATA_HEADER));
    return this.#asked;
  }

  #end(reuse: boolean): boolean {
    if (this.#state === 'head') this.#fail('ERR_AJP13_RESPONSE', 'an end without a head');
    this.#state = 'idle';
    if (reuse && !this.#first && this.#asked === 0) return true;
    this.stop();
    return false;
  }

  /** The head of a packet with bytes of body. */
  #readChunk(bytes: Uint8Array, at: number, end: number, length: number): number {
    if (length < 3) this.#fail('ERR_AJP13_RESPONSE', 'a body packet without a length');
    if (end - at < CHUNK_HEADER) return -CHUNK_HEADER;
    const size = ((bytes[at + 5] as number) << 8) | (bytes[at + 6] as number);
    if (size > length - 3)
      this.#fail('ERR_AJP13_RESPONSE', `a body packet of ${length} bytes with ${size} of body`);
    if (this.#state === 'idle')
      this.#fail('ERR_AJP13_UNEXPECTED', 'a body packet that answers nothing');
    if (this.#state === 'head' && size > 0)
      this.#fail('ERR_AJP13_RESPONSE', 'a body before its head');
    this.passing = size;
    this.skipping = length - 3 - size; // the NUL, which lighttpd and mod_jk can do without
    return at + CHUNK_HEADER;
  }

  #request(command: Ajp13RequestHead): Uint8Array {
    if (this.#state !== 'idle' || !this.reading)
      throw refuse('a request while an answer is due, or after the end');
    const due = announced(command.headers);
    const bytes = writeForwardRequest(command, this.maxPacketSize);
    this.#state = 'head';
    this.#bodyless = command.method === 'HEAD';
    this.#due = due;
    this.#first = due > 0;
    this.#asked = 0;
    this.#ended = false;
    return bytes;
  }

  #body(chunk: Uint8Array): Uint8Array {
    const size = chunk.length;
    if (size === 0) return NO_BYTES; // an empty packet would be the end
    const most = this.#first ? this.maxPacketSize - DATA_HEADER : this.#asked;
    if (size > most) throw refuse(`${size} bytes of body where ${most} are wanted`);
    if (this.#due !== UNKNOWN) {
      if (size > this.#due) throw refuse('more body than Content-Length says');
      this.#due -= size;
    }
    if (this.#first) this.#first = false;
    else this.#asked = 0;
    const out = allocate(size + DATA_HEADER);
    out[0] = 0x12;
    out[1] = 0x34;
    out[2] = (size + 2) >> 8;
    out[3] = size + 2;
    out[4] = size >> 8;
    out[5] = size;
    out.set(chunk, DATA_HEADER);
    return out;
  }

  #bodyEnd(): Uint8Array {
    if (this.#due > 0) throw refuse(`${this.#due} bytes of body are missing`);
    if (this.#asked === 0) return NO_BYTES;
    this.#asked = 0;
    this.#ended = true;
    return new Uint8Array(END_OF_BODY);
  }

  #fail(code: string, message: string): never {
    this.stop();
    throw new ProtocolError(code, message, { statusHint: BAD_GATEWAY });
  }
}

const HEAD_ONLY: ReadonlySet<number> = new Set([204, 205, 304]);
const CPING = [0x12, 0x34, 0, 1, PacketType.CPING];
const END_OF_BODY = [0x12, 0x34, 0, 0];
const ANY = 0;
/** How long the payload of each packet is. */
const SIZES: Readonly<Record<number, number>> = {
  [PacketType.SEND_HEADERS]: ANY,
  [PacketType.END_RESPONSE]: 2,
  [PacketType.GET_BODY_CHUNK]: 3,
  [PacketType.CPONG]: 1,
};

/** How many bytes of body the headers of a request announce. */
function announced(headers: readonly string[]): number {
  let length: number | undefined;
  let chunked = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    const value = headers[at + 1] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== undefined) throw refuse('Content-Length is there twice');
      length = parseLength(value);
      if (length === undefined) throw refuse('Content-Length is not plain digits');
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (chunked || value !== 'chunked') throw refuse('Transfer-Encoding is not chunked, once');
      chunked = true;
    }
  }
  if (chunked && length !== undefined)
    throw refuse('Content-Length and Transfer-Encoding together');
  return chunked ? UNKNOWN : (length ?? 0);
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_AJP13_COMMAND', message, { blame: 'local', statusHint: 400 });
}
