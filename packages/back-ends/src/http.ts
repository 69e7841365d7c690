// HTTP: an environ to a request of node:http, its response back. Every message is framed anew.
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Application, Environ, ResponseHeaders } from '@sluice/gateway';
import { BackEndError, OptionError } from '@sluice/protocol';
import { HOP_BY_HOP, headerOfVariable, reasonPhrase } from 'cgi-protocol';
import {
  type BackEnd,
  type BackEndOptions,
  DEFAULT_BACK_END_OPTIONS,
  type Target,
} from './back-end.ts';
import { diagnoseHttp } from './diagnose-http.ts';
import { withoutSendfile } from './environ-variables.ts';
import { authority } from './link.ts';
import { isRepeatable } from './repeatable.ts';
import { targetOf } from './request-target.ts';
import { sendBody } from './send-body.ts';
import { tapSocket, traceHttp } from './trace-http.ts';

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
    const { keep = KEEP, keepTimeout } = options;
    const agent =
      keep > 0 && new Agent({ keepAlive: true, maxFreeSockets: keep, timeout: keepTimeout });
    return httpApplication(target, options, agent);
  },
  carries: (variable) => headerOfVariable(variable) !== undefined || TOLD.has(variable),
  trace: traceHttp,
  diagnosis: diagnoseHttp,
};

/** Connections that are kept: a server needs little for one. */
const KEEP = 16;

/** Variables that are no header and yet said in a request: its line, and who sent it. */
const TOLD: ReadonlySet<string> = new Set([
  'REQUEST_METHOD',
  'REQUEST_URI',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'REMOTE_ADDR',
  'HTTPS',
]);

function httpApplication(
  target: Exclude<Target, { type: 'file' }>,
  options: BackEndOptions,
  kept: Agent | false,
): Application {
  const where = target.type === 'tcp' ? `http://${authority(target)}` : `http+unix:${target.path}`;
  const exchange = async (environ: Environ, agent: Agent | false): Promise<Answered> => {
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
    const late = (what: string, limit: number) =>
      outgoing.destroy(
        new BackEndError(
          'ERR_BACK_END_TIMEOUT',
          `no ${what} from ${where} within ${limit} ms`,
          504,
        ),
      );
    const { connectTimeout, readTimeout } = options;
    outgoing.setTimeout(readTimeout, () => late('answer', readTimeout));
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => late('connection', connectTimeout), connectTimeout);
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    });
    const { observe } = options;
    if (observe) outgoing.on('socket', (socket) => tapSocket(socket, observe));
    const signal = environ['sluice.signal'];
    signal.addEventListener('abort', () => outgoing.destroy(), { once: true });
    let bodyFailure: unknown;
    const answered = answerOf(outgoing, where);
    send(environ, outgoing).catch((error) => {
      bodyFailure = error;
      outgoing.destroy();
    });
    try {
      return { outgoing, incoming: await answered };
    } catch (error) {
      // The server was closing the kept connection while the request was on its way.
      if (agent && outgoing.reusedSocket && isReset(error) && !signal.aborted)
        return await exchange(environ, false);
      throw bodyFailure ?? (signal.aborted ? signal.reason : error);
    }
  };
  return async (environ, startResponse) => {
    const isKept = isRepeatable(environ, !environ['wsgi.input'].isEmpty);
    const { outgoing, incoming } = await exchange(environ, isKept && kept);
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
    return bodyOf(incoming, outgoing, where, environ['sluice.signal']);
  };
}

interface Answered {
  readonly outgoing: ClientRequest;
  readonly incoming: IncomingMessage;
}

function isReset(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
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
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const blocks = incoming.iterator({ destroyOnReturn: false });
    for await (const chunk of blocks) yield chunk as Buffer;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new BackEndError(
      'ERR_BACK_END_CONNECT',
      `${where} broke off in the middle of its answer`,
      502,
      error,
    );
  } finally {
    // Whoever stops at Content-Length has all of it: the connection can be kept.
    if (incoming.complete) incoming.resume();
    else outgoing.destroy();
  }
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
    headers.push('Host', target.type === 'tcp' ? authority(target) : 'localhost');
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
