// Writes what a web server sends to begin a request (FastCGI 1.0, sections 5.1 and 5.2), in one piece of memory.
import { allocate, writeLatin1 } from '@sluice/protocol';
import { HEADER_SIZE, KEEP_CONN, MAX_ALIGNED_CONTENT, RecordType, type Role } from './constants.ts';
import { pairText } from './name-value-pairs.ts';
import {
  FIXED_SIZE,
  paddingOf,
  putBeginRequest,
  putEnd,
  putHeader,
  putPadding,
} from './record-writer.ts';

/** BEGIN_REQUEST, PARAMS and their end. */
export function writeRequest(
  id: number,
  role: Role,
  keep: boolean,
  variables: readonly string[],
): Uint8Array {
  const contents = contentsOf(variables);
  let size = FIXED_SIZE + HEADER_SIZE;
  for (const { length } of contents) size += HEADER_SIZE + length + paddingOf(length);
  const bytes = allocate(size);
  let at = putBeginRequest(bytes, 0, id, role, keep ? KEEP_CONN : 0);
  for (const content of contents) {
    const padding = paddingOf(content.length);
    at = putHeader(bytes, at, RecordType.PARAMS, id, content.length, padding);
    at = putPadding(bytes, writeLatin1(bytes, content, at), padding);
  }
  putEnd(bytes, at, RecordType.PARAMS, id);
  return bytes;
}

/**
 * The contents of the PARAMS records: whole pairs in each, as php-fpm and others read each record by
 * itself. Only a pair that no record can hold goes on in the next, which those cannot read.
 */
function contentsOf(variables: readonly string[]): string[] {
  const contents: string[] = [];
  let content = '';
  for (let at = 0; at < variables.length; at += 2) {
    const pair = pairText(variables[at], variables[at + 1]);
    if (content.length > 0 && content.length + pair.length > MAX_ALIGNED_CONTENT) {
      contents.push(content);
      content = '';
    }
    content += pair;
    while (content.length > MAX_ALIGNED_CONTENT) {
      contents.push(content.slice(0, MAX_ALIGNED_CONTENT));
      content = content.slice(MAX_ALIGNED_CONTENT);
    }
  }
  if (content.length > 0) contents.push(content);
  return contents;
}
