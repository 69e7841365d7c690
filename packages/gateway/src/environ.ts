// From what the wire said to a PEP 3333 environ ("environ Variables"; RFC 3875, section 4.1).
import { posix } from 'node:path';
import { isToken, ProtocolError, parseLength } from '@sluice/protocol';
import type { Environ } from './application.ts';
import { decodePath } from './request-uri.ts';
import type { Variables } from './variables.ts';

/** How paths are told apart, and what is added. */
export interface EnvironOptions {
  /**
   * Where the application is mounted. A path: the request's whole path is cut there, and one outside
   * is not ours. Null: SCRIPT_NAME and PATH_INFO stay as they came. Undefined: SCRIPT_NAME is believed,
   * and PATH_INFO worked out where it is missing.
   */
  readonly scriptName: string | null | undefined;
  /** Variables that replace those of every request. */
  readonly environ: Readonly<Record<string, string>> | undefined;
}

/**
 * Repairs the variables of a request in place, so that every rule of PEP 3333 holds.
 *
 * @param variables - as they came; becomes the environ
 * @param options - mount and additions
 * @param warn - takes one line for each thing that had to be guessed
 * @returns the environ without its `wsgi.*` keys; undefined when the path is outside the mount
 * @throws ProtocolError `ERR_GATEWAY_REQUEST` with status hint 400 when nothing says what is requested
 */
export function repairVariables(
  variables: Variables,
  options: EnvironOptions,
  warn: (line: string) => void,
): Environ | undefined {
  if (options.environ) Object.assign(variables, options.environ);
  const uri = variables.REQUEST_URI;
  if (
    variables.REQUEST_METHOD === undefined &&
    uri === undefined &&
    variables.PATH_INFO === undefined &&
    variables.SCRIPT_NAME === undefined
  ) {
    throw new ProtocolError(
      'ERR_GATEWAY_REQUEST',
      'REQUEST_METHOD and REQUEST_URI are missing: does the web server send its CGI variables (nginx: include fastcgi_params, scgi_params or uwsgi_params)?',
      { statusHint: 400 },
    );
  }
  const method = variables.REQUEST_METHOD;
  if (method && method !== 'GET' && !isToken(method)) {
    throw new ProtocolError('ERR_GATEWAY_REQUEST', 'REQUEST_METHOD is not a token', {
      statusHint: 400,
    });
  }
  for (const name of REQUIRED) {
    if (!variables[name]) {
      warn(`${name} is missing, taken as ${DEFAULTS[name]}`);
      variables[name] = DEFAULTS[name];
    }
  }
  const length = variables.CONTENT_LENGTH;
  if (length === '') delete variables.CONTENT_LENGTH;
  else if (length !== undefined && parseLength(length) === undefined) {
    throw new ProtocolError('ERR_GATEWAY_REQUEST', 'CONTENT_LENGTH is not plain digits', {
      statusHint: 400,
    });
  }
  const announced = parseLength(variables.HTTP_CONTENT_LENGTH ?? '');
  if (announced !== undefined && Number(length ?? 0) < announced) {
    throw new ProtocolError(
      'ERR_GATEWAY_REQUEST',
      `CONTENT_LENGTH is ${length || 'missing'}, but the client announced ${announced} bytes (nginx does so before 1.29.6 with request buffering off)`,
      { statusHint: 400 },
    );
  }
  if (variables.CONTENT_TYPE === '') delete variables.CONTENT_TYPE;
  if (variables.HTTP_CONTENT_TYPE !== undefined) delete variables.HTTP_CONTENT_TYPE;
  if (variables.HTTP_CONTENT_LENGTH !== undefined) delete variables.HTTP_CONTENT_LENGTH;
  // A body is never in chunks here, however the client sent it to the web server.
  if (variables.HTTP_TRANSFER_ENCODING !== undefined) delete variables.HTTP_TRANSFER_ENCODING;
  if (!variables.QUERY_STRING) {
    const question = uri === undefined ? -1 : uri.indexOf('?');
    variables.QUERY_STRING = question < 0 ? '' : (uri as string).slice(question + 1);
  }
  if (!placePath(variables, options.scriptName, warn)) return undefined;
  for (const name of ['SCRIPT_NAME', 'PATH_INFO']) {
    const path = variables[name];
    if (path && !path.startsWith('/')) {
      throw new ProtocolError('ERR_GATEWAY_REQUEST', `${name} does not begin with a slash`, {
        statusHint: 400,
      });
    }
  }
  return variables as unknown as Environ;
}

