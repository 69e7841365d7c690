// AJP13: an environ to a Forward Request, the container's packets back.
import type { Environ } from '@sluice/gateway';
import { Ajp13ClientCodec, type Ajp13ClientEvent } from 'ajp13-protocol';
import { HOP_BY_HOP, headerOfVariable, reasonPhrase } from 'cgi-protocol';
import type { BackEnd, BackEndOptions } from './back-end.ts';
import type { Answer, ClientChannel, ClientProtocol, ClientRequest } from './client-channel.ts';
import { pingServer, streamBackEnd } from './connection.ts';
import { diagnoseAjp13 } from './diagnose-ajp13.ts';
import { targetOf } from './request-target.ts';
import { traceAjp13 } from './trace-ajp13.ts';

/** The AJP13 back-end. */
export const ajp13: BackEnd = {
  name: 'ajp',
  options: { secret: 'what we prove ourselves to the server with' },
  open: (target, options = {}) => streamBackEnd(protocolFor(options), target, options),
  ping: (target, options = {}) => pingServer(protocolFor(options), target, options),
  carries: (variable) => headerOfVariable(variable) !== undefined || TOLD.has(variable),
  trace: traceAjp13,
  diagnosis: diagnoseAjp13,
};

const FIRST_BLOCK = 8186; // bytes of a data packet at most; the first one follows the request unasked

function protocolFor({ settings = {} }: Partial<BackEndOptions>): ClientProtocol {
  return {
    name: 'ajp',
    asksForBody: true,
    keep: 16,
    open: () => new Ajp13Channel(settings.secret),
  };
}

class Ajp13Channel implements ClientChannel {
  readonly #codec = new Ajp13ClientCodec();
  readonly #secret: string | undefined;
  reusable = false;

  constructor(secret: string | undefined) {
    // As the bytes of a web server's configuration file.
    this.#secret = secret && Buffer.from(secret).toString('latin1');
  }

  request({ environ, contentLength }: ClientRequest): { bytes: Uint8Array; want?: number } {
    this.reusable = false;
    const [uri = '', query] = targetOf(environ).split(/\?(.*)/s);
    const bytes = this.#codec.encode({
      type: 'request',
      method: environ.REQUEST_METHOD,
      protocol: environ.SERVER_PROTOCOL,
      uri,
      remoteAddr: textOf(environ.REMOTE_ADDR),
      remoteHost: textOf(environ.REMOTE_HOST),
      serverName: environ.SERVER_NAME,
      serverPort: Number(environ.SERVER_PORT),
      isSsl: environ['wsgi.url_scheme'] === 'https',
      headers: headersOf(environ, contentLength),
      attributes: attributesOf(environ, query),
      requestAttributes: requestAttributesOf(environ),
      ...(this.#secret === undefined ? {} : { secret: this.#secret }),
    });
    return contentLength === undefined || contentLength === 0
      ? { bytes }
      : { bytes, want: FIRST_BLOCK };
  }

  body(chunk: Uint8Array): Uint8Array {
    return this.#codec.encode({ type: 'body', chunk });
  }

  bodyEnd(): Uint8Array {
    return this.#codec.encode({ type: 'body-end' });
  }

  ping(): Uint8Array {
    return this.#codec.encode({ type: 'ping' });
  }

  receive(chunk: Uint8Array): Answer[] {
    return this.#codec.feed(chunk).map((event) => this.#answer(event));
  }

  finish(): Answer[] {
    return this.#codec.finish().map((event) => this.#answer(event));
  }

  #answer(event: Ajp13ClientEvent): Answer {
    switch (event.type) {
      case 'head': {
        const headers = event.headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
        // Tomcat sends the number again as its reason.
        const reason = /^\d*$/.test(event.reason) ? reasonPhrase(event.status) : event.reason;
        return { type: 'head', status: event.status, reason, headers };
      }
      case 'pong':
        return { type: 'pong', text: 'CPong' };
      case 'end':
        this.reusable = event.reuse;
        return { type: 'end' };
      default:
        return event;
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function headersOf(environ: Environ, contentLength: number | undefined): string[] {
  const headers: string[] = [];
  for (const variable of Object.keys(environ)) {
    const value = environ[variable];
    const name = headerOfVariable(variable);
    if (name === undefined || typeof value !== 'string') continue;
    // `Expect` is answered on the way in.
    if (HOP_BY_HOP.has(name.toLowerCase()) || name === 'Expect' || name === 'Content-Length')
      continue;
    headers.push(name, value);
  }
  if (contentLength === undefined) headers.push('Transfer-Encoding', 'chunked');
  else if (!environ['wsgi.input'].isEmpty || environ.CONTENT_LENGTH !== undefined)
    headers.push('Content-Length', String(contentLength));
  return headers;
}

function attributesOf(environ: Environ, query: string | undefined) {
  return {
    queryString: environ.QUERY_STRING || query,
    remoteUser: textOf(environ.REMOTE_USER),
    authType: textOf(environ.AUTH_TYPE),
    sslCert: textOf(environ.SSL_CLIENT_CERT),
    sslCipher: textOf(environ.SSL_CIPHER),
    sslSession: textOf(environ.SSL_SESSION_ID),
    sslKeySize: textOf(environ.SSL_CIPHER_USEKEYSIZE),
  };
}

/** Variables that have no place of their own in a Forward Request. */
const REQUEST_ATTRIBUTES = {
  REMOTE_PORT: 'AJP_REMOTE_PORT',
  SERVER_ADDR: 'AJP_LOCAL_ADDR',
  SSL_PROTOCOL: 'AJP_SSL_PROTOCOL',
} as const;

/** Variables that are no header and have a place in a Forward Request. */
const TOLD: ReadonlySet<string> = new Set([
  ...Object.keys(REQUEST_ATTRIBUTES),
  ...['REQUEST_METHOD', 'REQUEST_URI', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'HTTPS'],
  ...['SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL', 'REMOTE_ADDR', 'REMOTE_HOST'],
  ...['REMOTE_USER', 'AUTH_TYPE', 'SSL_CLIENT_CERT', 'SSL_CIPHER', 'SSL_SESSION_ID'],
  'SSL_CIPHER_USEKEYSIZE',
]);

function requestAttributesOf(environ: Environ): string[] {
  return Object.entries(REQUEST_ATTRIBUTES).flatMap(([variable, attribute]) => {
    const value = textOf(environ[variable]);
    return value === undefined ? [] : [attribute, value];
  });
}
