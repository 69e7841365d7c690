// FastCGI conversations byte for byte: requests that are right, with what they mean, and bytes that are wrong.
import {
  answer,
  beginRequest,
  endRequest,
  pairs,
  record,
  request,
  stream,
} from 'fastcgi-protocol/testing';
import { join, latin1 } from './bytes.ts';

const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const DATA = 8;

/** A request that is right. */
export interface FastcgiRequestVector {
  /** What it shows. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Name, value, name, value … */
  readonly variables: readonly string[];
  readonly contentLength: number | undefined;
  readonly body: string;
}

const GET = ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/a'];
const POST = ['CONTENT_LENGTH', '5', 'REQUEST_METHOD', 'POST'];
const LONG = ['HTTP_X', 'v'.repeat(300)];

/** PARAMS cut into records of `most` bytes of content. */
function inRecordsOf(most: number, variables: readonly string[], body = ''): Uint8Array {
  const params = stream(PARAMS, 1, pairs(variables), most);
  return join([beginRequest(), params, stream(STDIN, 1, body, most)]);
}

export const REQUESTS: readonly FastcgiRequestVector[] = [
  right('a GET', request({ variables: GET }), GET, undefined),
  right('a POST', request({ variables: POST, stdin: 'a=b&c' }), POST, 5, 'a=b&c'),
  right('no variables at all', request({ variables: [] }), [], undefined),
  right('records of one byte', inRecordsOf(1, POST, 'a=b&c'), POST, 5, 'a=b&c'),
  right('pairs over two records', inRecordsOf(13, GET), GET, undefined),
  right('a length over two records', inRecordsOf(9, LONG), LONG, undefined),
  ...['', '-1'].map((length) => {
    const variables = ['CONTENT_LENGTH', length];
    const bytes = request({ variables, stdin: 'hello' });
    return right(`CONTENT_LENGTH "${length}" and a body`, bytes, variables, undefined, 'hello');
  }),
  right(
    'CONTENT_LENGTH twice, the same',
    request({ variables: [...POST, ...POST], stdin: 'a=b&c' }),
    [...POST, ...POST],
    5,
    'a=b&c',
  ),
  right(
    'a variable for each line of a header, as HAProxy sends it',
    request({ variables: ['HTTP_ACCEPT', 'a', 'HTTP_ACCEPT', 'b', ...GET] }),
    ['HTTP_ACCEPT', 'a', 'HTTP_ACCEPT', 'b', ...GET],
    undefined,
  ),
  right(
    'lengths of four bytes that could have one',
    join([beginRequest(), stream(PARAMS, 1, pairs(GET, true)), record(STDIN, 1)]),
    GET,
    undefined,
  ),
  right(
    'row 7: names of no bytes, which are dropped',
    request({ variables: ['', 'x', ...GET, '', ''] }),
    GET,
    undefined,
  ),
  right(
    'row 8: names that objects have by birth, NUL, "=" and bytes above 0x7f',
    request({ variables: ['__proto__', 'x', 'a\0=', '\n', '\u00e9', '\u00ff'] }),
    ['__proto__', 'x', 'a\0=', '\n', '\u00e9', '\u00ff'],
    undefined,
  ),
];

/** Bytes that are refused at their last byte, whatever follows. */
export interface FastcgiMalformedVector {
  /** The row of the reference's table of malformed input. */
  readonly name: string;
  /** Who refuses them; a web server has begun request 1. */
  readonly by: 'application' | 'web server';
  readonly bytes: Uint8Array;
  readonly code: string;
  /** Undefined: the connection is just closed. */
  readonly statusHint: number | undefined;
  /** The request that can be answered. */
  readonly failedId: number | undefined;
}

const START = beginRequest();
const BEGUN = join([START, stream(PARAMS, 1, pairs(POST))]);
const READ = request({ variables: POST, stdin: 'a=b&c' });
/** The header alone: what is wrong is refused before its content comes. */
const header = (bytes: Uint8Array) => bytes.subarray(0, 8);
const params = (block: string) => join([START, stream(PARAMS, 1, block)]);

