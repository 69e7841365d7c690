/**
 * CGI/1.1 (RFC 3875), sans-I/O: names of meta-variables, and the response that CGI scripts, SCGI,
 * uwsgi and FastCGI applications all answer with, read and written.
 *
 * @packageDocumentation
 */
export { ERROR_CODES } from './error-codes.ts';
export {
  HOP_BY_HOP,
  headerOfVariable,
  isRequestVariable,
  joinHeaderValues,
  variableOfHeader,
} from './meta-variables.ts';
export { reasonPhrase } from './reason-phrases.ts';
export { encodeHttpHead, encodeResponseHead } from './response-head.ts';
export {
  type CgiResponseEvent,
  type CgiResponseHead,
  type CgiResponseOptions,
  CgiResponseReader,
} from './response-reader.ts';
