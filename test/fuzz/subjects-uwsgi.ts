// What is fuzzed of uwsgi: the codec of each role, and where its inputs come from.
import {
  decodeVars,
  ERROR_CODES,
  encodeVars,
  UwsgiClientCodec,
  type UwsgiEvent,
  UwsgiServerCodec,
} from 'uwsgi-protocol';
import { header, packet, VECTORS, vars } from 'uwsgi-protocol/testing';
import { join, latin1, text } from '../vectors/bytes.ts';
import { MALFORMED } from '../vectors/uwsgi.ts';
import type { Case, Subject } from './fuzzer.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';

const WORDS = [
  ...['REQUEST_METHOD', 'CONTENT_LENGTH', 'HTTP_TRANSFER_ENCODING', 'HTTP_X', 'PATH_INFO'],
  ...['SERVER_PROTOCOL', '__proto__', 'UWSGI_FILE', 'GET', 'POST', '0', '2', '5', 'G(T'],
].map((word) => vars(word));
const PIECES = [
  ...WORDS,
  ...['', '\0', '\n', '/a\0b', 'x\r'].map((word) => vars(word)),
  ...['\xff\xff', '\x01', '\0\0', 'GET / HTTP/1.1\r\n\r\n'].map(latin1),
  header(0, 21),
  header(30, 0xffff),
  header(100, 0),
];
const BLOCKS = [
  ['REQUEST_METHOD', 'GET', 'PATH_INFO', '/', 'CONTENT_LENGTH', ''],
  ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '5', 'HTTP_TRANSFER_ENCODING', 'chunked'],
  ['CONTENT_LENGTH', '2', 'REQUEST_METHOD', 'PUT', 'HTTP_COOKIE', 'a=1', 'HTTP_COOKIE', 'b=2'],
].map((items) => vars(...items));
const PACKETS = [
  ...VECTORS.map((vector) => vector.bytes),
  ...MALFORMED.map((vector) => join([vector.bytes, vector.rest])),
  packet(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '5', 'HTTP_HOST', 'x'], 'hello'),
];
const MODIFIERS = [0, 0, 0, 0, 0, 30, 30, 22, 100, 72];

function serverInput(random: Random): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(80));
    case 1:
      return join([
        header(random.pick(MODIFIERS), random.below(120)),
        random.bytes(random.below(120)),
      ]);
    case 2: {
      const bytes = random.pick(PACKETS);
      return bytes.subarray(0, random.below(bytes.length + 1));
    }
    case 3:
    case 4:
      return mutate(random, random.pick(PACKETS), PIECES);
    case 5: {
      // Names and values of one's own choice: most other changes end at a size that does not fit.
      const items = Array.from({ length: 2 * random.below(6) }, () => random.pick(PIECES));
      return framed(random, join([random.pick(BLOCKS), ...items]));
    }
    default:
      return framed(random, mutate(random, random.pick(BLOCKS), PIECES));
  }
}

/** A block in a packet that fits, nearly always, and something behind it. */
function framed(random: Random, block: Uint8Array): Uint8Array {
  const size = block.length + (random.once(10) ? random.below(3) - 1 : 0);
  return join([header(random.pick(MODIFIERS), size), block, random.bytes(random.below(20))]);
}

/** Any text as a request: what the client codec writes is read back as it was, or it is refused. */
function writeAndReadBack(random: Random, input: Uint8Array): void {
  const items = text(input).split(random.pick(['\0', '\x01', 'T', '\n', ' ', 'H']));
  if (items.length % 2) items.pop();
  if (random.once(20)) items.push('\u0100', 'x');
  if (random.once(20)) items.push('A', 'x'.repeat(65_000 + random.below(1000)));
  const variables = items.map((item) => item.replace(/^(?:REQUEST_|SERVER_|PATH_)/, '_'));
  const command = { type: 'request', contentLength: random.below(5) } as const;
  const method = ['REQUEST_METHOD', 'PUT'];
  const bytes = new UwsgiClientCodec().encode({ ...command, variables: [...method, ...variables] });
  const nameOf = (at: number) => variables[at - (at % 2)] as string;
  const kept = variables.filter((_, at) => !LEFT_OUT.test(nameOf(at)));
  if (readBack(bytes) !== [...method, ...kept].join('\0'))
    throw new Error('a request that reads differently');
  if (text(encodeVars(decodeVars(bytes.subarray(4)))) !== text(bytes.subarray(4)))
    throw new Error('variables that are written differently');
}

