/**
 * A kit for tests of a FastCGI implementation, this one or another: records byte for byte with what
 * they mean, builders for either side of a conversation, and tools to cut bytes with. The builders
 * know nothing of the codecs, and also write what is wrong.
 *
 * @packageDocumentation
 */
import { concatBytes, toLatin1 } from '@sluice/protocol';
import { RecordType, Role } from './constants.ts';

export { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';
export { type FastcgiVector, PAIRS, type PairsVector, VECTORS } from './testing-vectors.ts';

/** Bytes, or characters U+0000 to U+00FF, one for each byte. */
export type Content = Uint8Array | string;

/** What a record may have beside its type, id and content. */
export interface RecordOptions {
  /** 1 by default; anything else is wrong. */
  readonly version?: number;
  /** Bytes of padding, 0 to 255; by default as many as bring the record to a multiple of 8. */
  readonly padding?: number;
}

/** One record, with any type, id and content of at most 65535 bytes; the padding is of bytes 0xff. */
export function record(
  type: number,
  id: number,
  content: Content = '',
  options: RecordOptions = {},
): Uint8Array {
  const bytes = bytesOf(content);
  const { version = 1, padding = -bytes.length & 7 } = options;
  const size = bytes.length;
  const header = [version, type, id >> 8, id & 255, size >> 8, size & 255, padding, 0];
  return joined([new Uint8Array(header), bytes, new Uint8Array(padding).fill(0xff)]);
}

/** A stream: `content` in records of at most `most` bytes each, and the empty record that ends it. */
export function stream(type: number, id: number, content: Content, most = 65_528): Uint8Array {
  const bytes = bytesOf(content);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += most)
    records.push(record(type, id, bytes.subarray(at, at + most)));
  return joined([...records, record(type, id)]);
}

/** Pairs, each length in as few bytes as it needs; `long` writes four bytes for every length. */
export function pairs(list: readonly string[], long = false): string {
  let text = '';
  for (let at = 0; at < list.length; at += 2) {
    const [name = '', value = ''] = list.slice(at, at + 2);
    text += length(name, long) + length(value, long) + name + value;
  }
  return text;
}

/** BEGIN_REQUEST; a Responder without KEEP_CONN by default. */
export function beginRequest(id = 1, role: number = Role.RESPONDER, flags = 0): Uint8Array {
  const body = String.fromCharCode(role >> 8, role & 255, flags, 0, 0, 0, 0, 0);
  return record(RecordType.BEGIN_REQUEST, id, body);
}

/** END_REQUEST; status 0 and REQUEST_COMPLETE by default. */
export function endRequest(id = 1, appStatus = 0, protocolStatus = 0): Uint8Array {
  const status = [24, 16, 8, 0].map((shift) => (appStatus >>> shift) & 255);
  return record(RecordType.END_REQUEST, id, new Uint8Array([...status, protocolStatus, 0, 0, 0]));
}

/** A request of a web server. */
export interface RequestParts {
  /** 1 by default. */
  readonly id?: number;
  /** A Responder by default. */
  readonly role?: number;
  /** KEEP_CONN or 0, which is the default. */
  readonly flags?: number;
  /** Name, value, name, value …; REQUEST_METHOD GET by default. */
  readonly variables?: readonly string[];
  /** What STDIN holds, nothing by default. */
  readonly stdin?: Content;
  /** What DATA holds, for a Filter; by default there is no such stream. */
  readonly data?: Content;
}

/** A whole request: BEGIN_REQUEST, PARAMS, STDIN and their ends. */
export function request(parts: RequestParts = {}): Uint8Array {
  const { id = 1, role, flags, variables = ['REQUEST_METHOD', 'GET'], stdin = '', data } = parts;
  return joined([
    beginRequest(id, role, flags),
    stream(RecordType.PARAMS, id, pairs(variables)),
    stream(RecordType.STDIN, id, stdin),
    ...(data === undefined ? [] : [stream(RecordType.DATA, id, data)]),
  ]);
}

/** An answer of an application. */
export interface AnswerParts {
  /** 1 by default. */
  readonly id?: number;
  /** What STDOUT holds. */
  readonly stdout: Content;
  /** What STDERR holds; by default there is no such stream. */
  readonly stderr?: Content;
  /** 0 by default. */
  readonly appStatus?: number;
}

/** A whole answer: STDERR where there is any, STDOUT, their ends and END_REQUEST. */
export function answer({ id = 1, stdout, stderr, appStatus = 0 }: AnswerParts): Uint8Array {
  return joined([
    ...(stderr === undefined ? [] : [stream(RecordType.STDERR, id, stderr)]),
    stream(RecordType.STDOUT, id, stdout),
    endRequest(id, appStatus),
  ]);
}

/** Memory of its own in each runtime: what compares bytes with what it expects need not know of Node's Buffer. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(concatBytes(pieces));
}

function bytesOf(content: Content): Uint8Array {
  return typeof content === 'string' ? toLatin1(content) : content;
}

function length(text: string, long: boolean): string {
  const size = text.length;
  if (size < 128 && !long) return String.fromCharCode(size);
  return String.fromCharCode(
    (size >>> 24) | 128,
    (size >> 16) & 255,
    (size >> 8) & 255,
    size & 255,
  );
}
