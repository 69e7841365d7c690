// Which part of an environ travels to another server.
import type { ResponseHeaders } from '@sluice/gateway';

const VARIABLE = /^[A-Z_][A-Z0-9_]*$/;

/** "httpoxy", and twins of variables that have a name of their own. */
const NEVER: ReadonlySet<string> = new Set([
  'HTTP_PROXY',
  'HTTP_CONTENT_LENGTH',
  'HTTP_CONTENT_TYPE',
]);

/** The CGI variables of an environ as name, value, name, value …: strings under upper-case names. */
export function wireVariables(environ: Readonly<Record<string, unknown>>): string[] {
  const variables: string[] = [];
  for (const name of Object.keys(environ)) {
    if (!VARIABLE.test(name) || NEVER.has(name)) continue;
    const value = environ[name];
    if (typeof value === 'string') variables.push(name, value);
  }
  return variables;
}

/** Drops the headers that would make the web server in front deliver files of its own. */
export function withoutSendfile(headers: ResponseHeaders): ResponseHeaders {
  return headers.filter(([name]) => !SENDFILE.test(name));
}

const SENDFILE = /^x-(?:accel-redirect|sendfile|lighttpd-send)/i;