/** All variables but the one that the codec itself writes. */
function readBack(bytes: Uint8Array): string {
  try {
    const [head] = new UwsgiServerCodec({ maxVars: 65535 }).feed(bytes);
    return head?.type === 'request' ? head.variables.slice(2).join('\0') : 'no request';
  } catch (error) {
    throw new Error('a request that cannot be read', { cause: error });
  }
}

const LEFT_OUT = /^(?:CONTENT_LENGTH$|HTTP_TRANSFER_ENCODING$|UWSGI_)/;

function inspectEvent(event: UwsgiEvent): void {
  if (event.type === 'reply' && text(event.bytes) !== 'd\0\0\x01')
    throw new Error('a reply that is no pong');
  if (event.type !== 'request') return;
  const { modifier1, variables, contentLength } = event;
  if (modifier1 !== 0 && modifier1 !== 30) throw new Error(`modifier1 ${modifier1} as a request`);
  const names = variables.filter((_, at) => at % 2 === 0);
  if (variables.length % 2 || names.includes('')) throw new Error('variables that are no pairs');
  if (names.includes('HTTP_TRANSFER_ENCODING')) throw new Error('a coding that was undone');
  const length = variables[2 * names.indexOf('CONTENT_LENGTH') + 1] ?? '';
  const isThere = names.includes('CONTENT_LENGTH');
  if (contentLength !== (isThere ? Number(length) : 0) || (isThere && !/^[0-9]*$/.test(length)))
    throw new Error('a length other than CONTENT_LENGTH');
  const lines = variables.filter((_, at) => at % 2 && names[(at - 1) / 2]?.startsWith('HTTP_'));
  if (/[\0\r\n]/.test(lines.join(''))) throw new Error('a header of two lines');
}

const LOCAL = ['ERR_UWSGI_COMMAND', 'ERR_UWSGI_PONG'];
const REMOTE = Object.keys(ERROR_CODES).filter((code) => !LOCAL.includes(code));

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'UwsgiServerCodec',
    reaches: REMOTE,
    next(random): Case {
      const limits = random.once(8)
        ? { maxVarsBytes: random.pick([16, 24, 40, 64]), maxVars: 1 + random.below(4) }
        : {};
      return { bytes: serverInput(random), open: () => new UwsgiServerCodec(limits) };
    },
    inspect: inspectEvent,
  },
  {
    name: 'UwsgiServerCodec, upgraded',
    reaches: ['ERR_UWSGI_TRUNCATED'],
    next(random): Case {
      const head = packet(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', `${random.below(9)}`]);
      const open = () => {
        const codec = new UwsgiServerCodec();
        codec.feed(head);
        codec.upgrade();
        return codec;
      };
      return { bytes: random.bytes(random.below(20)), open };
    },
    inspect(event: UwsgiEvent) {
      if (event.type !== 'end') throw new Error(`${event.type} on an upgraded connection`);
    },
  },
  {
    name: 'UwsgiClientCodec',
    reaches: [
      ...['probe ok', 'probe ERR_UWSGI_COMMAND', 'probe ERR_PROTOCOL_LATIN1'],
      'probe ERR_UWSGI_VARS_TOO_LARGE',
    ],
    next(random): Case {
      const bytes = serverInput(random);
      const probe = () => writeAndReadBack(random, bytes);
      return { bytes, open: () => new UwsgiClientCodec(), probe };
    },
  },
  {
    name: 'UwsgiClientCodec, after a ping',
    reaches: ['ERR_UWSGI_PONG', 'ERR_UWSGI_TRUNCATED'],
    next(random): Case {
      const pong = header(100, 0, 1);
      const open = () => {
        const codec = new UwsgiClientCodec();
        codec.encode({ type: 'ping' });
        return codec;
      };
      const bytes = random.once(2)
        ? pong.subarray(0, random.below(5))
        : mutate(random, pong, PIECES);
      return { bytes, open };
    },
  },
];
