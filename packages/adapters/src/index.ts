/**
 * Applications of other kinds as applications of a gateway, and the other way round: Node handlers
 * `(req, res)`, Fetch handlers `(request) => response`. No framework is needed to adapt one.
 *
 * @packageDocumentation
 */
export { ERROR_CODES } from './error-codes.ts';
export {
  type FetchContext,
  type FetchFunction,
  type FetchHandlerOptions,
  type FetchSource,
  fetchHandler,
} from './fetch-handler.ts';
export { type NodeHandlerOptions, nodeHandler } from './node-handler.ts';
export type {
  HandlerMaker,
  NodeHandler,
  NodeServer,
  NodeSource,
  RoutingApplication,
} from './node-source.ts';
export type { UpgradeHandler } from './node-upgrade.ts';
