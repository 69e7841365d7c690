// Reads a Forward Request: the head of a request (AJP/1.3, "Forward Request Packet Structure").
import { isToken, ProtocolError, parseLength } from '@sluice/protocol';
import { type PayloadErrors, PayloadReader } from './payload-reader.ts';
import { Attribute, METHODS, REQUEST_HEADERS, STORED_METHOD } from './tables.ts';

/** What a web server tells of a request beside its headers; undefined what it does not tell. */
export interface Ajp13Attributes {
  /** Unused by web servers. */
  readonly context: string | undefined;
  /** Unused by web servers. */
  readonly servletPath: string | undefined;
  /** Who the web server says the user is. */
  readonly remoteUser: string | undefined;
  /** How the web server knows. */
  readonly authType: string | undefined;
  /** What follows `?`, without it. */
  readonly queryString: string | undefined;
  /** The name of this container in the web server's load balancer. */
  readonly jvmRoute: string | undefined;
  /** The client's certificate, PEM. */
  readonly sslCert: string | undefined;
  /** The name of the cipher. */
  readonly sslCipher: string | undefined;
  /** The identifier of the session. */
  readonly sslSession: string | undefined;
  /** Bits of the key, decimal. */
  readonly sslKeySize: string | undefined;
}

/** The head of a request. */
export interface Ajp13Request {
  readonly type: 'request';
  /** The method, from its code or from the attribute that stores it. */
  readonly method: string;
  /** Such as `HTTP/1.1`. */
  readonly protocol: string;
  /** The path as the web server sends it: Apache percent-encoded, lighttpd decoded. Begins with `/`, or is `*`. */
  readonly uri: string;
  /** The address of the client. */
  readonly remoteAddr: string | undefined;
  /** Its name; most web servers do not look it up. */
  readonly remoteHost: string | undefined;
  /** The name of the web server. */
  readonly serverName: string | undefined;
  /** Its port. */
  readonly serverPort: number;
  /** Whether the client came through TLS. */
  readonly isSsl: boolean;
  /** Name, value, name, value … in wire order: coded names in lower case, others as sent. */
  readonly headers: string[];
  readonly attributes: Ajp13Attributes;
  /** Attributes of any name: name, value, name, value … Believe none but those that you know. */
  readonly requestAttributes: string[];
  /** What Content-Length says; undefined without it. */
  readonly contentLength: number | undefined;
  /** Whether `body` or at least `end` follows: Content-Length above 0, or Transfer-Encoding. */
  readonly hasBody: boolean;
}

/** What a Forward Request is held to. */
export interface ForwardLimits {
  readonly maxHeaders: number;
  readonly secret: Uint8Array | undefined;
}

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const ERRORS: PayloadErrors = {
  payload: 'ERR_AJP13_FORWARD',
  header: 'ERR_AJP13_HEADER',
  statusHint: BAD_REQUEST,
};

/**
 * Reads a Forward Request, from `start` up to `end`.
 *
 * @throws ProtocolError with statusHint 400, 403 without the right secret
 */
