// The errors that are made in more than one place.
import { ProtocolError } from '@sluice/protocol';
import { MAX_CONTENT } from './constants.ts';

/** The error of a command that cannot be written; ours to blame, not the peer's. */
export function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_FASTCGI_COMMAND', message, { blame: 'local' });
}

/** Lets a request id through that a record can have; `least` is 0 where management records are meant as well. */
export function checkId(id: number, least: 0 | 1): number {
  if (Number.isInteger(id) && id >= least && id <= MAX_CONTENT) return id;
  throw refuse(`request id ${id}, where ${least} to ${MAX_CONTENT} can be`);
}

/** The code and message of a record of fixed length that has another. */
export function wrongLength(input: string, size: number): readonly [code: string, message: string] {
  return ['ERR_FASTCGI_LENGTH', `${input} with ${size} bytes, where it has 8`];
}

/** The code and message of a record that cannot come where it came. */
export function wrongState(
  input: string,
  id: number,
  state: string,
): readonly [code: string, message: string] {
  return ['ERR_FASTCGI_STATE', `${input} for request ${id}, which is ${state}`];
}

/** The code and message of a record of a request that has the id of management (section 3.3). */
export function wrongId(type: number): readonly [code: string, message: string] {
  return ['ERR_FASTCGI_ID', `a record of type ${type} with request id 0`];
}
