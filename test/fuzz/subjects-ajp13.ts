// AJP13: both codecs, alone and in conversations, and what they write.

import { isToken } from '@sluice/protocol';
import {
  Ajp13ClientCodec,
  type Ajp13ClientEvent,
  type Ajp13Event,
  Ajp13ServerCodec,
  ERROR_CODES,
} from 'ajp13-protocol';
import { bytesOf, container, integer, VECTORS, webServer } from 'ajp13-protocol/testing';
import { TO_CONTAINER, TO_WEB_SERVER } from '../vectors/ajp13.ts';
import { join } from '../vectors/bytes.ts';
import type { Case, Reader, Subject } from './fuzzer.ts';
import { mutate } from './mutate.ts';
import { GET, writeRequest, writeResponse } from './probes-ajp13.ts';
import type { Random } from './random.ts';
import { ChunkByChunk, PacketByPacket } from './readers-ajp13.ts';

const SECRET = 'sEcret';
const CHUNKED = { ...GET, headers: ['Transfer-Encoding', 'chunked'] };
const OK = { status: 200, reason: 'OK', headers: [['X-A', 'b']] } as const;

const WORDS = [
  ...[[0], [0, 0], [0, 1], [0xff], [0xff, 0xff], [0xa0], [0xa0, 0x08], [0x12, 0x34], [0x41, 0x42]],
  ...[[0xff, 0xfe], [5, 0, 1, 0x78, 0], [0x0b, 1, 0], [0x0b, 0, 3], [0x0c], [0x0d], [0x0a], [2, 2]],
].map((bytes) => bytesOf(bytes));

const FORWARDS = [
  ...VECTORS.filter(({ bytes, place }) => place === 'idle' && bytes[4] === 2).map((v) => v.bytes),
  webServer.forward({ method: 4, headers: [[0xa008, '5']] }),
  webServer.forward({ method: 4, headers: [['transfer-encoding', 'chunked']] }),
  webServer.forward({ method: 3, attributes: [0x0c, 0, 6, SECRET, 0] }),
];
const FROM_WEB_SERVER = [
  ...FORWARDS,
  ...['', 'a', 'ab', 'abcde', 'x'.repeat(60)].map((data) => webServer.data(data)),
  ...[webServer.endOfBody('mod_jk'), webServer.endOfBody('httpd'), webServer.cping()],
];
const FROM_CONTAINER = [
  ...VECTORS.filter(({ sender }) => sender === 'container').map(({ bytes }) => bytes),
  ...[container.getBody(0), container.getBody(3), container.cpong(), container.chunk('abc')],
  ...[
    container.packet(3, 0, 1, 'x'),
    container.packet(3, 0, 1, 'x', 0, 0),
    container.head(103, ''),
  ],
];
const BAD_TO_CONTAINER = TO_CONTAINER.map(({ bytes }) => bytes);
const BAD_TO_WEB_SERVER = TO_WEB_SERVER.map(({ bytes }) => bytes);

/** Packets, good ones for the most part; a changed payload has a length that fits, mostly. */
function packets(
  random: Random,
  good: readonly Uint8Array[],
  bad: readonly Uint8Array[],
): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let count = 1 + random.below(6); count > 0; count--) {
    const packet = random.pick(random.once(12) ? bad : good);
    if (random.below(4) > 0) pieces.push(packet);
    else if (random.once(4)) pieces.push(mutate(random, packet, WORDS));
    else {
      const payload = mutate(random, packet.subarray(4), WORDS);
      const size = payload.length + (random.once(10) ? random.below(3) - 1 : 0);
      pieces.push(bytesOf(packet.subarray(0, 2), integer(size), payload));
    }
  }
  const bytes = join(pieces);
  return random.once(8) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

const toContainer = (random: Random): Uint8Array => {
  if (random.once(12)) return random.bytes(random.below(60));
  const packet = packets(random, FROM_WEB_SERVER, BAD_TO_CONTAINER);
  return random.once(2) ? join([random.pick(FORWARDS), packet]) : packet;
};

const toWebServer = (random: Random): Uint8Array => {
  if (random.once(12)) return random.bytes(random.below(60));
  const packet = packets(random, FROM_CONTAINER, BAD_TO_WEB_SERVER);
  return random.once(2) ? join([container.head(200, 'OK'), packet]) : packet;
};

function serverOptions(random: Random) {
  return {
    ...(random.once(6) ? { secret: SECRET } : {}),
    ...(random.once(8) ? { dataLength: false } : {}),
    ...(random.once(8) ? { maxPacketSize: 256, maxHeaders: 1 + random.below(3) } : {}),
  };
}

const CONTROL = /[\0\r\n]/;

