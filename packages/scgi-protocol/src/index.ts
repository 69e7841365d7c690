/**
 * SCGI (protocol text of 2008-06-23), sans-I/O: the side that web servers talk to, and the side
 * that talks to an SCGI server.
 *
 * @packageDocumentation
 */
export { ScgiClientCodec, type ScgiClientCommand, type ScgiClientEvent } from './client-codec.ts';
export { ERROR_CODES } from './error-codes.ts';
export {
  type ScgiCommand,
  type ScgiEvent,
  type ScgiLimits,
  ScgiServerCodec,
} from './server-codec.ts';
