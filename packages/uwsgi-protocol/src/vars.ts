// The vars block of a packet: names and values, each behind its length (uwsgi-docs, Protocol.rst).
import { allocate, fromLatin1, knownName, ProtocolError, writeLatin1 } from '@sluice/protocol';

/** The largest size, of a block as of a name or a value, that two bytes can say. */
export const MAX_SIZE = 0xffff;

/** A vars block that was read. */
export interface Block {
  /** Name, value, name, value … in wire order. */
  readonly variables: string[];
  /** Whether any value holds NUL, CR or LF. */
  readonly hasControls: boolean;
}

/**
 * Writes a vars block (uwsgi-docs, Protocol.rst, "The uwsgi vars").
 *
 * @param pairs - name, value, name, value …, one byte for each character
 * @throws ProtocolError (blame `local`) `ERR_UWSGI_COMMAND` for an empty name, `ERR_UWSGI_VARS_TOO_LARGE`
 * (status hint 431) for a name, value or block above 65535 bytes, `ERR_PROTOCOL_LATIN1` above U+00FF
 */
export function encodeVars(pairs: readonly string[]): Uint8Array {
  let size = 0;
  for (let at = 0; at + 1 < pairs.length; at += 2)
    size += sizeOfVar(pairs[at] as string, pairs[at + 1] as string);
  const block = allocate(checkedSize(size));
  let end = 0;
  for (let at = 0; at + 1 < pairs.length; at += 2)
    end = writeVar(block, pairs[at] as string, pairs[at + 1] as string, end);
  return block;
}

/**
 * Reads a vars block (uwsgi-docs, Protocol.rst, "The uwsgi vars").
 *
 * @param bytes - the block, all of it and nothing else
 * @returns name, value, name, value … in wire order, repetitions kept, one character for each byte
 * @throws ProtocolError `ERR_UWSGI_VARS` (status hint 400) when it is cut short or a name is empty
 */
export function decodeVars(bytes: Uint8Array): string[] {
  return readVars(bytes, 0, bytes.length, MAX_SIZE).variables;
}

/** Reads the vars block from `start` to `end`. @throws ProtocolError when it breaks off or holds more than `maxVars` */
export function readVars(bytes: Uint8Array, start: number, end: number, maxVars: number): Block {
  const block = fromLatin1(bytes, start, end);
  const variables: string[] = [];
  let hasControls = false;
  for (let at = start; at < end; ) {
    const nameStart = at + 2;
    const nameSize = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    const nameEnd = nameStart + nameSize;
    const valueStart = nameEnd + 2;
    if (valueStart > end) throw brokenOff(nameStart, nameEnd, end);
    if (nameSize === 0) throw malformed('a variable without a name');
    const valueSize = (bytes[nameEnd] as number) | ((bytes[nameEnd + 1] as number) << 8);
    at = valueStart + valueSize;
    if (at > end)
      throw malformed(`a value of ${valueSize} bytes where ${end - valueStart} are left`);
    if (variables.length === 2 * maxVars) throw tooMany(maxVars);
    const value = block.slice(valueStart - start, at - start);
    hasControls ||= holdsControls(value, bytes, valueStart, at);
    const name = knownName(bytes, nameStart, nameSize);
    variables.push(name ?? block.slice(nameStart - start, nameEnd - start), value);
  }
  return { variables, hasControls };
}

const SHORT = 64; // up to about here a loop costs less than three calls out of JavaScript

/** Whether there is NUL, CR or LF in a text that stands in `bytes` from `start` to `end`. */
export function holdsControls(
  text: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start > SHORT)
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0 || text.indexOf('\0') >= 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte <= 13 && (byte === 13 || byte === 10 || byte === 0)) return true;
  }
  return false;
}

/** The bytes that a variable takes in a block. @throws ProtocolError when it has no name */
export function sizeOfVar(name: string, value: string): number {
  if (name === '') throw refuse('a variable without a name');
  return 4 + name.length + value.length;
}

/** The size of a block, and so of each part of it. @throws ProtocolError when a packet cannot hold it */
export function checkedSize(size: number): number {
  if (size <= MAX_SIZE) return size;
  const message = `the variables would take ${size} bytes, and a uwsgi packet holds ${MAX_SIZE}`;
  const options = { blame: 'local', statusHint: 431 } as const;
  throw new ProtocolError('ERR_UWSGI_VARS_TOO_LARGE', message, options);
}

/** Writes a variable that {@link sizeOfVar} has measured; returns the offset behind it. */
export function writeVar(target: Uint8Array, name: string, value: string, at: number): number {
  target[at] = name.length;
  target[at + 1] = name.length >> 8;
  const nameEnd = writeLatin1(target, name, at + 2);
  target[nameEnd] = value.length;
  target[nameEnd + 1] = value.length >> 8;
  return writeLatin1(target, value, nameEnd + 2);
}

/** The failure of a command that the protocol cannot express. */
export function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_UWSGI_COMMAND', message, { blame: 'local', statusHint: 400 });
}

function tooMany(maxVars: number): ProtocolError {
  const message = `more than ${maxVars} variables`;
  return new ProtocolError('ERR_UWSGI_TOO_MANY_VARS', message, { statusHint: 400 });
}

function brokenOff(nameStart: number, nameEnd: number, end: number): ProtocolError {
  if (nameStart > end) return malformed('the variables end inside the length of a name');
  if (nameEnd > end)
    return malformed(`a name of ${nameEnd - nameStart} bytes where ${end - nameStart} are left`);
  return malformed('the variables end before the length of a value');
}

function malformed(message: string): ProtocolError {
  return new ProtocolError('ERR_UWSGI_VARS', message, { statusHint: 400 });
}
