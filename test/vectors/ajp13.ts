// What nobody should send to either side of AJP/1.3, with the right answer (protocols/ajp13, "Malformed input").
import { bytesOf, container, integer, string, webServer } from 'ajp13-protocol/testing';
import { hex } from './bytes.ts';

/** Where in a conversation bytes arrive. */
export type ContainerPlace =
  | /** Nothing is in progress. */ 'idle'
  | /** POST with Content-Length 5; its first packet is on its way. */ 'first'
  | /** Two bytes of these five came; no more was asked for. */ 'unasked'
  | /** Body of unknown length was asked for. */ 'asked'
  | /** A request without body is being answered. */ 'answering';

/** Where in a conversation bytes arrive. */
export type WebServerPlace =
  | /** Nothing is in progress. */ 'idle'
  | /** A GET was sent. */ 'head'
  | /** The head of its answer came. */ 'body'
  | /** A request whose body was sent to its end. */ 'ended';

/** Bytes that are refused. */
export interface Ajp13MalformedVector<Place> {
  /** The row of the table. */
  readonly row: number;
  readonly name: string;
  readonly place: Place;
  readonly bytes: Uint8Array;
  readonly code: string;
  /** The status to answer with; undefined: the connection is just closed. */
  readonly status: number | undefined;
}

type Forward = Parameters<typeof webServer.forward>[0];
type Bad = readonly [row: number, name: string, bytes: Uint8Array, code: string];

const CONTENT_LENGTH = 0xa008;
const CHUNKED = ['Transfer-Encoding', 'chunked'] as const;
/** The values where `Number()` and `parseInt()` see a number. */
const NO_LENGTHS = ['', ' 5', '5 ', '+5', '-1', '5e0', '0x5', '5,5', '5.0', '9007199254740992'];

const forward = (row: number, name: string, given: Forward, code = 'ERR_AJP13_FORWARD'): Bad => [
  row,
  name,
  webServer.forward(given),
  code,
];

/** A good Forward Request: its payload, to be cut. */
const GOOD = webServer
  .forward({ headers: [[0xa00b, 'localhost']], attributes: [5, string('q=1')] })
  .subarray(4);

const CLOSED: readonly (readonly [...Bad, place?: ContainerPlace])[] = [
  [1, 'a container talking to a container', container.cpong(), 'ERR_AJP13_MAGIC'],
  [1, 'HTTP', bytesOf('GET / HTTP/1.1\r\n\r\n'), 'ERR_AJP13_MAGIC'],
  [1, 'TLS', hex('16 03 01 02 00'), 'ERR_AJP13_MAGIC'],
  [1, 'magic that is half right', hex('12 35 00 01 0a'), 'ERR_AJP13_MAGIC'],
  [2, 'a payload of one byte too much', hex('12 34 1f fd'), 'ERR_AJP13_PACKET_SIZE'],
  [2, 'a payload of 65535 bytes', hex('12 34 ff ff'), 'ERR_AJP13_PACKET_SIZE'],
  [3, 'SHUTDOWN', webServer.packet(7), 'ERR_AJP13_SHUTDOWN'],
  ...[1, 3, 4, 5, 6, 8, 9, 11, 0x10, 0xff].map(
    (type): Bad => [3, `type ${type}`, webServer.packet(type), 'ERR_AJP13_PACKET_TYPE'],
  ),
  [3, 'CPing with more behind it', webServer.packet(10, 0), 'ERR_AJP13_PACKET_TYPE'],
  [3, 'body without a request', webServer.data('abc'), 'ERR_AJP13_PACKET_TYPE'],
  [16, 'an inner length too large', webServer.packet(0, 4, 'abc'), 'ERR_AJP13_DATA', 'first'],
  [16, 'an inner length too small', webServer.packet(0, 2, 'abc'), 'ERR_AJP13_DATA', 'first'],
  [16, 'half an inner length', webServer.packet(0), 'ERR_AJP13_DATA', 'first'],
  [17, 'six bytes of five', webServer.data('abcdef'), 'ERR_AJP13_DATA', 'first'],
  [16, 'an inner length too large', webServer.packet(0, 4, 'abc'), 'ERR_AJP13_DATA', 'asked'],
  [19, 'the next request', webServer.forward(), 'ERR_AJP13_UNEXPECTED', 'answering'],
  [19, 'the next request', webServer.forward(), 'ERR_AJP13_UNEXPECTED', 'unasked'],
  [19, 'the next request', webServer.forward(), 'ERR_AJP13_DATA', 'first'],
  [19, 'body that was not asked for', webServer.data('c'), 'ERR_AJP13_UNEXPECTED', 'unasked'],
  [19, 'body of a request without', webServer.data('c'), 'ERR_AJP13_UNEXPECTED', 'answering'],
  [19, 'CPing before the answer', webServer.cping(), 'ERR_AJP13_UNEXPECTED', 'answering'],
];