const DEFAULTS = {
  REQUEST_METHOD: 'GET',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.0',
} as const;
const REQUIRED = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];

/** Settles SCRIPT_NAME and PATH_INFO; false when the path is outside the mount. */
function placePath(
  variables: Variables,
  mount: string | null | undefined,
  warn: (line: string) => void,
): boolean {
  if (mount === null) {
    variables.SCRIPT_NAME = variables.SCRIPT_NAME === '/' ? '' : (variables.SCRIPT_NAME ?? '');
    variables.PATH_INFO ||= variables.SCRIPT_NAME === '' ? '/' : '';
    return true;
  }
  const wireScript = variables.SCRIPT_NAME;
  const wirePath = variables.PATH_INFO;
  if (mount !== undefined) {
    // Where SCRIPT_NAME only repeats the mount, or is not there, the path is in REQUEST_URI alone.
    const isMount = wireScript === undefined || trimSlash(wireScript) === mount;
    const uriPath = wirePath === undefined && isMount ? pathOf(variables) : undefined;
    const whole = uriPath ?? (wireScript ?? '') + (wirePath ?? '');
    const rest = below(mount, whole);
    if (rest === undefined) return false;
    variables.SCRIPT_NAME = mount;
    variables.PATH_INFO = rest === '' && mount === '' ? '/' : rest;
    return true;
  }
  if (wirePath === undefined && wireScript && isWholePath(wireScript, variables)) {
    variables.SCRIPT_NAME = '';
    variables.PATH_INFO = wireScript;
    return true;
  }
  const script = wireScript === undefined ? '' : trimSlash(wireScript);
  variables.SCRIPT_NAME = script;
  if (wirePath) return true;
  const whole = pathOf(variables);
  // RFC 3875 section 4.1.5 allows an empty PATH_INFO to be left out, and nginx leaves out any.
  let path =
    whole === undefined ? '' : (below(script, whole) ?? below(script, posix.normalize(whole)));
  if (path === undefined) {
    warn(`SCRIPT_NAME ${script} is not the beginning of REQUEST_URI, taken as empty`);
    variables.SCRIPT_NAME = '';
    path = whole as string;
  }
  variables.PATH_INFO = path === '' && variables.SCRIPT_NAME === '' ? '/' : path;
  return true;
}

/**
 * Whether SCRIPT_NAME is all of the path: Apache and nginx's stock fastcgi_params say nothing of a mount.
 * Apache removes `//` and `..` from it, and leaves REQUEST_URI as it was before an internal redirect.
 */
function isWholePath(script: string, variables: Variables): boolean {
  if (variables.REDIRECT_URL !== undefined) return true;
  const whole = pathOf(variables);
  return whole !== undefined && (whole === script || posix.normalize(whole) === script);
}

/** The decoded path that was requested, as far as the request tells. */
function pathOf(variables: Variables): string | undefined {
  const uri = variables.REQUEST_URI;
  if (!uri) return variables.DOCUMENT_URI;
  const question = uri.indexOf('?');
  const raw = question < 0 ? uri : uri.slice(0, question);
  return decodePath(
    raw.startsWith('/') ? raw : raw.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/',
  );
}

/** What of a path lies below a mount, by whole segments; undefined when it lies elsewhere. */
function below(mount: string, path: string): string | undefined {
  if (!path.startsWith(mount)) return undefined;
  const rest = path.slice(mount.length);
  return rest === '' || rest.startsWith('/') ? rest : undefined;
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
