// From header fields to meta-variables and back (RFC 3875, section 4.1.18).

/** Fields that concern one connection only (RFC 9110, section 7.6.1). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
]);

const FIELD_NAME = /^[A-Za-z0-9-]+$/;

/**
 * The meta-variable of a header field: `X-A` becomes `HTTP_X_A`; Content-Type and Content-Length have
 * names of their own.
 *
 * @returns `''` for a field that must not become a variable: one with `_` or any byte outside
 * `[A-Za-z0-9-]` in its name (`X_User` would pass for `X-User`), and `Proxy` ("httpoxy")
 */
export function variableOfHeader(name: string): string {
  if (!FIELD_NAME.test(name)) return '';
  const upper = name.toUpperCase().replaceAll('-', '_');
  if (upper === 'PROXY') return '';
  return upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`;
}

/** How two values of one field become one (RFC 3875, section 4.1.18; RFC 9110, section 5.3). */
export function joinHeaderValues(variable: string, first: string, second: string): string {
  return variable === 'HTTP_COOKIE' ? `${first}; ${second}` : `${first}, ${second}`;
}

/** The header field of an `HTTP_` variable, `Content-Type` and `Content-Length`; undefined for any other variable. */
export function headerOfVariable(variable: string): string | undefined {
  if (variable === 'CONTENT_TYPE') return 'Content-Type';
  if (variable === 'CONTENT_LENGTH') return 'Content-Length';
  // Twins of variables that have a name of their own would be a second Content-Length.
  if (!/^HTTP_(?!PROXY$|CONTENT_LENGTH$|CONTENT_TYPE$)[A-Z0-9_]+$/.test(variable)) return undefined;
  return variable
    .slice(5)
    .toLowerCase()
    .replace(/(?:^|_)[a-z]/g, (start) => start.toUpperCase())
    .replaceAll('_', '-');
}

const REQUEST_VARIABLE =
  /^(?:AUTH_TYPE|CONTENT_(?:LENGTH|TYPE)|DOCUMENT_(?:ROOT|URI)|GATEWAY_INTERFACE|HTTPS|HTTP_(?!PROXY$)[A-Z0-9_]+|PATH_(?:INFO|TRANSLATED)|QUERY_STRING|REDIRECT_[A-Z0-9_]+|REMOTE_[A-Z]+|REQUEST_[A-Z]+|SCRIPT_(?:NAME|FILENAME|URI|URL)|SERVER_[A-Z]+|SSL_(?!CERT_(?:DIR|FILE)$)[A-Z0-9_]+|UNIQUE_ID)$/;

/**
 * Whether a variable describes a request (RFC 3875, section 4.1, and what web servers add to it), and
 * may therefore be handed to a script. `PATH`, `LD_PRELOAD`, `NODE_OPTIONS` or `SSL_CERT_FILE` are none.
 */
export function isRequestVariable(name: string): boolean {
  return REQUEST_VARIABLE.test(name);
}
