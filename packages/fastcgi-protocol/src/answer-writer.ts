// Writes what an application sends (FastCGI 1.0, sections 3.3, 4.1, 4.2 and 5.5), each command in one piece of memory.
import { allocate, writeLatin1 } from '@sluice/protocol';
import { HEADER_SIZE, MAX_ALIGNED_CONTENT, ProtocolStatus, RecordType } from './constants.ts';
import {
  FIXED_SIZE,
  paddingOf,
  putEnd,
  putEndRequest,
  putHeader,
  putPadding,
  putStream,
  streamSize,
} from './record-writer.ts';

/**
 * STDOUT with `head` and `chunk`; with `last`, the ends of the streams and END_REQUEST as well.
 *
 * @param stderr - whether STDERR has to be ended with the request
 */
export function writeStdout(
  id: number,
  head: string,
  chunk: Uint8Array,
  last: boolean,
  stderr: boolean,
  appStatus: number,
): Uint8Array {
  const content = head.length + chunk.length;
  const ends = last ? HEADER_SIZE + FIXED_SIZE + (stderr ? HEADER_SIZE : 0) : 0;
  const bytes = allocate(streamSize(content, MAX_ALIGNED_CONTENT) + ends);
  let at = 0;
  if (content > MAX_ALIGNED_CONTENT) {
    at = putLong(bytes, id, head, chunk);
  } else if (content > 0) {
    const padding = paddingOf(content);
    at = putHeader(bytes, 0, RecordType.STDOUT, id, content, padding);
    at = writeLatin1(bytes, head, at);
    bytes.set(chunk, at);
    at = putPadding(bytes, at + chunk.length, padding);
  }
  if (!last) return bytes;
  if (stderr) at = putEnd(bytes, at, RecordType.STDERR, id);
  at = putEnd(bytes, at, RecordType.STDOUT, id);
  putEndRequest(bytes, at, id, appStatus, ProtocolStatus.REQUEST_COMPLETE);
  return bytes;
}

/** More than one record holds. */
function putLong(target: Uint8Array, id: number, head: string, chunk: Uint8Array): number {
  const content = allocate(head.length + chunk.length);
  content.set(chunk, writeLatin1(content, head, 0));
  return putStream(target, 0, RecordType.STDOUT, id, content);
}

/** END_REQUEST, before it the end of STDERR where that was used. */
export function writeEnd(
  id: number,
  stderr: boolean,
  appStatus: number,
  protocolStatus: ProtocolStatus,
): Uint8Array {
  const bytes = allocate(FIXED_SIZE + (stderr ? HEADER_SIZE : 0));
  const at = stderr ? putEnd(bytes, 0, RecordType.STDERR, id) : 0;
  putEndRequest(bytes, at, id, appStatus, protocolStatus);
  return bytes;
}
