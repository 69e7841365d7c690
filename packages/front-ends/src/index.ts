/**
 * The protocols that web servers speak to us, one file each, and the driver they share.
 *
 * @packageDocumentation
 */
export { AllowList, LOOPBACK } from './allow-list.ts';
export { ERROR_CODES } from './error-codes.ts';
export type {
  Channel,
  FrontEnd,
  FrontEndServer,
  Incoming,
  ListenerOptions,
  ProcessSite,
  Site,
  TextTarget,
} from './front-end.ts';
export { guardConsole, guardStdout } from './guard-stdout.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
