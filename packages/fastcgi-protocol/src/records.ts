// Records as such (FastCGI 1.0, section 3.3): for clients of a few lines, logs and tests.
import { allocate, concatBytes, ProtocolError } from '@sluice/protocol';
import { Block } from './block.ts';
import { HEADER_SIZE, MAX_ALIGNED_CONTENT, MAX_CONTENT, RecordType } from './constants.ts';
import { checkId, refuse } from './errors.ts';
import { RecordParser } from './record-parser.ts';
import { paddingOf, putHeader, putPadding, putStream, streamSize } from './record-writer.ts';

/** One record, whoever sent it. */
export interface FastcgiRecord {
  /** A {@link RecordType}, or any other byte. */
  readonly type: number;
  /** The request it belongs to; 0 for management. */
  readonly id: number;
  /** Its content, a view of what was fed where one chunk held all of it. */
  readonly content: Uint8Array;
  /** Bytes of padding that follow it, 0 to 255. */
  readonly paddingLength: number;
}

/** Content of a STDIN record at most: web servers send no more, and some applications expect no more. */
const MAX_STDIN_CONTENT = 32_768;

/**
 * Writes one record, padded to a multiple of 8 bytes.
 *
 * @param type - what record
 * @param id - the request it belongs to, 0 for management
 * @param content - at most 65535 bytes
 * @throws ProtocolError `ERR_FASTCGI_COMMAND` (blame `local`) for longer content, or an id that is no 16-bit number
 */
export function encodeRecord(type: RecordType, id: number, content: Uint8Array): Uint8Array {
  const size = content.length;
  if (size > MAX_CONTENT) throw refuse(`a record of ${size} bytes, where 65535 are the most`);
  checkId(id, 0);
  const padding = paddingOf(size);
  const bytes = allocate(HEADER_SIZE + size + padding);
  const at = putHeader(bytes, 0, type, id, size, padding);
  bytes.set(content, at);
  putPadding(bytes, at + size, padding);
  return bytes;
}

/**
 * Writes bytes of a stream as records: at most 65528 bytes of content each, 32768 for STDIN. Nothing
 * for no bytes: the empty record that ends the stream is {@link encodeRecord}'s.
 *
 * @param type - what stream
 * @param id - the request it belongs to
 * @param content - any number of bytes
 * @throws ProtocolError `ERR_FASTCGI_COMMAND` (blame `local`) for an id that is no 16-bit number
 */
export function encodeStream(type: RecordType, id: number, content: Uint8Array): Uint8Array {
  checkId(id, 0);
  const most = type === RecordType.STDIN ? MAX_STDIN_CONTENT : MAX_ALIGNED_CONTENT;
  const bytes = allocate(streamSize(content.length, most));
  putStream(bytes, 0, type, id, content, most);
  return bytes;
}

/** Content of a STDERR record at most, so that it fits into the buffers of HAProxy with its padding. */
const MAX_STDERR_CONTENT = 8184;

/**
 * Writes bytes of STDERR as records, each with padding: HAProxy before 2.8.3 dies of a record without any
 * that arrives alone.
 *
 * @param id - the request it belongs to
 * @param content - any number of bytes
 */
export function encodeStderr(id: number, content: Uint8Array): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += MAX_STDERR_CONTENT) {
    const piece = content.subarray(at, at + MAX_STDERR_CONTENT);
    const padding = 8 - (piece.length % 8);
    const bytes = allocate(HEADER_SIZE + piece.length + padding);
    const behind = putHeader(bytes, 0, RecordType.STDERR, id, piece.length, padding);
    bytes.set(piece, behind);
    putPadding(bytes, behind + piece.length, padding);
    records.push(bytes);
  }
  return concatBytes(records);
}

/** Reads the records of either direction, each once its content is complete. */
export class RecordReader extends RecordParser<FastcgiRecord> {
  readonly #content = new Block();
  #type = 0;
  #id = 0;
  #paddingLength = 0;

  protected override begin(
    type: number,
    id: number,
    contentLength: number,
    paddingLength: number,
    events: FastcgiRecord[],
  ): void {
    this.#type = type;
    this.#id = id;
    this.#paddingLength = paddingLength;
    if (contentLength === 0) this.#report(events);
  }

  protected override content(
    chunk: Uint8Array,
    start: number,
    end: number,
    last: boolean,
    events: FastcgiRecord[],
  ): void {
    this.#content.add(chunk, start, end);
    if (last) this.#report(events);
  }

  protected override end(inside: boolean): void {
    if (!inside) return;
    throw this.refusal('ERR_FASTCGI_TRUNCATED', 'the peer stopped inside a record');
  }

  protected override refusal(code: string, message: string): ProtocolError {
    return new ProtocolError(code, message);
  }

  #report(events: FastcgiRecord[]): void {
    const { bytes, start, end } = this.#content;
    const content = bytes.subarray(start, end);
    const paddingLength = this.#paddingLength;
    events.push({ type: this.#type, id: this.#id, content, paddingLength });
    this.#content.clear();
  }
}
