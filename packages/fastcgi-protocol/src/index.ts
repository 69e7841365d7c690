/**
 * FastCGI 1.0, sans-I/O: the side of the application, which web servers talk to, the side of the web
 * server, and records as such.
 *
 * @packageDocumentation
 */
export { FastcgiClientCodec } from './client-codec.ts';
export type { FastcgiClientCommand, FastcgiClientEvent } from './client-messages.ts';
export { KEEP_CONN, ProtocolStatus, RecordType, Role } from './constants.ts';
export { ERROR_CODES } from './error-codes.ts';
export { decodePairs, encodePairs } from './name-value-pairs.ts';
export {
  ANSWERING,
  type AnsweringState,
  type Input,
  type Machine,
  READING,
  READING_FILTER,
  type ReadingState,
} from './reading.ts';
export { RecordParser } from './record-parser.ts';
export { encodeRecord, encodeStream, type FastcgiRecord, RecordReader } from './records.ts';
export { FastcgiServerCodec } from './server-codec.ts';
export type { FastcgiCommand, FastcgiEvent } from './server-messages.ts';
export type { FastcgiServerOptions } from './server-options.ts';
