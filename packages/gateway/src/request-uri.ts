// URIs from an environ and back, and header names that belong to the server (after wsgiref.util).
import { GatewayError, toLatin1 } from '@sluice/protocol';
import type { Environ } from './application.ts';

const HTTPS_IS_ON = /^(?:on|1|yes|true)$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
const UNSAFE = /[^\w.~/;=,-]/g; // without the u and i flags \w is ASCII
const ESCAPE = /%([0-9a-f]{2})/gi;

// RFC 9110 section 7.6.1, with "Trailers" as PEP 3333 and RFC 2616 spell it.
const HOP_BY_HOP = new Set([
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

/**
 * Guesses `wsgi.url_scheme` from the variable HTTPS: `on`, `1`, `yes` or `true`, in any case. wsgiref
 * knows three of them, in lower case only; web servers send all.
 */
export function guessScheme(environ: Readonly<Record<string, unknown>>): 'http' | 'https' {
  return typeof environ.HTTPS === 'string' && HTTPS_IS_ON.test(environ.HTTPS) ? 'https' : 'http';
}

/**
 * The URI of the application: no PATH_INFO, no QUERY_STRING (PEP 3333, "URL Reconstruction").
 *
 * @throws ProtocolError `ERR_PROTOCOL_LATIN1` when SCRIPT_NAME holds a character that is no byte
 */
export function applicationUri(environ: Environ): string {
  return originOf(environ) + quotePath(environ.SCRIPT_NAME || '/');
}

/**
 * The URI that was requested, as far as the environ can tell: what was `%2F` comes back as `/`.
 *
 * @param environ - the request
 * @param includeQuery - whether QUERY_STRING is part of it
 * @throws ProtocolError `ERR_PROTOCOL_LATIN1` when a path holds a character that is no byte
 */
export function requestUri(environ: Environ, includeQuery = true): string {
  const path = quotePath(environ.PATH_INFO ?? '');
  // Without SCRIPT_NAME the application's URI ends with the slash that PATH_INFO begins with.
  const uri = applicationUri(environ) + (environ.SCRIPT_NAME ? path : path.slice(1));
  return includeQuery && environ.QUERY_STRING ? `${uri}?${environ.QUERY_STRING}` : uri;
}

/**
 * Moves the first segment of PATH_INFO to the end of SCRIPT_NAME, in place. Empty and `.` segments are
 * dropped, `..` takes one from SCRIPT_NAME. PATH_INFO `/` gives `''` and a slash at the end of
 * SCRIPT_NAME, so that `/x` and `/x/` can be told apart.
 *
 * @returns the segment; undefined when nothing is left
 * @throws GatewayError `ERR_GATEWAY_REQUEST` when PATH_INFO does not begin with a slash
 *
 * @example
 * ```ts
 * // SCRIPT_NAME '/blog', PATH_INFO '/2024/may'
 * shiftPathInfo(environ); // '2024'; SCRIPT_NAME '/blog/2024', PATH_INFO '/may'
 * ```
 */
export function shiftPathInfo(environ: Environ): string | undefined {
  const path = environ.PATH_INFO;
  if (!path) return undefined;
  const [before, ...segments] = path.split('/');
  const last = segments.pop();
  if (before !== '' || last === undefined) {
    throw new GatewayError('ERR_GATEWAY_REQUEST', 'PATH_INFO does not begin with a slash');
  }
  const rest = [...segments.filter((segment) => segment !== '' && segment !== '.'), last];
  const name = rest.shift() ?? '';
  const script = normalize(`${environ.SCRIPT_NAME ?? ''}/${name}`).replace(/\/$/, '');
  environ.SCRIPT_NAME = name === '' && !script.endsWith('/') ? `${script}/` : script;
  environ.PATH_INFO = rest.length > 0 ? `/${rest.join('/')}` : '';
  return name === '.' ? undefined : name; // the last segment is never dropped above
}

/** Whether a header concerns one connection only; such headers belong to the server (PEP 3333, "Other HTTP Features"). */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name.toLowerCase());
}

/**
 * Encodes a path of latin-1 characters, one for each byte, for a URI. Letters, digits and `-._~/;=,`
 * stay as they are.
 *
 * @throws ProtocolError `ERR_PROTOCOL_LATIN1` when a character is no byte
 */
export function quotePath(path: string): string {
  return path.replace(UNSAFE, (character) => {
    const byte = toLatin1(character)[0] as number;
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/**
 * Decodes the percent escapes of a path once, to latin-1 characters, one for each byte. What only looks
 * like an escape (`%zz`, `%4`) stays as it is.
 */
export function decodePath(raw: string): string {
  if (!raw.includes('%')) return raw;
  return raw.replace(ESCAPE, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function originOf(environ: Environ): string {
  const scheme = environ['wsgi.url_scheme'];
  if (environ.HTTP_HOST) return `${scheme}://${environ.HTTP_HOST}`;
  const port = environ.SERVER_PORT;
  return `${scheme}://${environ.SERVER_NAME}${port === DEFAULT_PORTS[scheme] ? '' : `:${port}`}`;
}

/** Python's posixpath.normpath: two leading slashes mean something to POSIX and stay, three do not. */
function normalize(path: string): string {
  const root = /^\/\/(?!\/)/.test(path) ? '//' : path.startsWith('/') ? '/' : '';
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    const climbs = segment === '..' && (kept.length > 0 || root !== '') && kept.at(-1) !== '..';
    if (climbs) kept.pop();
    else kept.push(segment);
  }
  return root + kept.join('/') || '.';
}