function inspectServer(event: Ajp13Event): void {
  if (event.type !== 'request') return;
  const { method, protocol, uri, headers, attributes, contentLength, hasBody } = event;
  // Its text may come in any field, but it has none of its own.
  if ('secret' in event || 'secret' in event.attributes) throw new Error('the secret');
  if (!isToken(method)) throw new Error('a method that is none');
  if (!(uri.startsWith('/') || uri === '*')) throw new Error('a path that is none');
  const { sslCert: _, ...others } = attributes;
  const texts = [protocol, uri, event.remoteAddr, event.remoteHost, event.serverName];
  if ([...texts, ...headers, ...Object.values(others)].some((item) => CONTROL.test(item ?? '')))
    throw new Error('a line end, or NUL');
  const names = headers.filter((_name, at) => at % 2 === 0).map((name) => name.toLowerCase());
  if (!names.every(isToken)) throw new Error('a header name that is none');
  const value = (name: string) => headers[2 * names.indexOf(name) + 1];
  const length = names.includes('content-length') ? value('content-length') : undefined;
  if (length !== undefined && (!/^[0-9]+$/.test(length) || Number(length) !== contentLength))
    throw new Error('a length other than Content-Length');
  const chunked = names.includes('transfer-encoding');
  if (chunked && (length !== undefined || value('transfer-encoding') !== 'chunked'))
    throw new Error('two kinds of length');
  if (hasBody !== (chunked || (contentLength ?? 0) > 0)) throw new Error('a body or not');
}

function inspectClient(event: Ajp13ClientEvent): void {
  if (event.type === 'want' && !(event.size >= 1 && event.size <= 8186))
    throw new Error('a size beyond the packet');
  if (event.type !== 'head') return;
  const { status, reason, headers } = event;
  if (!(status >= 200 && status <= 599)) throw new Error(`status ${status}`);
  if (CONTROL.test(reason)) throw new Error('a reason of two lines');
  for (const [name, value] of headers)
    if (!isToken(name) || CONTROL.test(value)) throw new Error('a header that is none');
}

/** Answers requests, some before their body came, and asks for body. */
function answering(random: Random): () => Reader {
  const options = serverOptions(random);
  const [early, asks, reuse] = [random.once(2), !random.once(4), !random.once(6)];
  return () => {
    let due = false;
    return new PacketByPacket(
      () => new Ajp13ServerCodec(options),
      (codec, types) => {
        if (types.includes('request')) due = true;
        if (asks) codec.encode({ type: 'get-body' });
        const complete = types.includes('end') || types.includes('truncated');
        if (!due || !(early || complete)) return;
        const written = codec.encode({ type: 'response', head: OK, last: true, reuse });
        if ((written.at(-1) === 1) !== codec.clean) throw new Error('a flag that lies');
        due = false;
      },
    );
  };
}

/** A web server that sent a request, or a ping, or both. */
function asking(random: Random): () => Ajp13ClientCodec {
  const pinged = random.once(4);
  const first = random.pick([GET, { ...GET, method: 'HEAD' }, CHUNKED, undefined]);
  return () => {
    const codec = new Ajp13ClientCodec();
    if (pinged) codec.encode({ type: 'ping' });
    if (first) codec.encode(first);
    return codec;
  };
}

/** Sends what is wanted, and another request when the last one is answered. */
function conversing(random: Random): () => Reader {
  const open = asking(random);
  const most = random.below(4);
  return () => {
    let left = most;
    return new PacketByPacket(open, (codec, types) => {
      if (types.includes('want'))
        tolerate(() => {
          const more = left-- > 0;
          codec.encode(more ? { type: 'body', chunk: bytesOf('x') } : { type: 'body-end' });
        });
      if (types.includes('end')) tolerate(() => codec.encode(CHUNKED));
    });
  };
}

/** The connection is spent, or the request has no body. */
function tolerate(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_AJP13_COMMAND') throw error;
  }
}

/** Codes of what peers send: not those of commands and options. */
const LOCAL = ['ERR_AJP13_OPTION', 'ERR_AJP13_COMMAND', 'ERR_AJP13_TOO_LARGE'];
const REFUSED = ['ok', ...LOCAL.slice(1), 'ERR_PROTOCOL_LATIN1'].map((code) => `probe ${code}`);
const TO_SERVER = Object.keys(ERROR_CODES).filter(
  (code) => ![...LOCAL, 'ERR_AJP13_RESPONSE'].includes(code),
);
const TO_CLIENT = [
  ...['MAGIC', 'PACKET_SIZE', 'PACKET_TYPE', 'UNEXPECTED', 'TRUNCATED', 'RESPONSE'],
].map((code) => `ERR_AJP13_${code}`);

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'Ajp13ServerCodec',
    reaches: [...TO_SERVER, ...REFUSED],
    next(random): Case {
      const bytes = toContainer(random);
      const options = serverOptions(random);
      const open = () => new ChunkByChunk(() => new Ajp13ServerCodec(options));
      return { bytes, open, probe: () => writeResponse(random, bytes) };
    },
    inspect: inspectServer,
  },
  {
    name: 'Ajp13ServerCodec, answering',
    reaches: TO_SERVER,
    next: (random): Case => ({ bytes: toContainer(random), open: answering(random) }),
    inspect: inspectServer,
  },
  {
    name: 'Ajp13ClientCodec',
    reaches: [...TO_CLIENT, ...REFUSED],
    next(random): Case {
      const bytes = toWebServer(random);
      const codec = asking(random);
      return {
        bytes,
        open: () => new ChunkByChunk(codec),
        probe: () => writeRequest(random, bytes),
      };
    },
    inspect: inspectClient,
  },
  {
    name: 'Ajp13ClientCodec, asking',
    reaches: TO_CLIENT,
    next: (random): Case => ({ bytes: toWebServer(random), open: conversing(random) }),
    inspect: inspectClient,
  },
];
