/**
 * Applications of other kinds as applications of a gateway, and the other way round: Node handlers
 * `(request, response)`, Fetch handlers `(request) => response`. No framework is needed to adapt one.
 *
 * @packageDocumentation
 */
export { type CaptureOptions, captureServer } from './capture-server.ts';
export { unknownExport } from './describe-export.ts';
export { ERROR_CODES } from './error-codes.ts';
export {
  type FetchContext,
  type FetchFunction,
  type FetchHandlerOptions,
  type FetchSource,
  fetchHandler,
} from './fetch-handler.ts';
export type { ApplicationKind } from './marks.ts';
export { type NodeHandlerOptions, nodeHandler } from './node-handler.ts';
export type {
  HandlerMaker,
  NodeHandler,
  NodeServer,
  NodeSource,
  RoutingApplication,
} from './node-source.ts';
export type { UpgradeHandler } from './node-upgrade.ts';
export { as, type Recognised, recognise } from './recognise.ts';
export { type WsgiOptions, wsgiFetch, wsgiHandler } from './wsgi-handler.ts';
