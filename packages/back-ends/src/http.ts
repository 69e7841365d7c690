// HTTP: an environ to a request of node:http, its response back. Every message is framed anew.
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Application, type Environ, quotePath, type ResponseHeaders } from '@sluice/gateway';
import { BackEndError, OptionError } from '@sluice/protocol';
import { HOP_BY_HOP, headerOfVariable, reasonPhrase } from 'cgi-protocol';
import {
  type BackEnd,
  type BackEndOptions,
  DEFAULT_BACK_END_OPTIONS,
  type Target,
} from './back-end.ts';
import { withoutSendfile } from './environ-variables.ts';
import { sendBody } from './send-body.ts';

/** The HTTP back-end. */
export const http: BackEnd = {
  name: 'http',
  open(target, given = {}) {
    if (target.type === 'file') {
      throw new OptionError(
        'ERR_BACK_END_TARGET',
        `http: a server is at host:port or at the path of a Unix socket, not at ${target.path}`,
      );
    }
    const options = { ...DEFAULT_BACK_END_OPTIONS, ...given };
    // Node itself retries nothing and drops a kept connection that the server is about to close.
    const agent = new Agent({ keepAlive: true });
    return httpApplication(target, options, agent);
  },
};

function httpApplication(
  target: Exclude<Target, { type: 'file' }>,
  options: BackEndOptions,
  agent: Agent,
): Application {
  const where =
    target.type === 'tcp' ? `http://${target.host}:${target.port}` : `http+unix:${target.path}`;
  return async (environ, startResponse) => {
    const outgoing = request({
      agent,
      ...(target.type === 'tcp'
        ? { host: target.host, port: target.port }
        : { socketPath: target.path }),
      method: environ.REQUEST_METHOD,
      path: targetOf(environ),
      headers: headersOf(environ, target),
      setHost: false,
    });
    outgoing.setTimeout(options.readTimeout, () =>
      outgoing.destroy(
        new BackEndError(
          'ERR_BACK_END_TIMEOUT',
          `no answer from ${where} within ${options.readTimeout} ms`,
          504,
        ),
      ),
    );
    const signal = environ['sluice.signal'];
    signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
    let bodyFailure: unknown;
    const answered = answerOf(outgoing, where);
    send(environ, outgoing).catch((error) => {
      bodyFailure = error;
      outgoing.destroy();
    });
    let incoming: IncomingMessage;
    try {
      incoming = await answered;
    } catch (error) {
      throw bodyFailure ?? error;
    }
    const status = incoming.statusCode ?? 0;
    if (status < 200 || status > 599) {
      incoming.destroy();
      throw new BackEndError(
        'ERR_BACK_END_RESPONSE',
        `${where} answered with status ${status}`,
        502,
      );
    }
    const headers = endToEnd(incoming.rawHeaders);
    startResponse(
      `${status} ${incoming.statusMessage || reasonPhrase(status)}`,
      options.sendfile ? headers : withoutSendfile(headers),
    );
    return bodyOf(incoming, outgoing, where);
  };
}

function answerOf(outgoing: ClientRequest, where: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(
        new BackEndError(
          'ERR_BACK_END_RESPONSE',
          `${where} switched protocols without being asked`,
          502,
        ),
      );
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error instanceof BackEndError
          ? error
          : new BackEndError(
              'ERR_BACK_END_CONNECT',
              `${where} cannot be reached: ${error.code ?? error.message}`,
              502,
              error,
            ),
      );
    });
  });
}

async function send(environ: Environ, outgoing: ClientRequest): Promise<void> {
  const input = environ['wsgi.input'];
  if (!input.isEmpty) await sendBody(input, outgoing);
  outgoing.end();
}

async function* bodyOf(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  where: string,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of incoming) yield chunk as Buffer;
  } catch (error) {
    throw new BackEndError(
      'ERR_BACK_END_CONNECT',
      `${where} broke off in the middle of its answer`,
      502,
      error,
    );
  } finally {
    if (!incoming.complete) outgoing.destroy();
  }
}

/** The request target: as it came where that is consistent, else made of the decoded path. */
function targetOf(environ: Environ): string {
  const { QUERY_STRING: query, SCRIPT_NAME, PATH_INFO } = environ;
  const uri = environ.REQUEST_URI;
  if (typeof uri === 'string' && uri.startsWith('/') && /^[\x21-\x7e]+$/.test(uri)) return uri;
  const path = quotePath(SCRIPT_NAME + PATH_INFO) || '/';
  return query === '' ? path : `${path}?${query.replace(/[^\x21-\x7e]/g, encodeURIComponent)}`;
}

function headersOf(environ: Environ, target: Target): string[] {
  const headers: string[] = [];
  for (const variable of Object.keys(environ)) {
    const value = environ[variable];
    const name = headerOfVariable(variable);
    if (name === undefined || typeof value !== 'string') continue;
    if (HOP_BY_HOP.has(name.toLowerCase()) || OURS.has(name)) continue;
    headers.push(name, value);
  }
  if (environ.HTTP_HOST === undefined)
    headers.push('Host', target.type === 'tcp' ? `${target.host}:${target.port}` : 'localhost');
  // Without a framing field node:http would send a body of these methods raw: always say how long it is.
  if (environ.CONTENT_LENGTH === undefined && !environ['wsgi.input'].isEmpty)
    headers.push('Transfer-Encoding', 'chunked');
  headers.push(
    'X-Forwarded-For',
    String(environ.REMOTE_ADDR ?? ''),
    'X-Forwarded-Proto',
    environ['wsgi.url_scheme'],
  );
  return headers;
}

/** Fields that are answered here, or said anew: what a client claims of itself is not passed on. */
const OURS: ReadonlySet<string> = new Set([
  'Expect',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
]);

function endToEnd(raw: readonly string[]): ResponseHeaders {
  const headers: ResponseHeaders = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push([name, raw[at + 1] as string]);
  }
  return headers;
}
