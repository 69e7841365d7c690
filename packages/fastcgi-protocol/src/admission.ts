// Whether a new request may go on (FastCGI 1.0, section 5.5, "protocolStatus").
import { ProtocolStatus } from './constants.ts';
import type { FastcgiServerOptions } from './server-options.ts';

/**
 * How a new request ends at once, REQUEST_COMPLETE when it may go on.
 *
 * @param role - what it asks for
 * @param active - requests of the connection that are active already
 * @param options - what the application takes
 */
export function admit(
  role: number,
  active: number,
  options: Required<FastcgiServerOptions>,
): ProtocolStatus {
  const roles: readonly number[] = options.roles;
  if (!roles.includes(role)) return ProtocolStatus.UNKNOWN_ROLE;
  if (active > 0 && !options.multiplexed) return ProtocolStatus.CANT_MPX_CONN;
  return active < options.maxRequests ? ProtocolStatus.REQUEST_COMPLETE : ProtocolStatus.OVERLOADED;
}
