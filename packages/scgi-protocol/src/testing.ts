/**
 * A kit for tests of an SCGI implementation, this one or another: requests byte for byte with what they
 * mean, builders for the peer's side of a conversation, and tools to cut bytes with.
 *
 * @packageDocumentation
 */
import { toLatin1 } from '@sluice/protocol';

export { everySplit, joinChunks, readAll } from '@sluice/protocol/testing';

/** A request that is right, and what it means. */
export interface ScgiVector {
  /** What it shows. */
  readonly name: string;
  /** The section of the protocol text that it comes from. */
  readonly section: string;
  /** All of the request. */
  readonly bytes: Uint8Array;
  /** Name, value, name, value … */
  readonly variables: readonly string[];
  /** One character for each byte. */
  readonly body: string;
}

/** Golden vectors: requests that show the wire format. */
export const VECTORS: readonly ScgiVector[] = [
  {
    name: 'the example of the text',
    section: 'Example',
    bytes: bytesOf(
      '70:CONTENT_LENGTH\x0027\0SCGI\x001\0REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0,What is the answer to life?',
    ),
    variables: [
      ...['CONTENT_LENGTH', '27', 'SCGI', '1', 'REQUEST_METHOD', 'POST'],
      ...['REQUEST_URI', '/deepthought'],
    ],
    body: 'What is the answer to life?',
  },
  {
    name: 'no body, and an empty value',
    section: 'Protocol, "headers"',
    bytes: bytesOf('57:CONTENT_LENGTH\x000\0SCGI\x001\0REQUEST_METHOD\0GET\0QUERY_STRING\0\0,'),
    variables: [
      ...['CONTENT_LENGTH', '0', 'SCGI', '1', 'REQUEST_METHOD', 'GET'],
      ...['QUERY_STRING', ''],
    ],
    body: '',
  },
  {
    name: 'a value of bytes above 0x7f, one character for each',
    section: 'Protocol, "headers"; PEP 3333, "Unicode Issues"',
    bytes: bytesOf(
      '55:CONTENT_LENGTH\x002\0SCGI\x001\0REQUEST_METHOD\0PUT\0HTTP_X_A\0\xc3\xa9\0,hi',
    ),
    variables: [
      ...['CONTENT_LENGTH', '2', 'SCGI', '1', 'REQUEST_METHOD', 'PUT'],
      ...['HTTP_X_A', '\u00c3\u00a9'],
    ],
    body: 'hi',
  },
  {
    name: 'REQUEST_URI alone, as nginx sends it',
    section: 'Protocol, "headers"',
    bytes: bytesOf('57:CONTENT_LENGTH\x000\0SCGI\x001\0REQUEST_METHOD\0GET\0REQUEST_URI\0/\0,'),
    variables: [
      ...['CONTENT_LENGTH', '0', 'SCGI', '1', 'REQUEST_METHOD', 'GET'],
      ...['REQUEST_URI', '/'],
    ],
    body: '',
  },
  {
    name: 'nothing but the two headers that must be there',
    section: 'Protocol, "headers"',
    bytes: bytesOf('24:CONTENT_LENGTH\x000\0SCGI\x001\0,'),
    variables: ['CONTENT_LENGTH', '0', 'SCGI', '1'],
    body: '',
  },
];

/** A header block of name, value, name, value …, every item ended by NUL. Nothing is checked: it can be wrong on purpose. */
export function block(...items: string[]): string {
  return items.map((item) => `${item}\0`).join('');
}

/** A text behind its length and before its comma, one character for each byte. */
export function netstring(text: string): string {
  return `${text.length}:${text},`;
}

/** What a web server sends: CONTENT_LENGTH and SCGI first, then the other headers, then the body. */
export function request(variables: readonly string[], body = ''): Uint8Array {
  const headers = block('CONTENT_LENGTH', `${body.length}`, 'SCGI', '1', ...variables);
  return bytesOf(netstring(headers) + body);
}

/** What a server answers: a CGI response, which ends where the connection does. */
export function response(
  status = '200 OK',
  headers: readonly (readonly [name: string, value: string])[] = [],
  body = '',
): Uint8Array {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return bytesOf(`Status: ${status}\r\n${lines.join('')}\r\n${body}`);
}

/** Memory of its own, and no Buffer, so that it compares equal to what others make. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(toLatin1(text));
}
