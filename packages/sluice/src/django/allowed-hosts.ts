// ALLOWED_HOSTS: whom a request is for has to be us. What an application puts into links and mails comes from there.
import type { Application, Environ } from '@sluice/gateway';
import { printable } from '@sluice/protocol';

/** What is allowed in development where nothing is said. */
const LOCAL = ['.localhost', '127.0.0.1', '[::1]'];

const HOST = /^([a-z0-9._-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::[0-9]+)?$/;

/**
 * Whether a host is one of the allowed.
 *
 * @param host - as a client says it, with or without a port
 * @param allowed - `example.com`, `.example.com` for that and all below it, or `*`
 */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = HOST.exec(host.toLowerCase())?.[1]?.replace(/\.$/, '');
  if (name === undefined) return false;
  return allowed.some((each) => {
    const pattern = each.toLowerCase();
    if (pattern === '*' || pattern === name) return true;
    return pattern.startsWith('.') && (name.endsWith(pattern) || name === pattern.slice(1));
  });
}

/** The host that a request is for: what the client says, else what the web server does. */
function hostOf({ HTTP_HOST, SERVER_NAME }: Environ): string {
  if (typeof HTTP_HOST === 'string' && HTTP_HOST !== '') return HTTP_HOST;
  return SERVER_NAME.includes(':') && !SERVER_NAME.startsWith('[')
    ? `[${SERVER_NAME}]`
    : SERVER_NAME;
}

/**
 * Answers requests for other hosts with 400.
 *
 * @param application - gets the others
 * @param settings - which hosts; in development, where none is named, this machine's
 */
export function checkHosts(
  application: Application,
  { ALLOWED_HOSTS, DEBUG }: { readonly ALLOWED_HOSTS: readonly string[]; readonly DEBUG: boolean },
): Application {
  const allowed = DEBUG && ALLOWED_HOSTS.length === 0 ? LOCAL : ALLOWED_HOSTS;
  return (environ, startResponse) => {
    const host = hostOf(environ);
    if (isAllowedHost(host, allowed)) return application(environ, startResponse);
    const why = `Invalid Host: ${printable(host)}. You may need to add it to ALLOWED_HOSTS.`;
    environ['wsgi.errors'].write(`${why}\n`);
    startResponse('400 Bad Request', [['Content-Type', 'text/plain; charset=utf-8']]);
    return [DEBUG ? `${why}\n` : 'Bad Request (400)\n'];
  };
}
