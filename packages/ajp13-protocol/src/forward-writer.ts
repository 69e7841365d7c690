// Writes a Forward Request: the head of a request, in one packet (AJP/1.3, "Forward Request Packet Structure").
import { allocate, isToken, ProtocolError, parseLength, writeLatin1 } from '@sluice/protocol';
import type { Ajp13Attributes } from './forward-request.ts';
import {
  Attribute,
  CODED,
  Magic,
  METHODS,
  PacketType,
  REQUEST_HEADERS,
  STORED_METHOD,
} from './tables.ts';

/** The head of a request, as an {@link Ajp13ClientCodec} sends it; what is undefined is left out. */
export interface Ajp13RequestHead {
  /** A token. */
  readonly method: string;
  /** Such as `HTTP/1.1`. */
  readonly protocol: string;
  /** The path without its query; begins with `/`, or is `*`. */
  readonly uri: string;
  /** The address of the client. */
  readonly remoteAddr?: string | undefined;
  /** Its name. */
  readonly remoteHost?: string | undefined;
  /** The name of the web server. */
  readonly serverName?: string | undefined;
  /** Its port. */
  readonly serverPort: number;
  /** Whether the client came through TLS. */
  readonly isSsl: boolean;
  /** Name, value, name, value … Content-Length or Transfer-Encoding announce a body. */
  readonly headers: readonly string[];
  readonly attributes?: Partial<Ajp13Attributes> | undefined;
  /** Attributes of any name: name, value, name, value … */
  readonly requestAttributes?: readonly string[] | undefined;
  /** What the container wants to know us by. */
  readonly secret?: string | undefined;
}

const BAD_REQUEST = 400;
const TOO_LARGE = 431;
/** No size of a key is smaller; what is smaller could be the length of a string. */
const SMALLEST_KEY = 16;
const LARGEST_KEY = 0xfffe;

const HEADER_CODES = new Map<string, number>(
  REQUEST_HEADERS.map((name, index) => [name, (CODED << 8) | (index + 1)]),
);
const METHOD_CODES = new Map<string, number>(METHODS.map((name, index) => [name, index + 1]));

/**
 * Writes a Forward Request.
 *
 * @throws ProtocolError (blame `local`) `ERR_AJP13_TOO_LARGE` (statusHint 431) when it does not fit into a
 * packet, `ERR_AJP13_COMMAND` (statusHint 400) when it is no request, `ERR_PROTOCOL_LATIN1` for characters
 * above U+00FF
 */
export function writeForwardRequest(head: Ajp13RequestHead, maxPacketSize: number): Uint8Array {
  const { method, uri, serverPort, headers, requestAttributes = [] } = head;
  if (!isToken(method)) throw refuse(`${quote(method)} is no method`);
  if (!uri.startsWith('/') && uri !== '*') throw refuse(`${quote(uri)} is no path`);
  if (head.protocol === '') throw refuse('a request without a protocol');
  if (!(Number.isInteger(serverPort) && serverPort >= 0 && serverPort <= 0xffff))
    throw refuse(`${serverPort} is no port`);
  const methodCode = METHOD_CODES.get(method) ?? STORED_METHOD;
  const writer = new PayloadWriter(Magic.TO_CONTAINER, maxPacketSize);
  writer.byte(PacketType.FORWARD_REQUEST);
  writer.byte(methodCode);
  writer.string(head.protocol);
  writer.string(uri);
  writer.string(head.remoteAddr);
  writer.string(head.remoteHost);
  writer.string(head.serverName);
  writer.integer(serverPort);
  writer.byte(head.isSsl ? 1 : 0);
  writer.integer(headers.length >> 1);
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    const code = HEADER_CODES.get(name) ?? HEADER_CODES.get(name.toLowerCase());
    if (code !== undefined) writer.integer(code);
    else if (isToken(name) && name.length >> 8 !== CODED) writer.string(name);
    else throw refuse(`${quote(name)} is no header name`);
    writer.string(headers[at + 1] as string);
  }
  if (head.attributes) writeAttributes(writer, head.attributes, head.secret);
  else writer.attribute(Attribute.SECRET, head.secret);
  if (methodCode === STORED_METHOD) writer.attribute(Attribute.STORED_METHOD, method);
  for (let at = 0; at + 1 < requestAttributes.length; at += 2) {
    writer.byte(Attribute.REQ_ATTRIBUTE);
    writer.string(requestAttributes[at] as string);
    writer.string(requestAttributes[at + 1] as string, true);
  }
  writer.byte(Attribute.ARE_DONE);
  return writer.packet();
}