const BAD_REQUESTS: readonly Bad[] = [
  // Each cut has a length that fits: some string, count or terminator does not.
  ...Array.from({ length: GOOD.length - 1 }, (_, at): Bad => {
    const bytes = webServer.packet(GOOD.subarray(0, at + 1));
    return [4, `cut behind byte ${at}`, bytes, 'ERR_AJP13_FORWARD'];
  }),
  forward(4, 'an attribute that goes on behind the end', { attributes: [5, 0, 9, 'q'], end: [] }),
  forward(4, 'a string of 65534 bytes', { attributes: [5, 0xff, 0xfe, 'q'] }),
  forward(5, 'a string that does not end with NUL', { attributes: [5, 0, 1, 'qq'] }),
  forward(5, 'a header that does not end with NUL', {
    count: 1,
    attributes: [string('a'), integer(1), 'bb'],
  }),
  ...[0, 28, 254].map((method) => forward(6, `method ${method}`, { method }, 'ERR_AJP13_METHOD')),
  forward(7, 'no stored method', { method: 255 }, 'ERR_AJP13_METHOD'),
  forward(7, 'a stored method of two words', { method: 'GET /' }, 'ERR_AJP13_METHOD'),
  forward(7, 'an empty stored method', { method: '' }, 'ERR_AJP13_METHOD'),
  forward(
    7,
    'a null stored method',
    { method: 255, attributes: [13, 255, 255] },
    'ERR_AJP13_METHOD',
  ),
  ...[0xa000, 0xa00f, 0xa0ff].map((code) =>
    forward(8, `header ${code.toString(16)}`, { headers: [[code, 'x']] }, 'ERR_AJP13_HEADER'),
  ),
  forward(9, 'one header more than there is', { count: 1 }),
  forward(9, 'one header less than there is', { count: 0, headers: [[0xa00b, 'x']] }),
  forward(9, '65535 headers', { count: 65535 }, 'ERR_AJP13_HEADER'),
  forward(10, 'no end', { end: [] }),
  forward(10, 'bytes behind the end', { end: [255, 255] }),
  ...[0, 14, 0x10, 0x80, 0xfe].map((code) =>
    forward(11, `attribute ${code}`, { attributes: [code, string('x')] }),
  ),
  ...NO_LENGTHS.map((value) =>
    forward(
      12,
      `Content-Length ${JSON.stringify(value)}`,
      { headers: [[CONTENT_LENGTH, value]] },
      'ERR_AJP13_CONTENT_LENGTH',
    ),
  ),
  ...[
    [CONTENT_LENGTH, CONTENT_LENGTH],
    [CONTENT_LENGTH, 'Content-length'],
    ['CONTENT-LENGTH', 'content-length'],
  ].map((names) =>
    forward(
      12,
      `Content-Length twice: ${names}`,
      { headers: names.map((name) => [name, '5'] as const) },
      'ERR_AJP13_CONTENT_LENGTH',
    ),
  ),
  ...[
    [[CONTENT_LENGTH, '5'], CHUNKED] as const,
    [CHUNKED, ['Content-Length', '0']] as const,
    [CHUNKED, CHUNKED] as const,
  ].map((headers, at) =>
    forward(13, `two kinds of length (${at})`, { headers }, 'ERR_AJP13_CONTENT_LENGTH'),
  ),
  ...['', 'Chunked', 'chunked ', 'gzip, chunked', 'identity', 'xchunked', 'chunked, chunked'].map(
    (value) =>
      forward(
        13,
        `Transfer-Encoding ${JSON.stringify(value)}`,
        { headers: [['transfer-encoding', value]] },
        'ERR_AJP13_CONTENT_LENGTH',
      ),
  ),
  forward(15, 'no protocol', { protocol: undefined }),
  forward(15, 'an empty protocol', { protocol: '' }),
  forward(15, 'no path', { uri: undefined }, 'ERR_AJP13_URI'),
  ...['', 'a', 'http://localhost/', '**', '?q'].map((uri) =>
    forward(20, `path ${JSON.stringify(uri)}`, { uri }, 'ERR_AJP13_URI'),
  ),
  ...['/\0', '/\r', '/\n', `/${'a'.repeat(100)}\r`, `/${'a'.repeat(100)}\n`].map((uri) =>
    forward(20, `path ${JSON.stringify(uri)}`, { uri }),
  ),
  ...['', undefined, 'a b', 'a:', 'a\0', '\u00e9', 'a\n'].map((name) =>
    forward(
      21,
      `header name ${JSON.stringify(name)}`,
      { headers: [[name, 'x']] },
      'ERR_AJP13_HEADER',
    ),
  ),
  ...['\r', '\n', 'a\0b', `${'a'.repeat(100)}\0`].map((value) =>
    forward(21, `header value ${JSON.stringify(value)}`, { headers: [['a', value]] }),
  ),
  // Not in the table: two readers would see two requests, or a value that cannot be one.
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((code) => {
    const value = [code, string('x')];
    return forward(11, `attribute ${code} twice`, { attributes: [value, value] });
  }),
  forward(11, 'two key sizes', { attributes: [0x0b, 1, 0, 0x0b, string('256')] }),
  forward(11, 'two stored methods', {
    method: 255,
    attributes: [0x0d, string('PATCH'), 0x0d, string('PATCH')],
  }),
  forward(11, 'a key size in words', { attributes: [0x0b, string('two')] }),
  forward(11, 'a request attribute without a name', {
    attributes: [10, string(undefined), 0, 0, 0],
  }),
  forward(21, 'a user of two lines', { attributes: [3, string('a\nb')] }),
];

