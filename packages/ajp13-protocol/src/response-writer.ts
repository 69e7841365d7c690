// Writes a response: Send Headers, Send Body Chunk and End Response, together in one piece of memory.
import { allocate, isToken, ProtocolError, toLatin1, writeLatin1 } from '@sluice/protocol';
import { CODED, PacketType, RESPONSE_HEADERS } from './tables.ts';

/** The head of a response. */
export interface Ajp13ResponseHead {
  /** 200 to 599: AJP13 has no interim responses. */
  readonly status: number;
  /** Empty: the status is sent in its place, since web servers fail without one. */
  readonly reason: string;
  /** In the order to send; repeated names stay repeated. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const LONG = 48; // from about here on a call of the engine costs less than a loop
const LINE_END = /[\0\r\n]/;
const STRING = 0; // a name without a code
const DROPPED = -1;
const INTERNAL_ERROR = 500;
/** Bytes around the bytes of a Send Body Chunk: header, type, length, and NUL behind. */
const CHUNK_FRAME = 8;
const END_SIZE = 6;

/** What each header name is sent as. Names in other spellings, and others, are added as they come: they are few. */
const NAMES = new Map<string, number>();
for (const [index, name] of RESPONSE_HEADERS.entries()) {
  const code = (CODED << 8) | (index + 1);
  NAMES.set(name, code).set(name.toLowerCase(), code);
}
// The framing is the web server's: these would speak of a connection that is not the client's.
for (const name of ['Transfer-Encoding', 'Connection', 'Keep-Alive', 'Upgrade', 'Trailer'])
  NAMES.set(name, DROPPED).set(name.toLowerCase(), DROPPED);

const MOST_NAMES = 1000; // an application that makes names up does not fill the memory

/** What a name is sent as that is not in the table. */
function codeOf(name: string): number {
  const code = NAMES.get(name.toLowerCase()) ?? STRING;
  // A length of A0.. would be read as a code.
  if (!isToken(name) || name.length >> 8 === CODED)
    throw refuse(`${JSON.stringify(name.slice(0, 80))} is no header name`);
  if (NAMES.size < MOST_NAMES && name.length < LONG) NAMES.set(name, code);
  return code;
}

let codes = new Int32Array(64); // of the headers being written: looked up for the size, used for the bytes

/** What a response is made of. */
export interface ResponsePieces {
  readonly head: Ajp13ResponseHead | undefined;
  readonly chunk: Uint8Array | undefined;
  /** Asks the web server to send on what it has. */
  readonly flush: boolean;
  readonly last: boolean;
  readonly reuse: boolean;
}

/**
 * Writes a part of a response.
 *
 * @throws ProtocolError (blame `local`) `ERR_AJP13_TOO_LARGE` for a head that does not fit into a packet,
 * `ERR_AJP13_COMMAND` for one that is none, `ERR_PROTOCOL_LATIN1` for characters above U+00FF
 */
export function writeResponse(pieces: ResponsePieces, maxPacketSize: number): Uint8Array {
  const { head, chunk, last } = pieces;
  const most = maxPacketSize - CHUNK_FRAME;
  const bodySize = chunk?.length ?? 0;
  const chunks = Math.ceil(bodySize / most);
  const size = head ? headSize(head, maxPacketSize) : 0;
  const flushSize = pieces.flush ? CHUNK_FRAME : 0;
  const out = allocate(size + bodySize + chunks * CHUNK_FRAME + flushSize + (last ? END_SIZE : 0));
  let at = head ? writeHead(out, head, size) : 0;
  if (chunk && chunks === 1) at = writeChunk(out, at, chunk);
  else if (chunk)
    for (let from = 0; from < bodySize; from += most)
      at = writeChunk(out, at, chunk.subarray(from, from + most));
  if (pieces.flush) at = writeChunk(out, at, EMPTY);
  if (last) {
    out[at] = 0x41;
    out[at + 1] = 0x42;
    out[at + 2] = 0;
    out[at + 3] = 2;
    out[at + 4] = PacketType.END_RESPONSE;
    out[at + 5] = pieces.reuse ? 1 : 0;
  }
  return out;
}

const EMPTY = new Uint8Array(0);

/** Bytes of the Send Headers packet. */
function headSize(head: Ajp13ResponseHead, maxPacketSize: number): number {
  const { status, reason, headers } = head;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw refuse(`a response cannot have status ${status}`);
  if (headers.length > codes.length) codes = new Int32Array(2 * headers.length);
  let size = 12 + (reason.length || 3); // header 4, type 1, status 2, reason with length and NUL 3, count 2
  for (let index = 0; index < headers.length; index++) {
    const [name, value] = headers[index] as readonly [string, string];
    const code = NAMES.get(name) ?? codeOf(name);
    codes[index] = code;
    if (code === DROPPED) continue;
    size += code === STRING ? name.length + value.length + 6 : value.length + 5;
  }
  if (size > maxPacketSize)
    throw new ProtocolError(
      'ERR_AJP13_TOO_LARGE',
      `the head of the response takes ${size} bytes, and a packet ${maxPacketSize}`,
      { blame: 'local', statusHint: INTERNAL_ERROR },
    );
  return size;
}

function writeHead(out: Uint8Array, head: Ajp13ResponseHead, size: number): number {
  const { status, reason, headers } = head;
  out[0] = 0x41;
  out[1] = 0x42;
  out[2] = (size - 4) >> 8;
  out[3] = size - 4;
  out[4] = PacketType.SEND_HEADERS;
  out[5] = status >> 8;
  out[6] = status;
  let at = writeValue(out, 7, reason || String(status));
  const countAt = at;
  at += 2;
  let count = 0;
  for (let index = 0; index < headers.length; index++) {
    const code = codes[index] as number;
    if (code === DROPPED) continue;
    const [name, value] = headers[index] as readonly [string, string];
    if (code === STRING) {
      at = writeValue(out, at, name);
    } else {
      out[at] = CODED;
      out[at + 1] = code;
      at += 2;
    }
    at = writeValue(out, at, value);
    count++;
  }
  out[countAt] = count >> 8;
  out[countAt + 1] = count;
  return at;
}

/** Writes a string with its length and its NUL. */
function writeValue(out: Uint8Array, from: number, text: string): number {
  const size = text.length;
  const start = from + 2;
  out[from] = size >> 8;
  out[from + 1] = size;
  if (size > LONG) {
    if (LINE_END.test(text)) throw refuse('a header value, or the reason, holds NUL or a line end');
    writeLatin1(out, text, start);
  } else {
    let seen = 0;
    for (let index = 0; index < size; index++) {
      const code = text.charCodeAt(index);
      if (code < 14 && (code === 0 || code === 10 || code === 13))
        throw refuse('a header value, or the reason, holds NUL or a line end');
      seen |= code;
      out[start + index] = code;
    }
    if (seen > 0xff) toLatin1(text); // throws
  }
  out[start + size] = 0;
  return start + size + 1;
}

function writeChunk(out: Uint8Array, at: number, chunk: Uint8Array): number {
  const size = chunk.length;
  out[at] = 0x41;
  out[at + 1] = 0x42;
  out[at + 2] = (size + 4) >> 8;
  out[at + 3] = size + 4;
  out[at + 4] = PacketType.SEND_BODY_CHUNK;
  out[at + 5] = size >> 8;
  out[at + 6] = size;
  out.set(chunk, at + 7);
  out[at + 7 + size] = 0;
  return at + size + CHUNK_FRAME;
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_AJP13_COMMAND', message, {
    blame: 'local',
    statusHint: INTERNAL_ERROR,
  });
}
