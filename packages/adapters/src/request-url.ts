// The absolute URL of a request, as a Fetch handler wants it.
import { STATUS_CODES } from 'node:http';
import type { Environ } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';

const DEFAULT_PORTS = { http: '80', https: '443' } as const;
/** What the URL parser would leave as it is; everything else goes through it. */
const PLAIN_HOST = /^(?:[a-z_-][a-z0-9_-]*|[a-z0-9_-]+(?=\.)[a-z0-9_.-]*[a-z_-])(?::\d{4,5})?$/;
const PLAIN_TARGET = /^\/[\w~!$&()*+,./:;=?@%-]*$/;
const DOTS = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i;

/**
 * The URL of a request, normalised as the URL standard says.
 *
 * @param environ - of the request
 * @param target - path and query, encoded
 * @throws ProtocolError `ERR_ADAPTER_REQUEST` with status hint 400 when the host is none
 */
export function requestUrl(environ: Environ, target: string): string {
  const scheme = environ['wsgi.url_scheme'];
  const host = (environ.HTTP_HOST as string | undefined) || serverHost(environ, scheme);
  const url = `${scheme}://${host}${target}`;
  if (PLAIN_HOST.test(host) && PLAIN_TARGET.test(target) && !DOTS.test(target)) return url;
  try {
    const parsed = new URL(url);
    // A host that holds more than a host would move the border between it and the path.
    if (/^[^/\\?#@\s]+$/.test(host)) return parsed.href;
  } catch {
    // told below
  }
  throw new ProtocolError('ERR_ADAPTER_REQUEST', `Host ${JSON.stringify(host)} is no host`, {
    statusHint: 400,
  });
}

function serverHost(environ: Environ, scheme: 'http' | 'https'): string {
  const { SERVER_NAME: name, SERVER_PORT: port } = environ;
  const host = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  return port === DEFAULT_PORTS[scheme] ? host : `${host}:${port}`;
}

/** Three digits, a space and a reason. */
export function statusOf(code: number, reason: string): string {
  return `${code} ${reason || STATUS_CODES[code] || 'Unknown'}`;
}