export const MALFORMED: readonly FastcgiMalformedVector[] = [
  ...wrong('application', 'ERR_FASTCGI_VERSION', undefined, [
    ...[0, 2, 0x47, 0x37, 0x12, 0x16].map(
      (version) =>
        [`row 1: version ${version}`, record(1, 1, '', { version }).subarray(0, 1)] as const,
    ),
    ['row 1: version 2 behind a record', join([START, new Uint8Array([2])])],
  ]),
  ...wrong('application', 'ERR_FASTCGI_ID', undefined, [
    ['row 2: BEGIN_REQUEST with id 0', header(beginRequest(0))],
    ...[2, 3, PARAMS, STDIN, STDOUT, STDERR, DATA].map(
      (type) => [`type ${type} with id 0`, header(record(type, 0))] as const,
    ),
  ]),
  ...wrong(
    'application',
    'ERR_FASTCGI_LENGTH',
    undefined,
    [0, 7, 9, 16].map((size) => [
      `row 3: BEGIN_REQUEST of ${size} bytes`,
      header(record(1, 1, '\0'.repeat(size))),
    ]),
  ),
  ...wrong('application', 'ERR_FASTCGI_STATE', undefined, [
    ['row 5: BEGIN_REQUEST of an active id', join([START, header(START)])],
    ['row 5: BEGIN_REQUEST of an active id, later', join([READ, header(START)])],
    ['row 11: PARAMS after their end', join([BEGUN, header(record(PARAMS, 1, 'x'))])],
    ['row 11: a second end of PARAMS', join([BEGUN, record(PARAMS, 1)])],
    ['STDIN before the end of PARAMS', join([START, header(record(STDIN, 1, 'x'))])],
    ['the end of STDIN before that of PARAMS', join([START, record(STDIN, 1)])],
    ['STDIN behind its end', join([READ, header(record(STDIN, 1, 'x'))])],
    ['DATA for a Responder', join([READ, header(record(DATA, 1, 'x'))])],
    ['STDOUT from a web server', join([BEGUN, header(record(STDOUT, 1, 'x'))])],
    ['END_REQUEST from a web server', join([BEGUN, header(endRequest())])],
  ]),
  ...wrong('application', 'ERR_FASTCGI_PAIRS', 400, [
    ['row 6: a name longer than the rest', params('\x05\0abcd')],
    ['row 6: a value longer than the rest', params('\x01\x02ab')],
    ['row 6: one pair right, one too long', params(`${pairs(GET)}\x01\x01a`)],
    ['row 6: no length of a value', params('\x01')],
    ['row 6: a length of a name cut', params('\x80\0\0')],
    ['row 6: a length of a value cut', params('\x01\x80\0\0')],
    ['row 6: only a long length of a name', params('\x80\0\0\x01')],
    ['row 6: two lengths of 2^31-1', params(`${'\xff\xff\xff\xff'.repeat(2)}abc`)],
    ['row 6: a name of 2^31-1 and a value of 1', params('\xff\xff\xff\xff\x01abc')],
    ['row 6: lengths with a sum of 2^32-6', params('\xff\xff\xff\xfd\xff\xff\xff\xfdabc')],
    ['row 6: a name of 33554431', params('\x81\xff\xff\xff\0abc')],
  ]),
  ...wrong('application', 'ERR_FASTCGI_PAIRS', undefined, [
    ['a value longer than the rest of GET_VALUES', record(9, 0, '\x01\x02ab', { padding: 0 })],
  ]),
  ...wrong('application', 'ERR_FASTCGI_CONTRADICTION', 400, [
    ...['CONTENT_LENGTH', 'REQUEST_METHOD', 'SCRIPT_FILENAME'].map(
      (name) => [`row 10: two ${name}`, params(pairs([name, '5', name, '6']))] as const,
    ),
    ['row 10: two spellings of one length', params(pairs([...POST, 'CONTENT_LENGTH', '05']))],
    ['row 10: a length and none', params(pairs([...POST, 'CONTENT_LENGTH', '']))],
  ]),
  ...wrong(
    'application',
    'ERR_FASTCGI_CONTENT_LENGTH',
    400,
    ['abc', '-2', '-0', '+5', '1e3', '5 ', ' 5', '0x5', '5.0', '9007199254740992', '\u00b2'].map(
      (value) => [
        `row 13: CONTENT_LENGTH ${JSON.stringify(value)}`,
        params(pairs(['CONTENT_LENGTH', value])),
      ],
    ),
  ),
  ...wrong('application', 'ERR_FASTCGI_PARAMS_TOO_LARGE', 431, [
    [
      'row 9: 262145 bytes of parameters',
      join([
        START,
        ...Array.from({ length: 4 }, () => record(PARAMS, 1, '\0'.repeat(65_528))),
        header(record(PARAMS, 1, '\0'.repeat(33))),
      ]),
    ],
    ['1001 variables', params(pairs(Array.from({ length: 2002 }, () => 'a')))],
  ]),
  ...wrong('web server', 'ERR_FASTCGI_VERSION', 502, [
    ['row 1: version 0', new Uint8Array([0])],
    ['row 1: version 2', record(STDOUT, 1, '', { version: 2 }).subarray(0, 1)],
  ]),
  ...wrong('web server', 'ERR_FASTCGI_ID', 502, [
    ['STDOUT with id 0', header(record(STDOUT, 0, 'x'))],
    ['END_REQUEST with id 0', header(endRequest(0))],
  ]),
  ...wrong('web server', 'ERR_FASTCGI_LENGTH', 502, [
    ['END_REQUEST of 7 bytes', header(record(3, 1, '\0'.repeat(7)))],
    ['END_REQUEST of no bytes', record(3, 1)],
    ['UNKNOWN_TYPE of 9 bytes', header(record(11, 0, '\0'.repeat(9)))],
  ]),
  ...wrong('web server', 'ERR_FASTCGI_STATE', 502, [
    ['STDOUT behind its end', join([record(STDOUT, 1), header(record(STDOUT, 1, 'x'))])],
    ['STDIN from an application', header(record(STDIN, 1, 'x'))],
    ['BEGIN_REQUEST from an application', header(START)],
    ['row 20: STDOUT with nothing active', join([answer({ stdout: '' }), record(STDOUT, 1)])],
    ['row 20: of another id', join([answer({ stdout: '' }), record(STDOUT, 7)])],
    ['row 20: END_REQUEST twice', join([answer({ stdout: '' }), header(endRequest())])],
    ['row 20: management that nobody asked for', join([endRequest(), record(10, 0)])],
  ]),
  ...wrong('web server', 'ERR_FASTCGI_PAIRS', 502, [
    ['a value longer than the rest of its record', record(10, 0, '\x01\x02ab', { padding: 0 })],
  ]),
];

function right(
  name: string,
  bytes: Uint8Array,
  variables: readonly string[],
  contentLength: number | undefined,
  body = '',
): FastcgiRequestVector {
  return { name, bytes, variables, contentLength, body };
}

function wrong(
  by: 'application' | 'web server',
  code: string,
  statusHint: number | undefined,
  rows: readonly (readonly [name: string, bytes: Uint8Array])[],
): FastcgiMalformedVector[] {
  const failedId = by === 'application' && statusHint !== undefined ? 1 : undefined;
  return rows.map(([name, bytes]) => ({ name, by, bytes, code, statusHint, failedId }));
}

/** Something that a fresh codec of either side would answer. */
export const AFTERWARDS = [READ, answer({ stdout: 'x' }), latin1('\x01')];
