/**
 * What every codec of Sluice is made of: the codec contract, a byte queue, latin-1 text, strict
 * numbers and the error tree. No sockets, no timers, no dependency on Node.
 *
 * @packageDocumentation
 */
export { ByteQueue } from './byte-queue.ts';
export type { Codec } from './codec.ts';
export { ERROR_CODES } from './error-codes.ts';
export {
  BackEndError,
  GatewayError,
  OptionError,
  ProtocolError,
  type ProtocolErrorOptions,
  SluiceError,
} from './errors.ts';
export { protocolOf } from './first-byte.ts';
export { KNOWN_NAMES, knownName } from './known-names.ts';
export { allocate, concatBytes, fromLatin1, toLatin1, writeLatin1 } from './latin1.ts';
export { parseLength } from './length.ts';
export { printable } from './printable.ts';
export { isToken } from './token.ts';
