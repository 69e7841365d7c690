// What is fuzzed of FastCGI: the codec of each side and the reader of records, and where their inputs come from.
import {
  ERROR_CODES,
  FastcgiClientCodec,
  FastcgiServerCodec,
  RecordReader,
  Role,
} from 'fastcgi-protocol';
import { answer, beginRequest, pairs, record, request, VECTORS } from 'fastcgi-protocol/testing';
import { join, latin1, text } from '../vectors/bytes.ts';
import { MALFORMED, REQUESTS } from '../vectors/fastcgi.ts';
import type { Case, Subject } from './fuzzer.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { type Told, UncutReader } from './readers-fastcgi.ts';

const SHORT = 2000; // bytes of an input, so that twenty thousand of them are read in seconds
const vectors = (by: 'application' | 'web server') => [
  ...VECTORS.filter(({ from }) => from !== by).map((vector) => vector.bytes),
  ...MALFORMED.filter((vector) => vector.by === by).map((vector) => vector.bytes),
];
const short = (list: readonly Uint8Array[]) => list.filter(({ length }) => length < SHORT);
const FOR_APPLICATION = short([
  ...vectors('application'),
  ...REQUESTS.map((vector) => vector.bytes),
  request({ variables: ['CONTENT_LENGTH', '5'], stdin: 'hello' }),
  request({ role: Role.FILTER, stdin: 'in', data: 'file' }),
  join([request({ id: 1, flags: 1 }), request({ id: 2, flags: 1 })]),
]);
const FOR_WEB_SERVER = short([
  ...vectors('web server'),
  answer({ stdout: 'Status: 200 OK\r\n\r\nhi', stderr: 'oops', appStatus: 1 }),
  answer({ id: 2, stdout: '' }),
]);

const BLOCKS = [
  ...[
    ['CONTENT_LENGTH', '3'],
    ['CONTENT_LENGTH', ''],
    ['REQUEST_METHOD', 'GET'],
    ['', 'x'],
  ],
  ...[
    ['FCGI_MPXS_CONNS', ''],
    ['SCRIPT_FILENAME', '/a'],
    ['A', 'b', 'C', 'd'.repeat(130)],
  ],
].map((list) => latin1(pairs(list)));
const PIECES = [...BLOCKS, ...['\0', '\x80\0\0\x01', '\xff\xff\xff\xff', '\x01\x01'].map(latin1)];
const FIXED = ['\0\x01\0\0\0\0\0\0', '\0\x01\x01\0\0\0\0\0', '\0\x03\0\0\0\0\0\0'].map(latin1);

/** A record that fits its place more often than not: few ids, every type, content of the right kind. */
function anyRecord(random: Random, types: readonly number[]): Uint8Array {
  const type = random.once(12) ? random.below(256) : random.pick(types);
  const id = random.once(15) ? random.below(3) * 32_768 : type >= 9 ? 0 : 1 + random.below(2);
  const padding = random.once(3) ? random.below(256) : 0;
  const version = random.once(60) ? random.below(256) : 1;
  return record(type, id, contentOf(random, type), { padding, version });
}

function contentOf(random: Random, type: number): Uint8Array {
  if (random.once(10)) return random.bytes(random.below(20));
  switch (type) {
    case 1:
    case 3:
    case 11:
      return random.pick(FIXED);
    case 4:
    case 9:
    case 10:
      if (random.once(2)) return latin1('');
      return random.once(3) ? mutate(random, random.pick(BLOCKS), PIECES) : random.pick(BLOCKS);
    default:
      return random.bytes(random.below(8));
  }
}

function input(random: Random, whole: readonly Uint8Array[], types: readonly number[]): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(80));
    case 1: {
      const bytes = random.pick(whole);
      return bytes.subarray(0, random.below(bytes.length + 1));
    }
    case 2:
      return mutate(random, random.pick(whole), PIECES);
    case 3:
      return join([random.pick(whole), random.pick(whole)]);
    default: {
      const start = random.once(3) ? [] : [random.pick(whole)];
      const records = Array.from({ length: random.below(8) }, () => anyRecord(random, types));
      return join([...start, ...records]);
    }
  }
}

const BY_WEB_SERVER = [1, 1, 2, 4, 4, 5, 5, 5, 8, 9];
const BY_APPLICATION = [3, 6, 6, 6, 7, 7, 10, 11];

