/**
 * Sluice: one application over every gateway protocol that a web server can speak.
 *
 * @packageDocumentation
 */

export type { Limits } from '@sluice/front-ends';
export {
  type Application,
  type ApplicationClass,
  applicationUri,
  type Chunk,
  type Closable,
  demoApp,
  type Environ,
  ErrorStream,
  FileWrapper,
  guessScheme,
  Headers,
  InputStream,
  isHopByHop,
  type Log,
  type LogLevel,
  type ResponseBody,
  type ResponseHeaders,
  requestUri,
  type StartResponse,
  shiftPathInfo,
  type Upgrade,
  validator,
  type Write,
} from '@sluice/gateway';
export {
  BackEndError,
  GatewayError,
  OptionError,
  ProtocolError,
  type ProtocolErrorOptions,
  SluiceError,
} from '@sluice/protocol';
export { ERROR_CODES } from './error-codes.ts';
export { loadApplication } from './loading/application.ts';
export type { ForeignApplication } from './loading/foreign-application.ts';
export { ServeOptions } from './options/serve-options.ts';
export type { Concurrency } from './options/worker-options.ts';
export type {
  Detection,
  Project,
  ProjectAdapter,
  ProjectPlace,
  ServerSettings,
} from './projects/adapter.ts';
export { PROTOCOLS, type Protocol, type ProtocolName } from './registry.ts';
export { serve } from './serving/serve.ts';
export type { Server } from './serving/server.ts';
export { WSGIServer, type WSGIServerOptions } from './shapes/wsgi-server.ts';
export { runFastcgi } from './started/run-fastcgi.ts';