export function readForwardRequest(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: ForwardLimits,
): Ajp13Request {
  const reader: PayloadReader = new PayloadReader(bytes, start, end, ERRORS);
  const methodCode = reader.byte();
  const protocol = reader.string();
  const uri = reader.string();
  const remoteAddr = reader.string();
  const remoteHost = reader.string();
  const serverName = reader.string();
  const serverPort = reader.integer();
  const isSsl = reader.byte() !== 0;
  const count = reader.integer();
  if (count > limits.maxHeaders) reader.failHeader(`more than ${limits.maxHeaders} headers`);

  const headers: string[] = [];
  let lengthText: string | undefined;
  let coding: string | undefined;
  for (let index = 0; index < count; index++) {
    const name = reader.headerName(REQUEST_HEADERS);
    const value = reader.string() ?? '';
    headers.push(name, value);
    if (name.length === 14) {
      if (name === 'content-length' || name.toLowerCase() === 'content-length') {
        if (lengthText !== undefined) refuseLength('Content-Length is there twice');
        lengthText = value;
      }
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (coding !== undefined) refuseLength('Transfer-Encoding is there twice');
      coding = value;
    }
  }

  let context: string | undefined;
  let servletPath: string | undefined;
  let remoteUser: string | undefined;
  let authType: string | undefined;
  let queryString: string | undefined;
  let jvmRoute: string | undefined;
  let sslCert: string | undefined;
  let sslCipher: string | undefined;
  let sslSession: string | undefined;
  let sslKeySize: string | undefined;
  let storedMethod: string | undefined;
  const requestAttributes: string[] = [];
  let secrets = 0; // how many there are
  let right = 0; // how many of them are right
  let seen = 0; // one bit for each attribute that may be there once
  for (;;) {
    const code = reader.byte();
    if (code === Attribute.ARE_DONE) break;
    if (code === Attribute.REQ_ATTRIBUTE) {
      const name = reader.string() ?? reader.fail('an attribute without a name');
      requestAttributes.push(name, reader.string(true) ?? '');
      continue;
    }
    if (code === Attribute.SECRET) {
      secrets++;
      if (reader.equals(limits.secret ?? NOTHING)) right++;
      continue;
    }
    if (code < 32) {
      // Two of a kind mean two different requests to two readers.
      if (seen & (1 << code) && !(code === Attribute.STORED_METHOD && methodCode !== STORED_METHOD))
        reader.fail(`attribute 0x${code.toString(16)} is there twice`);
      seen |= 1 << code;
    }
    switch (code) {
      case Attribute.CONTEXT:
        context = reader.string();
        break;
      case Attribute.SERVLET_PATH:
        servletPath = reader.string();
        break;
      case Attribute.REMOTE_USER:
        remoteUser = reader.string();
        break;
      case Attribute.AUTH_TYPE:
        authType = reader.string();
        break;
      case Attribute.QUERY_STRING:
        queryString = reader.string();
        break;
      case Attribute.JVM_ROUTE:
        jvmRoute = reader.string();
        break;
      case Attribute.SSL_CERT:
        sslCert = reader.string(true);
        break;
      case Attribute.SSL_CIPHER:
        sslCipher = reader.string();
        break;
      case Attribute.SSL_SESSION:
        sslSession = reader.string();
        break;
      case Attribute.SSL_KEY_SIZE:
        sslKeySize = reader.keySize();
        break;
      case Attribute.STORED_METHOD:
        storedMethod = reader.string();
        break;
      default:
        // Its length is not known: whatever follows would be read wrong.
        reader.fail(`attribute 0x${code.toString(16)} is unknown`);
    }
  }
  if (reader.left > 0) reader.fail(`${reader.left} bytes follow its end`);
  if (limits.secret && !(secrets === 1 && right === 1))
    throw new ProtocolError(
      'ERR_AJP13_SECRET',
      secrets === 0 ? 'the secret is missing' : 'the secret is wrong',
      { statusHint: FORBIDDEN },
    );
  if (!protocol) reader.fail('no protocol');
  if (sslKeySize !== undefined && parseLength(sslKeySize) === undefined)
    reader.fail('the key size is not plain digits');

  let contentLength: number | undefined;
  if (lengthText !== undefined) {
    contentLength = parseLength(lengthText);
    if (contentLength === undefined) refuseLength('Content-Length is not plain digits');
    if (coding !== undefined) refuseLength('Content-Length and Transfer-Encoding together');
  } else if (coding !== undefined && coding !== 'chunked') {
    // Anything but this one word is a word that the web server and we may read differently.
    refuseLength('a Transfer-Encoding other than chunked');
  }
  return {
    type: 'request',
    method: methodOf(methodCode, storedMethod),
    protocol,
    uri: pathOf(uri),
    remoteAddr,
    remoteHost,
    serverName,
    serverPort,
    isSsl,
    headers,
    attributes: {
      context,
      servletPath,
      remoteUser,
      authType,
      queryString,
      jvmRoute,
      sslCert,
      sslCipher,
      sslSession,
      sslKeySize,
    },
    requestAttributes,
    contentLength,
    hasBody: contentLength === undefined ? coding !== undefined : contentLength > 0,
  };
}

const NOTHING = new Uint8Array(0);
const SLASH = 0x2f;

function methodOf(code: number, stored: string | undefined): string {
  const method = METHODS[code - 1];
  if (method !== undefined) return method;
  if (code === STORED_METHOD && stored !== undefined && isToken(stored)) return stored;
  throw new ProtocolError(
    'ERR_AJP13_METHOD',
    code === STORED_METHOD ? 'the stored method is none' : `no method has code ${code}`,
    { statusHint: BAD_REQUEST },
  );
}

function pathOf(uri: string | undefined): string {
  if (uri !== undefined && (uri.charCodeAt(0) === SLASH || uri === '*')) return uri;
  throw new ProtocolError('ERR_AJP13_URI', 'the path of the request does not begin with a slash', {
    statusHint: BAD_REQUEST,
  });
}

function refuseLength(message: string): never {
  throw new ProtocolError('ERR_AJP13_CONTENT_LENGTH', message, { statusHint: BAD_REQUEST });
}
