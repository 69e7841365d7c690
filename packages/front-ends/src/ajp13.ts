// AJP13: from a Forward Request to the variables that CGI would give, and response parts to packets.
import { createVariables, decodePath, type ResponsePart, type Variables } from '@sluice/gateway';
import { OptionError } from '@sluice/protocol';
import { type Ajp13Event, Ajp13ServerCodec, type Ajp13ServerOptions } from 'ajp13-protocol';
import { joinHeaderValues, variableOfHeader } from 'cgi-protocol';
import type { Channel, FrontEnd, Incoming, ListenerOptions } from './front-end.ts';
import { streamFrontEnd } from './stream-server.ts';

/** The AJP13 front-end. */
export const ajp13: FrontEnd = streamFrontEnd({
  name: 'ajp',
  defaultPort: 8009,
  options: {
    secret: 'what the web server has to prove itself with (Apache: secret=, mod_jk: worker.secret)',
    packetSize: 'bytes of a packet at most, 8192 (default) to 65536, the same as in the web server',
    peer: "apache (default); lighttpd: its mod_ajp13 decodes paths and leaves a body packet's inner length out",
  },
  checkOptions(options, exposed) {
    const { secret } = settingsOf(options);
    if (exposed && secret === undefined) {
      throw new OptionError(
        'ERR_FRONT_END_OPTION',
        'AJP on an address that other machines reach needs a secret: ajp://0.0.0.0:8009?secret=…, and the same in the web server',
      );
    }
  },
  configure(options) {
    const settings = settingsOf(options);
    const isDecoded = options.peer === 'lighttpd';
    return () => new Ajp13Channel(new Ajp13ServerCodec(settings), isDecoded);
  },
});

function settingsOf(options: ListenerOptions): Ajp13ServerOptions {
  const { secret, packetSize = '8192', peer = 'apache' } = options;
  if (secret === '') throw wrong('the secret is empty');
  const size = /^\d+$/.test(packetSize) ? Number(packetSize) : 0;
  if (size < 8192 || size > 65536)
    throw wrong(`packetSize is a number from 8192 to 65536, not ${packetSize}`);
  if (peer !== 'apache' && peer !== 'lighttpd')
    throw wrong(`peer is apache or lighttpd, not ${peer}`);
  return {
    // Web servers send the bytes of their configuration file.
    ...(secret === undefined ? {} : { secret: Buffer.from(secret).toString('latin1') }),
    maxPacketSize: size,
    dataLength: peer === 'apache',
  };
}

function wrong(why: string): OptionError {
  return new OptionError('ERR_FRONT_END_OPTION', why);
}

const ONLY = 1; // the id of the request that a connection carries at a time

class Ajp13Channel implements Channel {
  readonly marksEnd = true;
  readonly #codec: Ajp13ServerCodec;
  readonly #isDecoded: boolean;
  #isStopping = false;

  constructor(codec: Ajp13ServerCodec, isDecoded: boolean) {
    this.#codec = codec;
    this.#isDecoded = isDecoded;
  }

  get reusable(): boolean {
    return this.#codec.clean && !this.#isStopping;
  }

  receive(chunk: Uint8Array): Incoming[] {
    return this.#codec.feed(chunk).map((event) => this.#incoming(event));
  }

  finish(): Incoming[] {
    return this.#codec.finish().map((event) => this.#incoming(event));
  }

  send(_id: number, part: ResponsePart): readonly Uint8Array[] {
    return this.#send(part, this.reusable);
  }

  refuse(part: ResponsePart): readonly Uint8Array[] {
    // While the codec reads on, no request is there that this would be the answer to.
    return this.#codec.clean ? [] : this.#send(part, false);
  }

  demand(): Uint8Array | undefined {
    const question = this.#codec.encode({ type: 'get-body' });
    return question.length > 0 ? question : undefined;
  }

  stop(): void {
    this.#isStopping = true;
  }

  #send({ head, chunk, last }: ResponsePart, reuse: boolean): readonly Uint8Array[] {
    const response = head && {
      status: Number(head.status.slice(0, 3)),
      reason: head.status.slice(4),
      headers: head.headers,
    };
    return [this.#codec.encode({ type: 'response', head: response, chunk, last, reuse })];
  }

