// What is fuzzed: each codec in each role, and where its inputs come from.
import { isToken } from '@sluice/protocol';
import { ERROR_CODES as CGI_CODES, type CgiResponseEvent, CgiResponseReader } from 'cgi-protocol';
import {
  ERROR_CODES as SCGI_CODES,
  ScgiClientCodec,
  type ScgiEvent,
  ScgiServerCodec,
} from 'scgi-protocol';
import { join, latin1, text } from '../vectors/bytes.ts';
import * as cgi from '../vectors/cgi.ts';
import * as scgi from '../vectors/scgi.ts';
import type { Case, Subject } from './fuzzer.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { SUBJECTS as AJP13_SUBJECTS } from './subjects-ajp13.ts';
import { SUBJECTS as FASTCGI_SUBJECTS } from './subjects-fastcgi.ts';
import { SUBJECTS as UWSGI_SUBJECTS } from './subjects-uwsgi.ts';

const NAMES = ['CONTENT_LENGTH', 'SCGI', 'REQUEST_METHOD', '__proto__', 'HTTP_PROXY', 'PATH_INFO'];
const WORDS = [
  ...NAMES.map((name) => latin1(`${name}\0`)),
  ...[
    '0\0',
    '1\0',
    '2\0',
    'GET\0',
    '\0\0',
    '24:',
    ',',
    '0:,',
    '65536:',
    'GET / HTTP/1.1\r\n\r\n',
  ].map(latin1),
];
const BLOCKS = scgi.REQUESTS.map(({ variables }) => latin1(scgi.block(...variables)));
const REQUESTS = [
  ...scgi.REQUESTS.map((vector) => vector.bytes),
  ...scgi.MALFORMED.map((vector) => join([vector.bytes, vector.rest])),
];

function serverInput(random: Random): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(80));
    case 1:
      return join([latin1(`${random.below(120)}:`), random.bytes(random.below(120))]);
    case 2:
      return cutShort(random, random.pick(REQUESTS));
    case 3:
    case 4:
      return mutate(random, random.pick(REQUESTS), WORDS);
    default: {
      // A changed block in a frame that fits: otherwise most changes end at the comma.
      const block = mutate(random, random.pick(BLOCKS), WORDS);
      const size = block.length + (random.once(10) ? random.below(3) - 1 : 0);
      return join([latin1(`${size}:`), block, latin1(','), random.bytes(random.below(40))]);
    }
  }
}

const LINES = [
  ...['Status: 200 OK', 'Status: 404', 'Location: /x', 'Location: http://x/', 'Content-Type: a/b'],
  ...['Content-Length: 3', 'Content-Length: 0', 'Transfer-Encoding: chunked', 'HTTP/1.1 200 OK'],
  ...[
    'Set-Cookie: a=1',
    '__proto__: x',
    'X-CGI-A: b',
    'Connection: close',
    ' folded',
    'Status: 204',
  ],
].map((line) => latin1(`${line}\r\n`));
const PIECES = [...LINES, ...['\n', '\r\n', '\n\n', '\r', '\r\n\r\n', ':', ': '].map(latin1)];
const RESPONSES = [...cgi.RESPONSES, ...cgi.MALFORMED].map((vector) => vector.bytes);

function responseInput(random: Random): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(80));
    case 1:
      return cutShort(random, random.pick(RESPONSES));
    case 2:
    case 3: {
      const lines = Array.from({ length: random.below(6) }, () => random.pick(PIECES));
      return join([...lines, latin1('\r\n'), random.bytes(random.below(20))]);
    }
    default:
      return mutate(random, random.pick(RESPONSES), PIECES);
  }
}

function cutShort(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

/** Any text as a request: what the client codec writes is read back as it was, or it is refused. */
function writeAndReadBack(random: Random, input: Uint8Array): void {
  const items = text(input).split(random.pick(['\0', ':', ',', 'T', '\n', ' ']));
  if (items.length % 2) items.pop();
  if (random.once(20)) items.push('\u0100', 'x');
  const bytes = new ScgiClientCodec().encode({
    type: 'request',
    variables: items,
    contentLength: random.below(5),
  });
  const nameOf = (at: number) => items[at - (at % 2)] as string;
  const methods = items.filter((name, at) => at % 2 === 0 && name === 'REQUEST_METHOD');
  if (methods.length > 1) return; // ours to write, not ours to read
  const kept = items.filter((_, at) => !['CONTENT_LENGTH', 'SCGI'].includes(nameOf(at)));
  if (readBack(bytes) !== kept.join('\0')) throw new Error('a request that reads differently');
}

/** All variables but the two that the codec itself writes. */
function readBack(bytes: Uint8Array): string {
  try {
    const [head] = new ScgiServerCodec().feed(bytes);
    return head?.type === 'request' ? head.variables.slice(4).join('\0') : 'no request';
  } catch (error) {
    throw new Error('a request that cannot be read', { cause: error });
  }
}

function inspectRequest(event: ScgiEvent): void {
  if (event.type !== 'request') return;
  const { variables, contentLength } = event;
  const names = variables.filter((_, at) => at % 2 === 0);
  if (variables.length % 2 || names.includes('') || variables.some((item) => item.includes('\0')))
    throw new Error('variables that are no list of names and values');
  const length = variables[2 * names.indexOf('CONTENT_LENGTH') + 1] ?? '';
  if (!/^[0-9]+$/.test(length) || Number(length) !== contentLength)
    throw new Error('a length other than CONTENT_LENGTH');
}

const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function inspectHead(event: CgiResponseEvent): void {
  if (event.type !== 'head') return;
  const { status, reason, headers } = event;
  if (!(status >= 200 && status <= 599)) throw new Error(`status ${status}`);
  if (NO_VALUE.test(reason)) throw new Error('a control character in the reason');
  for (const [name, value] of headers)
    if (!isToken(name) || NO_VALUE.test(value)) throw new Error('a header that is none');
}

/** Small limits now and then, so that short inputs meet them. */
const SMALL = [16, 24, 40, 64];

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'ScgiServerCodec',
    reaches: Object.keys(SCGI_CODES).filter((code) => code !== 'ERR_SCGI_COMMAND'),
    next(random): Case {
      const limits = random.once(8)
        ? { maxHeaderBytes: random.pick(SMALL), maxHeaders: 1 + random.below(4) }
        : {};
      return { bytes: serverInput(random), open: () => new ScgiServerCodec(limits) };
    },
    inspect: inspectRequest,
  },
  {
    name: 'ScgiClientCodec',
    reaches: ['probe ok', 'probe ERR_SCGI_COMMAND', 'probe ERR_PROTOCOL_LATIN1'],
    next(random): Case {
      const bytes = random.once(2) ? serverInput(random) : responseInput(random);
      return {
        bytes,
        open: () => new ScgiClientCodec(),
        probe: () => writeAndReadBack(random, bytes),
      };
    },
  },
  {
    name: 'CgiResponseReader',
    reaches: Object.keys(CGI_CODES),
    next(random): Case {
      const limit = random.once(8) ? { maxHeadBytes: random.pick(SMALL) } : {};
      const options = { ...limit, head: random.once(8) };
      return { bytes: responseInput(random), open: () => new CgiResponseReader(options) };
    },
    inspect: inspectHead,
  },
  ...AJP13_SUBJECTS,
  ...UWSGI_SUBJECTS,
  ...FASTCGI_SUBJECTS,
];
