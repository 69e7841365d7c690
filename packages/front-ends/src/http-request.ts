// From an HTTP request to the variables of an environ (RFC 9112; RFC 3875, section 4.1).
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVariables, decodePath, type Variables } from '@sluice/gateway';
import { ProtocolError } from '@sluice/protocol';
import { HOP_BY_HOP, joinHeaderValues, variableOfHeader } from 'cgi-protocol';
import type { AllowList } from './allow-list.ts';
import { isHost } from './host.ts';
import { applyForwarding } from './http-forwarding.ts';
import type { ProxyHeader } from './proxy-protocol.ts';

/** What requests of one listener have in common. */
export interface HttpListener {
  /** Where it listens; undefined for a Unix socket. */
  address: AddressInfo | undefined;
  /** Peers whose forwarding headers are believed. */
  readonly trust: AllowList | undefined;
}

/**
 * The same for the requests of a connection that began with a PROXY header: its client came to the address
 * that the header names. What a client sends that the header gives no address of is never believed,
 * since the trusted peer is only the proxy.
 */
export function listenerBehind(listener: HttpListener, header: ProxyHeader): HttpListener {
  switch (header.type) {
    case 'local':
      return listener;
    case 'unknown':
    case 'unix':
      return { address: listener.address, trust: undefined };
    case 'inet': {
      const { address, port } = header.destination;
      const family = address.includes(':') ? 'IPv6' : 'IPv4';
      return { address: { address, port, family }, trust: listener.trust };
    }
  }
}

/** What becomes of a field. */
interface Field {
  /** Its variable; `''` when it has none. */
  readonly variable: string;
  readonly kind: 'plain' | 'once' | 'connection' | 'coding' | 'dropped';
}

const ONCE = ['HTTP_HOST', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'HTTP_AUTHORIZATION'];
/** Fields that end here: they concern the connection, or the server answers them itself. */
const DROPPED = [
  '',
  'HTTP_EXPECT',
  'HTTP_HTTP2_SETTINGS',
  ...[...HOP_BY_HOP].map(variableOfHeader),
];
const KNOWN_LIMIT = 1024; // field names are the client's choice: the memory of them must end somewhere
const known = new Map<string, Field>();

function fieldOf(name: string): Field {
  let field = known.get(name);
  if (field) return field;
  const variable = variableOfHeader(name);
  let kind: Field['kind'] = ONCE.includes(variable)
    ? 'once'
    : DROPPED.includes(variable)
      ? 'dropped'
      : 'plain';
  if (variable === 'HTTP_CONNECTION') kind = 'connection';
  if (variable === 'HTTP_TRANSFER_ENCODING') kind = 'coding';
  field = { variable, kind };
  if (known.size < KNOWN_LIMIT) known.set(name, field);
  return field;
}

/** What an HTTP request says. */
export interface HttpRequestHead {
  readonly variables: Variables;
  /** Whether a body follows. */
  readonly hasBody: boolean;
}

/**
 * The variables of a request.
 *
 * @returns undefined for `OPTIONS *`, which the server answers itself
 * @throws ProtocolError `ERR_HTTP_REQUEST` for what HTTP forbids or an environ cannot express
 */
export function readRequest(
  request: IncomingMessage,
  listener: HttpListener,
): HttpRequestHead | undefined {
  const variables = createVariables();
  const { socket, rawHeaders } = request;
  const method = request.method as string;
  const version = request.httpVersion;
  if (version !== '1.1' && version !== '1.0') throw refuse(400, `HTTP version ${version}`);
  variables.REQUEST_METHOD = method;
  variables.SERVER_PROTOCOL = version === '1.1' ? 'HTTP/1.1' : 'HTTP/1.0';
  let connection = '';
  let coding = '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const { variable, kind } = fieldOf(rawHeaders[at] as string);
    const value = rawHeaders[at + 1] as string;
    if (kind === 'dropped') continue;
    if (kind === 'connection') connection += `,${value}`;
    else if (kind === 'coding') coding += `,${value}`;
    else if (variables[variable] === undefined) variables[variable] = value;
    else if (kind === 'once') throw refuse(400, `two ${rawHeaders[at]} headers`);
    else variables[variable] = joinHeaderValues(variable, variables[variable], value);
  }
  if (coding !== '') checkCoding(coding.slice(1), version);
  if (connection !== '') dropNamed(variables, connection);
  const host = variables.HTTP_HOST;
  if (host === undefined ? version === '1.1' : !isHost(host))
    throw refuse(400, 'a Host that is no host, or none');
  if (!setTarget(variables, request.url as string, method)) return undefined;
  variables.SCRIPT_NAME = '';
  variables.SERVER_NAME = listener.address?.address ?? 'localhost';
  variables.SERVER_PORT = String(listener.address?.port ?? 80);
  variables.SERVER_SOFTWARE = 'Sluice';
  variables.GATEWAY_INTERFACE = 'CGI/1.1';
  variables.REQUEST_SCHEME = 'http';
  variables.REMOTE_ADDR = socket.remoteAddress ?? '';
  if (socket.remotePort !== undefined) variables.REMOTE_PORT = String(socket.remotePort);
  if (listener.trust) applyForwarding(variables, listener.trust);
  return { variables, hasBody: coding !== '' || (variables.CONTENT_LENGTH ?? '0') !== '0' };
}

/** Sets path, query and URI; false for `OPTIONS *`. */
function setTarget(variables: Variables, target: string, method: string): boolean {
  let origin = target;
  if (!target.startsWith('/')) {
    if (target === '*' && method === 'OPTIONS') return false;
    // Absolute-form: its authority replaces Host (RFC 9112, section 3.2.2).
    const absolute = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(target);
    const [, authority = '', rest = ''] = absolute ?? [];
    if (!absolute || authority === '' || !isHost(authority))
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
function checkCoding(coding: string, version: string): void {
  if (version === '1.0') throw refuse(400, 'Transfer-Encoding in an HTTP/1.0 request');
  if (coding.toLowerCase() !== 'chunked') throw refuse(501, `Transfer-Encoding ${coding}`);
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
