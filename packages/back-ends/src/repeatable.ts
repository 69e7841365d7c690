// Which requests may be sent a second time.
import type { Environ } from '@sluice/gateway';

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
]);

/**
 * Whether a request may be sent again when a kept connection turns out to be closed: its server may have
 * done so at the very moment. Without a body only, which has been read by then.
 */
export function isRepeatable(environ: Environ, hasBody: boolean): boolean {
  return !hasBody && IDEMPOTENT.has(environ.REQUEST_METHOD);
}