function writeAttributes(
  writer: PayloadWriter,
  attributes: Partial<Ajp13Attributes>,
  secret: string | undefined,
): void {
  writer.attribute(Attribute.CONTEXT, attributes.context);
  writer.attribute(Attribute.SERVLET_PATH, attributes.servletPath);
  writer.attribute(Attribute.REMOTE_USER, attributes.remoteUser);
  writer.attribute(Attribute.AUTH_TYPE, attributes.authType);
  writer.attribute(Attribute.QUERY_STRING, attributes.queryString);
  writer.attribute(Attribute.JVM_ROUTE, attributes.jvmRoute);
  writer.attribute(Attribute.SECRET, secret);
  writer.attribute(Attribute.SSL_CERT, attributes.sslCert, true);
  writer.attribute(Attribute.SSL_CIPHER, attributes.sslCipher);
  writer.attribute(Attribute.SSL_SESSION, attributes.sslSession);
  if (attributes.sslKeySize !== undefined) {
    const size = parseLength(attributes.sslKeySize);
    if (size === undefined || size < SMALLEST_KEY || size > LARGEST_KEY)
      throw refuse(`${quote(attributes.sslKeySize)} is no size of a key`);
    writer.byte(Attribute.SSL_KEY_SIZE);
    writer.integer(size);
  }
}

/** Writes values into a packet of at most the packet size. */
class PayloadWriter {
  readonly #max: number;
  #bytes: Uint8Array = allocate(1024);
  #at = 4;

  constructor(magic: number, max: number) {
    this.#max = max;
    this.#bytes[0] = magic >> 8;
    this.#bytes[1] = magic;
  }

  byte(value: number): void {
    this.#make(1);
    this.#bytes[this.#at++] = value;
  }

  integer(value: number): void {
    this.#make(2);
    this.#bytes[this.#at++] = value >> 8;
    this.#bytes[this.#at++] = value;
  }

  /** A string, the null string for undefined; `lines`: it may hold line ends. */
  string(text: string | undefined, lines = false): void {
    if (text === undefined) {
      this.integer(0xffff);
      return;
    }
    this.#make(text.length + 3);
    const bytes = this.#bytes;
    const from = this.#at + 2;
    bytes[this.#at] = text.length >> 8;
    bytes[this.#at + 1] = text.length;
    const end = writeLatin1(bytes, text, from);
    for (let index = from; index < end; index++) {
      const byte = bytes[index] as number;
      if (byte < 14 && (byte === 0 || (!lines && (byte === 10 || byte === 13))))
        throw refuse('a value holds NUL or a line end');
    }
    bytes[end] = 0;
    this.#at = end + 1;
  }

  attribute(code: Attribute, value: string | undefined, lines = false): void {
    if (value === undefined) return;
    this.byte(code);
    this.string(value, lines);
  }

  /** The packet, complete. */
  packet(): Uint8Array {
    this.#bytes[2] = (this.#at - 4) >> 8;
    this.#bytes[3] = this.#at - 4;
    return this.#bytes.subarray(0, this.#at);
  }

  /** Makes room for `size` bytes. */
  #make(size: number): void {
    const end = this.#at + size;
    if (end <= this.#bytes.length && end <= this.#max) return;
    if (end > this.#max)
      throw new ProtocolError(
        'ERR_AJP13_TOO_LARGE',
        `the head of the request does not fit into a packet of ${this.#max} bytes`,
        { blame: 'local', statusHint: TOO_LARGE },
      );
    const larger = allocate(Math.max(end, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('ERR_AJP13_COMMAND', message, {
    blame: 'local',
    statusHint: BAD_REQUEST,
  });
}
