// How an application's side of FastCGI is set up.
import { Role } from './constants.ts';

/** Options of a {@link FastcgiServerCodec}. */
export interface FastcgiServerOptions {
  /** Roles that are served, `[Role.RESPONDER]` by default; another is answered with UNKNOWN_ROLE. */
  readonly roles?: readonly Role[];
  /** Whether a connection may carry several requests at once, true by default; if not, a second is answered with CANT_MPX_CONN. */
  readonly multiplexed?: boolean;
  /** Requests that may be active at once on a connection, 64 by default; one more is answered with OVERLOADED. */
  readonly maxRequests?: number;
  /** Connections that the application takes, 1024 by default: what GET_VALUES is answered, and no more. */
  readonly maxConnections?: number;
  /** Bytes of the parameters of a request, 262144 by default; more is refused unread. */
  readonly maxParamsBytes?: number;
  /** Number of variables of a request, 1000 by default. */
  readonly maxParams?: number;
}

/** Options with every default in place. */
export function completeOptions(options: FastcgiServerOptions): Required<FastcgiServerOptions> {
  return {
    roles: options.roles ?? [Role.RESPONDER],
    multiplexed: options.multiplexed ?? true,
    maxRequests: options.maxRequests ?? 64,
    maxConnections: options.maxConnections ?? 1024,
    maxParamsBytes: options.maxParamsBytes ?? 262_144,
    maxParams: options.maxParams ?? 1000,
  };
}
