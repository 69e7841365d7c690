// From an HTTP request to the variables of an environ (RFC 9112; RFC 3875, section 4.1).
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { decodePath, type Variables } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import { HOP_BY_HOP, joinHeaderValues, variableOfHeader } from 'cgi-protocol';
import type { AllowList } from './allow-list.ts';
import { applyForwarding } from './http-forwarding.ts';

/** What requests of one listener have in common. */
export interface HttpListener {
  readonly server: Server;
  /** Peers whose forwarding headers are believed. */
  readonly trust: AllowList | undefined;
}

const ONCE: ReadonlySet<string> = new Set([
  'HTTP_HOST',
  'CONTENT_TYPE',
  'CONTENT_LENGTH',
  'HTTP_AUTHORIZATION',
]);
/** Fields that end here: they concern the connection, or the server answers them itself. */
const ENDS_HERE: ReadonlySet<string> = new Set([
  'HTTP_EXPECT',
  'HTTP_HTTP2_SETTINGS',
  ...[...HOP_BY_HOP].map(variableOfHeader),
]);
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])?(?::[0-9]*)?$/;

/**
 * The variables of a request.
 *
 * @returns undefined for `OPTIONS *`, which the server answers itself
 * @throws ProtocolError `ERR_HTTP_REQUEST` for what HTTP forbids or an environ cannot express
 */
export function requestVariables(
  request: IncomingMessage,
  listener: HttpListener,
): Variables | undefined {
  const variables: Variables = Object.create(null);
  const { socket, rawHeaders } = request;
  const method = request.method as string;
  const version = request.httpVersion;
  if (version !== '1.1' && version !== '1.0') throw refuse(400, `HTTP version ${version}`);
  variables.REQUEST_METHOD = method;
  variables.SERVER_PROTOCOL = version === '1.1' ? 'HTTP/1.1' : 'HTTP/1.0';
  let connection = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const variable = variableOfHeader(rawHeaders[at] as string);
    if (variable === '') continue;
    const value = rawHeaders[at + 1] as string;
    if (ENDS_HERE.has(variable)) {
      if (variable === 'HTTP_CONNECTION') connection += `,${value}`;
      else if (variable === 'HTTP_TRANSFER_ENCODING') checkCoding(value, version, request);
      continue;
    }
    const before = variables[variable];
    if (before === undefined) variables[variable] = value;
    else if (ONCE.has(variable)) throw refuse(400, `two ${rawHeaders[at]} headers`);
    else variables[variable] = joinHeaderValues(variable, before, value);
  }
  if (connection !== '') dropNamed(variables, connection);
  if (variables.HTTP_HOST !== undefined && !HOST.test(variables.HTTP_HOST))
    throw refuse(400, 'a Host that is no host');
  if (!setTarget(variables, request.url as string, method)) return undefined;
  const { address, port } = (listener.server.address() ?? UNIX) as AddressInfo;
  variables.SCRIPT_NAME = '';
  variables.SERVER_NAME = address ?? 'localhost';
  variables.SERVER_PORT = String(port ?? 80);
  variables.SERVER_SOFTWARE = 'Sluice';
  variables.GATEWAY_INTERFACE = 'CGI/1.1';
  variables.REQUEST_SCHEME = 'http';
  variables.REMOTE_ADDR = socket.remoteAddress ?? '';
  if (socket.remotePort !== undefined) variables.REMOTE_PORT = String(socket.remotePort);
  if (listener.trust) applyForwarding(variables, listener.trust);
  return variables;
}

const UNIX: Partial<AddressInfo> = {};

/** Sets path, query and URI; false for `OPTIONS *`. */
function setTarget(variables: Variables, target: string, method: string): boolean {
  let origin = target;
  if (!target.startsWith('/')) {
    if (target === '*' && method === 'OPTIONS') return false;
    // Absolute-form: its authority replaces Host (RFC 9112, section 3.2.2).
    const absolute = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(target);
    const [, authority = '', rest = ''] = absolute ?? [];
    if (!absolute || authority === '' || !HOST.test(authority))
      throw refuse(400, `request target ${target}`);
    variables.HTTP_HOST = authority;
    origin = rest.startsWith('/') ? rest : `/${rest}`;
  }
  if (origin.includes('#')) throw refuse(400, 'a fragment in the request target');
  const question = origin.indexOf('?');
  const path = question < 0 ? origin : origin.slice(0, question);
  if (path.includes('%00')) throw refuse(400, 'a NUL in the path');
  variables.REQUEST_URI = origin;
  variables.PATH_INFO = decodePath(path);
  variables.QUERY_STRING = question < 0 ? '' : origin.slice(question + 1);
  return true;
}

/** node:http removes chunks and lets other codings pass: a body in a coding that nobody undoes is refused. */
function checkCoding(coding: string, version: string, request: IncomingMessage): void {
  if (version === '1.0') throw refuse(400, 'Transfer-Encoding in an HTTP/1.0 request');
  if (coding.toLowerCase() !== 'chunked' || request.headers['transfer-encoding'] !== coding) {
    throw refuse(501, `Transfer-Encoding ${coding}`);
  }
}

/** Drops the fields that Connection names, except those that a peer could not want dropped in good faith. */
function dropNamed(variables: Variables, connection: string): void {
  for (const token of connection.split(',')) {
    const name = token.trim();
    if (name === '' || KEPT.test(name)) continue;
    const variable = variableOfHeader(name);
    if (variable.startsWith('HTTP_')) delete variables[variable];
  }
}

const KEPT =
  /^(?:keep-alive|close|upgrade|host|cookie|authorization|x-forwarded-.*|forwarded|x-real-ip|content-.*)$/i;

function refuse(statusHint: number, message: string): ProtocolError {
  return new ProtocolError('ERR_HTTP_REQUEST', message, { statusHint });
}
