/**
 * The uwsgi protocol (uwsgi-docs, Protocol.rst), sans-I/O: the side that web servers talk to, and the
 * side that talks to a uwsgi server.
 *
 * @packageDocumentation
 */
export {
  UwsgiClientCodec,
  type UwsgiClientCommand,
  type UwsgiClientEvent,
} from './client-codec.ts';
export { ERROR_CODES } from './error-codes.ts';
export { Modifier1 } from './modifiers.ts';
export {
  type UwsgiCommand,
  type UwsgiEvent,
  type UwsgiLimits,
  UwsgiServerCodec,
} from './server-codec.ts';
export { decodeVars, encodeVars } from './vars.ts';
