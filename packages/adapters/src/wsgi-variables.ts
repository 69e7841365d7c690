// The variables of a request that came to a framework: where a WSGI-style application is mounted in one.
import type { IncomingMessage } from 'node:http';
import { collectVariables, decodePath, isHopByHop, type Variables } from '@sluice/gateway';

/** What Express and Connect add to a request. */
export interface FrameworkRequest extends IncomingMessage {
  readonly baseUrl?: string;
  readonly originalUrl?: string;
  /** As far as the framework believes its proxies. */
  readonly protocol?: string;
  readonly ip?: string;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/** Variables of a request of node:http. SCRIPT_NAME is where the framework has mounted its handler. */
export function nodeVariables(request: FrameworkRequest): Variables {
  const { socket, rawHeaders, url = '/', originalUrl = url } = request;
  const isSecure = request.protocol === 'https' || 'encrypted' in socket;
  const pairs = [
    ...['REQUEST_METHOD', request.method ?? 'GET'],
    ...['SERVER_PROTOCOL', `HTTP/${request.httpVersion}`],
    ...['SERVER_NAME', socket.localAddress ?? 'localhost'],
    ...['SERVER_PORT', String(socket.localPort ?? (isSecure ? 443 : 80))],
    ...['REMOTE_ADDR', request.ip ?? socket.remoteAddress ?? ''],
    ...['REMOTE_PORT', String(socket.remotePort ?? '')],
    ...shared(isSecure, request.baseUrl ?? '', url, originalUrl),
  ];
  for (let at = 0; at < rawHeaders.length; at += 2)
    pairs.push(...field(rawHeaders[at] as string, rawHeaders[at + 1] as string));
  return collectVariables(pairs);
}

/** Variables of a Request of the Fetch standard. Nothing tells the client's address. */
export function fetchVariables(request: Request): Variables {
  const { protocol, hostname, port, host, pathname, search } = new URL(request.url);
  const isSecure = protocol === 'https:';
  const target = pathname + search;
  const pairs = [
    ...['REQUEST_METHOD', request.method],
    ...['SERVER_PROTOCOL', 'HTTP/1.1'],
    ...['SERVER_NAME', hostname],
    ...['SERVER_PORT', port || (isSecure ? '443' : '80')],
    ...['REMOTE_ADDR', ''],
    ...shared(isSecure, '', target, target),
  ];
  if (!request.headers.has('host')) pairs.push('HTTP_HOST', host);
  for (const [name, value] of request.headers) pairs.push(...field(name, value));
  return collectVariables(pairs);
}

function shared(isSecure: boolean, base: string, url: string, whole: string): string[] {
  const question = url.indexOf('?');
  return [
    ...['SERVER_SOFTWARE', 'Sluice'],
    ...['GATEWAY_INTERFACE', 'CGI/1.1'],
    ...['REQUEST_SCHEME', isSecure ? 'https' : 'http'],
    ...['REQUEST_URI', whole],
    ...['SCRIPT_NAME', decodePath(base)],
    ...['PATH_INFO', decodePath(question < 0 ? url : url.slice(0, question))],
    ...['QUERY_STRING', question < 0 ? '' : url.slice(question + 1)],
  ];
}

/** Name and value of the variable of a header field; none for what ends here, or could pass for another one. */
function field(name: string, value: string): string[] {
  if (name.includes('_') || isHopByHop(name)) return [];
  const variable = name.toUpperCase().replaceAll('-', '_');
  const isOwn = variable === 'CONTENT_TYPE' || variable === 'CONTENT_LENGTH';
  return [isOwn ? variable : `HTTP_${variable}`, value];
}
