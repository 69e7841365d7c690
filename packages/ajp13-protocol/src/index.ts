/**
 * AJP/1.3, sans-I/O: the side that web servers talk to, and the side that talks to a container.
 *
 * @packageDocumentation
 */
export { Ajp13ClientCodec } from './client-codec.ts';
export type {
  Ajp13ClientCommand,
  Ajp13ClientEvent,
  Ajp13ClientOptions,
} from './client-messages.ts';
export { ERROR_CODES } from './error-codes.ts';
export type { Ajp13Attributes, Ajp13Request } from './forward-request.ts';
export type { Ajp13RequestHead } from './forward-writer.ts';
export { PacketReader } from './packet-reader.ts';
export { type PayloadErrors, PayloadReader } from './payload-reader.ts';
export type { Ajp13ResponseHead } from './response-writer.ts';
export type { Ajp13Head } from './send-headers.ts';
export { Ajp13ServerCodec } from './server-codec.ts';
export type { Ajp13Command, Ajp13Event, Ajp13ServerOptions } from './server-messages.ts';
export {
  Attribute,
  Magic,
  METHODS,
  PacketType,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
} from './tables.ts';
