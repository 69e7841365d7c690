// The URL that a request asked for, as a framework wants it: still encoded, with its query.
import { decodePath, type Environ, quotePath } from '@sluice/gateway';

/**
 * What `req.url` is. Where REQUEST_URI tells the same path as SCRIPT_NAME and PATH_INFO, it is taken as
 * it came; else the URL is made of those two.
 */
export function requestTarget(environ: Environ): string {
  const { SCRIPT_NAME: script, PATH_INFO: rest } = environ;
  const path = script + rest;
  const raw = sentPath(environ);
  // A script that the web server has rewritten the request to is no part of what the client asked for.
  const isSent =
    raw !== undefined && (isPath(raw, path) || (script !== '' && endsIn(raw, environ)));
  return withQuery(isSent ? raw : quotePath(path), environ);
}

/** The same below SCRIPT_NAME, as a router sees it that an application is mounted in. */
export function targetBelow(environ: Environ): string {
  const { SCRIPT_NAME: script, PATH_INFO: rest } = environ;
  const raw = sentPath(environ);
  let path: string | undefined;
  if (raw !== undefined) {
    const inside = raw.startsWith(script) ? raw.slice(script.length) : raw;
    if (isPath(inside, rest)) path = inside;
  }
  return withQuery(path ?? quotePath(rest), environ);
}

function withQuery(path: string, { REQUEST_URI: uri, QUERY_STRING: query }: Environ): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  if (query !== '') return `${rooted}?${query}`;
  return typeof uri === 'string' && uri.endsWith('?') ? `${rooted}?` : rooted;
}

/** The path in REQUEST_URI, as the client encoded it. */
function sentPath({ REQUEST_URI: uri }: Environ): string | undefined {
  if (typeof uri !== 'string' || !uri.startsWith('/')) return undefined;
  const question = uri.indexOf('?');
  return question < 0 ? uri : uri.slice(0, question);
}

function isPath(raw: string, path: string): boolean {
  return raw === path || (raw.includes('%') && decodePath(raw) === path);
}

/** Whether what the client asked for ends in PATH_INFO, and its beginning is another name of the script. */
function endsIn(raw: string, { SCRIPT_NAME: script, PATH_INFO: rest }: Environ): boolean {
  const decoded = decodePath(raw);
  return rest !== '' && !decoded.startsWith(script) && decoded.endsWith(rest);
}