/** What a container refuses. */
export const TO_CONTAINER: readonly Ajp13MalformedVector<ContainerPlace>[] = [
  ...CLOSED.map(([row, name, bytes, code, place = 'idle']) => ({
    ...{ row, name, bytes, code, place },
    status: undefined,
  })),
  ...BAD_REQUESTS.map(([row, name, bytes, code]) => ({
    ...{ row, name, bytes, code, status: 400 },
    place: 'idle' as const,
  })),
];

const WRONG: readonly (readonly [...Bad, place?: WebServerPlace])[] = [
  [22, 'a web server talking to a web server', webServer.cping(), 'ERR_AJP13_MAGIC'],
  [22, 'HTTP', bytesOf('HTTP/1.1 400 Bad Request\r\n\r\n'), 'ERR_AJP13_MAGIC'],
  [22, 'a packet above the limit', hex('41 42 1f fd'), 'ERR_AJP13_PACKET_SIZE'],
  [22, 'an empty packet', container.packet(), 'ERR_AJP13_PACKET_TYPE'],
  ...[0, 1, 2, 7, 8, 10, 0xff].map(
    (type): Bad => [22, `type ${type}`, container.packet(type, 0, 0), 'ERR_AJP13_PACKET_TYPE'],
  ),
  [22, 'CPong that nobody asked for', container.cpong(), 'ERR_AJP13_UNEXPECTED'],
  [22, 'CPong without a request', container.cpong(), 'ERR_AJP13_UNEXPECTED', 'idle'],
  [22, 'CPong with more behind it', container.packet(9, 0), 'ERR_AJP13_RESPONSE'],
  [
    23,
    'a body longer than its packet',
    container.packet(3, 0, 3, 'hi'),
    'ERR_AJP13_RESPONSE',
    'body',
  ],
  [23, 'a body packet without a length', container.packet(3, 0), 'ERR_AJP13_RESPONSE', 'body'],
  [23, 'a body before the head', container.chunk('hi'), 'ERR_AJP13_RESPONSE'],
  [23, 'a body without a request', container.chunk('hi'), 'ERR_AJP13_UNEXPECTED', 'idle'],
  [23, 'a flush without a request', container.chunk(''), 'ERR_AJP13_UNEXPECTED', 'idle'],
  ...[0, 99, 600, 65535].map(
    (status): Bad => [24, `status ${status}`, container.head(status, 'X'), 'ERR_AJP13_RESPONSE'],
  ),
  [24, 'a second head', container.head(200, 'OK'), 'ERR_AJP13_RESPONSE', 'body'],
  [24, 'a head without a request', container.head(200, 'OK'), 'ERR_AJP13_UNEXPECTED', 'idle'],
  ...[undefined, '', 'a b', 'a\r', 0xa000, 0xa00c].map(
    (name): Bad => [
      25,
      `header name ${JSON.stringify(name)}`,
      container.head(200, 'OK', [[name, 'x']]),
      'ERR_AJP13_RESPONSE',
    ],
  ),
  ...['\r', '\n', '\0'].map(
    (value): Bad => [
      25,
      `header value ${JSON.stringify(value)}`,
      container.head(200, 'OK', [['a', value]]),
      'ERR_AJP13_RESPONSE',
    ],
  ),
  [25, 'a reason of two lines', container.head(200, 'O\r\nK'), 'ERR_AJP13_RESPONSE'],
  [25, 'fewer headers', container.packet(4, 0, 200, 0, 0, 0, 0, 1), 'ERR_AJP13_RESPONSE'],
  [
    25,
    'a head with more behind it',
    container.packet(4, 0, 200, 0, 0, 0, 0, 0, 0),
    'ERR_AJP13_RESPONSE',
  ],
  [27, 'more body is wanted after its end', container.getBody(1), 'ERR_AJP13_UNEXPECTED', 'ended'],
  [27, 'body is wanted without a request', container.getBody(1), 'ERR_AJP13_UNEXPECTED', 'idle'],
  [27, 'body is wanted without a size', container.packet(6, 1), 'ERR_AJP13_RESPONSE'],
  [28, 'an end without a head', container.end(true), 'ERR_AJP13_RESPONSE'],
  [28, 'an end without a request', container.end(true), 'ERR_AJP13_UNEXPECTED', 'idle'],
  [28, 'an end without a flag', container.packet(5), 'ERR_AJP13_RESPONSE', 'body'],
];

/** What a web server refuses. */
export const TO_WEB_SERVER: readonly Ajp13MalformedVector<WebServerPlace>[] = WRONG.map(
  ([row, name, bytes, code, place = 'head']) => ({ row, name, bytes, code, place, status: 502 }),
);