  #incoming(event: Ajp13Event): Incoming {
    switch (event.type) {
      case 'request': {
        const variables = variablesOf(event, this.#isDecoded);
        return { type: 'request', id: ONLY, variables, hasBody: event.hasBody };
      }
      case 'body':
        return { type: 'body', id: ONLY, chunk: event.chunk };
      case 'end':
        return { type: 'body-end', id: ONLY };
      case 'truncated':
        return { type: 'body-failure', id: ONLY, error: event.error };
      case 'reply':
        return event;
    }
  }
}

/** The variables of a request. What the web server may leave out is left out: the gateway says what it takes instead. */
function variablesOf(request: Ajp13Event & { type: 'request' }, isDecoded: boolean): Variables {
  const { uri, attributes } = request;
  const variables = createVariables();
  variables.REQUEST_METHOD = request.method;
  variables.SERVER_PROTOCOL = request.protocol;
  variables.SCRIPT_NAME = '';
  variables.PATH_INFO = isDecoded ? uri : decodePath(uri);
  const query = attributes.queryString ?? '';
  variables.QUERY_STRING = query;
  if (!isDecoded) variables.REQUEST_URI = query === '' ? uri : `${uri}?${query}`;
  if (request.serverName) variables.SERVER_NAME = request.serverName;
  variables.SERVER_PORT = String(request.serverPort);
  if (request.remoteAddr) variables.REMOTE_ADDR = request.remoteAddr;
  if (request.remoteHost) variables.REMOTE_HOST = request.remoteHost;
  if (request.isSsl) variables.HTTPS = 'on';
  addHeaders(variables, request.headers);
  addAttributes(variables, request);
  return variables;
}

const KNOWN_LIMIT = 512;
const names = new Map<string, string>(); // header name → variable

function addHeaders(variables: Variables, headers: readonly string[]): void {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const header = headers[at] as string;
    const value = headers[at + 1] as string;
    let name = names.get(header);
    if (name === undefined) {
      name = variableOfHeader(header);
      if (header.length < 64 && names.size < KNOWN_LIMIT) names.set(header, name);
    }
    if (name === '') continue;
    const first = variables[name];
    variables[name] = first === undefined ? value : joinHeaderValues(name, first, value);
  }
}

/** Attributes by the names that Apache's mod_ssl gives them in CGI. */
const SSL = {
  sslCert: 'SSL_CLIENT_CERT',
  sslCipher: 'SSL_CIPHER',
  sslSession: 'SSL_SESSION_ID',
  sslKeySize: 'SSL_CIPHER_USEKEYSIZE',
} as const;
/** Request attributes that say more of the connection; no other becomes a variable ("Ghostcat", CVE-2020-1938). */
const REQUEST_ATTRIBUTES: Readonly<Record<string, string>> = {
  AJP_REMOTE_PORT: 'REMOTE_PORT',
  AJP_LOCAL_ADDR: 'SERVER_ADDR',
  AJP_SSL_PROTOCOL: 'SSL_PROTOCOL',
};

function addAttributes(variables: Variables, request: Ajp13Event & { type: 'request' }): void {
  const { attributes, requestAttributes } = request;
  if (attributes.remoteUser) variables.REMOTE_USER = attributes.remoteUser;
  if (attributes.authType) variables.AUTH_TYPE = attributes.authType;
  if (attributes.sslKeySize) variables.SSL_KEY_SIZE = attributes.sslKeySize; // the servlet specification's name
  for (const key in SSL) {
    const value = attributes[key as keyof typeof SSL];
    if (value) variables[SSL[key as keyof typeof SSL]] = value;
  }
  const others: Record<string, string> = Object.create(null);
  let hasOthers = false;
  for (let at = 0; at + 1 < requestAttributes.length; at += 2) {
    const key = requestAttributes[at] as string;
    const value = requestAttributes[at + 1] as string;
    const name = Object.hasOwn(REQUEST_ATTRIBUTES, key) ? REQUEST_ATTRIBUTES[key] : undefined;
    if (name !== undefined) {
      variables[name] = value;
    } else {
      others[key] = value;
      hasOthers = true;
    }
  }
  if (attributes.jvmRoute) others.jvm_route = attributes.jvmRoute;
  if (hasOthers || attributes.jvmRoute) {
    const environ: Record<string, unknown> = variables;
    environ['sluice.ajp.attributes'] = others;
  }
}
