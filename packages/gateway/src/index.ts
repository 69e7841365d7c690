/**
 * The application contract of PEP 3333 for an asynchronous runtime: environ, startResponse and what is
 * around them, whatever protocol a request came by.
 *
 * @packageDocumentation
 */
export type {
  Application,
  ApplicationClass,
  Chunk,
  Closable,
  Environ,
  ResponseBody,
  ResponseHeaders,
  StartResponse,
  Upgrade,
  Write,
} from './application.ts';
export { ClientLeftError } from './client-left.ts';
export { demoApp } from './demo-app.ts';
export { ERROR_CODES } from './error-codes.ts';
export { type Page, statusPage } from './error-page.ts';
export { ErrorStream } from './error-stream.ts';
export type { Exchange, ExchangeListener, ResponseHead, ResponsePart } from './exchange.ts';
export {
  type FileLike,
  FileWrapper,
  fileWrapper,
  type MaybePromise,
  type WrappableFile,
} from './file-wrapper.ts';
export { asApplication, Gateway, type GatewayOptions } from './gateway.ts';
export { Headers } from './headers.ts';
export { InputStream } from './input-stream.ts';
export { type Log, type LogLevel, printable, stderrLog } from './log.ts';
export { ObservedExchange, type RequestEnd, type RequestObserver } from './observer.ts';
export { RequestBody } from './request-body.ts';
export { RequestQueue } from './request-queue.ts';
export {
  applicationUri,
  decodePath,
  guessScheme,
  isHopByHop,
  quotePath,
  requestUri,
  shiftPathInfo,
} from './request-uri.ts';
export { validator } from './validator.ts';
export { collectVariables, createVariables, type Variables } from './variables.ts';