function openClient(): FastcgiClientCodec {
  const codec = new FastcgiClientCodec();
  for (const id of [1, 2]) codec.encode({ type: 'request', id, keep: true, variables: [] });
  codec.encode({ type: 'get-values', names: [] });
  return codec;
}

/** Any text as a request: what one side writes is read back by the other as it was, or it is refused. */
function writeAndReadBack(random: Random, bytes: Uint8Array): void {
  const variables = text(bytes).split(random.pick(['\0', '\x01', 'T', '\n', ' ', 'A']));
  if (random.once(20)) variables.push('\u0100', 'x');
  if (random.once(20)) variables.push('B', 'x'.repeat(65_000 + random.below(1000)));
  const id = random.below(70_000);
  const head = new FastcgiClientCodec().encode({ type: 'request', id, keep: false, variables });
  // The names that must not contradict each other are not for this: others are as good.
  if (variables.some((name) => /^(?:CONTENT_LENGTH|REQUEST_METHOD|SCRIPT_FILENAME)$/.test(name)))
    return;
  const [event] = new FastcgiServerCodec({ maxParams: 2 ** 20 }).feed(head);
  if (event?.type !== 'request') throw new Error('a request that cannot be read');
  if (event.id !== id || event.variables.join('\n') !== variables.join('\n'))
    throw new Error('a request that reads differently');
}

function inspect(event: Told & { readonly variables?: readonly string[] }): void {
  if (event.type === 'reply') inspectReply(latin1(event.text as string));
  const { variables = [] } = event;
  if (variables.length % 2) throw new Error('variables that are no pairs');
  if (variables.some((name, at) => at % 2 === 0 && name === '')) throw new Error('an empty name');
}

/** What the protocol demands as an answer is one record of the few types that can be. */
function inspectReply(bytes: Uint8Array): void {
  const [only, ...others] = new RecordReader().feed(bytes);
  if (!only || others.length > 0 || ![3, 10, 11].includes(only.type))
    throw new Error('a reply that is no reply');
}

const LOCAL = 'ERR_FASTCGI_COMMAND';
const BY_APPLICATION_ALONE = ['PARAMS_TOO_LARGE', 'CONTENT_LENGTH', 'CONTRADICTION'];

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'FastcgiServerCodec',
    reaches: Object.keys(ERROR_CODES).filter((code) => code !== LOCAL),
    next(random): Case {
      const options = {
        roles: [Role.RESPONDER, Role.FILTER],
        maxRequests: 2,
        multiplexed: !random.once(4),
        ...(random.once(8) ? { maxParamsBytes: 20, maxParams: 1 } : {}),
      };
      const start = random.once(4) ? beginRequest() : latin1('');
      return {
        bytes: join([start, input(random, FOR_APPLICATION, BY_WEB_SERVER)]),
        open: () => new UncutReader(new FastcgiServerCodec(options)),
      };
    },
    inspect,
  },
  {
    name: 'FastcgiClientCodec',
    reaches: [
      ...Object.keys(ERROR_CODES).filter(
        (code) => code !== LOCAL && !BY_APPLICATION_ALONE.includes(code.slice(12)),
      ),
      ...['probe ok', 'probe ERR_FASTCGI_COMMAND', 'probe ERR_PROTOCOL_LATIN1'],
    ],
    next(random): Case {
      const mixed = input(random, FOR_WEB_SERVER, BY_APPLICATION);
      const ends = [answer({ id: 1, stdout: '' }), answer({ id: 2, stdout: '' })];
      const bytes = random.once(3) ? join([mixed, ...ends]) : mixed;
      return {
        bytes,
        open: () => new UncutReader(openClient()),
        probe: () => writeAndReadBack(random, bytes),
      };
    },
  },
  {
    name: 'RecordReader',
    reaches: ['ERR_FASTCGI_VERSION', 'ERR_FASTCGI_TRUNCATED'],
    next(random): Case {
      const whole = random.once(2) ? FOR_APPLICATION : FOR_WEB_SERVER;
      const bytes = input(random, whole, [...BY_WEB_SERVER, ...BY_APPLICATION]);
      return { bytes, open: () => new UncutReader(new RecordReader()) };
    },
  },
];
