// What Apache's mod_proxy_ajp and lighttpd's mod_ajp13 really send, and the answers that they took.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { join } from '../../../test/vectors/bytes.ts';
import { type Capture, captures } from '../../../test/vectors/captures.ts';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientEvent } from '../src/client-messages.ts';
import type { Ajp13Request } from '../src/forward-request.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import type { Ajp13Event } from '../src/server-messages.ts';
import { PacketType } from '../src/tables.ts';
import { container, joinChunks } from '../src/testing.ts';

const CAPTURES = captures('ajp');
const SECRET = 's3cret-Probe';
const GET_BODY = [0x41, 0x42, 0, 3, PacketType.GET_BODY_CHUNK];

type Cut = (bytes: Uint8Array) => Iterable<Uint8Array>;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const isGetBody = (bytes: Uint8Array) => GET_BODY.every((byte, at) => bytes[at] === byte);

/** Plays the container's part; `cut` cuts each stretch that the web server sent. */
function serve({ name, turns }: Capture, cut: Cut): Ajp13Event[] {
  const codec = new Ajp13ServerCodec({
    ...(name.startsWith('lighttpd') ? { dataLength: false } : {}),
    ...(name.includes('-secret') ? { secret: SECRET } : {}),
  });
  const events: Ajp13Event[] = [];
  for (const { from, bytes } of turns) {
    if (from === 'server') for (const chunk of cut(bytes)) events.push(...codec.feed(chunk));
    else if (isGetBody(bytes)) expect(codec.encode({ type: 'get-body' })).toHaveLength(7);
  }
  expect(codec.encode({ type: 'get-body' })).toHaveLength(0); // nothing is left to ask for
  expect(codec.clean).toBe(true);
  expect(codec.finish()).toEqual([]);
  return events;
}

/** The body apart, and of it the digest: comparing 70000 numbers one by one takes longer than all else. */
function summary(events: readonly Ajp13Event[]) {
  const body = join(events.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
  const others = events.filter((event) => event.type !== 'body');
  return { others, length: body.length, sha256: sha256(body) };
}

it('has recordings of both servers', () => {
  const names = CAPTURES.map(({ name }) => name.split('.')[0]);
  expect([...new Set(names)]).toEqual(['apache-ajp-secret', 'apache-ajp', 'lighttpd-ajp13']);
  expect(names).toHaveLength(24);
});

describe.each(CAPTURES)('$name', (capture) => {
  const { name, variables, bodyLength, bodySha256, turns } = capture;
  const whole = summary(serve(capture, (bytes) => [bytes]));
  const request = whole.others.find((event) => event.type === 'request') as Ajp13Request;

  it('means what the server meant', () => {
    const split = /^(SCRIPT_NAME|PATH_INFO)=/; // AJP has one path: the recorder knew where to split it
    expect(asVariables(request)).toEqual(pairs(variables).filter((pair) => !split.test(pair)));
    expect(whole).toMatchObject({ length: bodyLength, sha256: bodySha256 });
    const types = whole.others.map((event) => event.type);
    const pinged = name.startsWith('apache-ajp.') && !name.endsWith('.get-mounted');
    expect(types).toEqual([
      ...(pinged ? ['reply'] : []),
      'request',
      ...(bodyLength > 0 ? ['end'] : []),
    ]);
  });

  it('means the same however its bytes arrive', () => {
    const bytewise: Cut = (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    expect(summary(serve(capture, bytewise))).toEqual(whole);
    const random = new Random(bodyLength);
    for (let round = 0; round < 30; round++)
      expect(summary(serve(capture, (bytes) => random.cut(bytes)))).toEqual(whole);
  });

  it('the answer is read by our client, who would have sent the same body', () => {
    const inner = name.startsWith('lighttpd') ? 0 : 2;
    const client = new Ajp13ClientCodec({ maxPacketSize: 8194 - inner });
    const events: Ajp13ClientEvent[] = [];
    const random = new Random(1 + bodyLength);
    const packets = bodyPackets(capture.request);
    const sendBody = () => {
      const packet = packets.shift() as Uint8Array;
      const chunk = packet.subarray(4 + inner);
      const sent = client.encode(chunk.length > 0 ? { type: 'body', chunk } : { type: 'body-end' });
      if (inner > 0 && chunk.length > 0) expect(sha256(sent)).toBe(sha256(packet));
    };
    for (const { from, bytes } of turns) {
      if (from === 'server') {
        if (bytes[4] === PacketType.CPING) client.encode({ type: 'ping' });
        if (bytes[4] === PacketType.FORWARD_REQUEST) {
          client.encode({ ...request, secret: SECRET });
          if (request.contentLength) sendBody();
        }
      } else if (isGetBody(bytes)) {
        // Apache sent 8186 bytes where the recorder asked for 8184: it takes no notice of the size.
        expect(client.feed(container.getBody(9999))).toEqual([
          { type: 'want', size: 8188 - inner },
        ]);
        sendBody();
      } else {
        for (const chunk of random.cut(bytes)) events.push(...client.feed(chunk));
      }
    }
    expect(packets.filter((packet) => packet.length > 4)).toEqual([]);
    expect(client.finish()).toEqual([]);
    const answer = joinChunks(events).filter(({ type }) => type !== 'pong');
    const text = `captured ${request.method}\n`;
    expect(answer).toEqual([
      {
        type: 'head',
        status: 200,
        reason: 'OK',
        headers: [
          ['Content-Type', 'text/plain'],
          ['Content-Length', `${text.length}`],
          ['Set-Cookie', 'one=1'],
          ['Set-Cookie', 'two=2'],
          ['X-Capture', 'yes'],
        ],
      },
      ...(request.method === 'HEAD'
        ? []
        : [{ type: 'body', chunk: new Uint8Array(Buffer.from(text)) }]),
      { type: 'end', reuse: true },
    ]);
  });
});

/** The request as CGI variables, sorted. */
function asVariables(request: Ajp13Request): string[] {
  const { attributes } = request;
  const query = attributes.queryString ?? '';
  const found = [
    ...['SERVER_PROTOCOL', request.protocol, 'REQUEST_METHOD', request.method],
    ...['REMOTE_ADDR', request.remoteAddr ?? '', 'SERVER_NAME', request.serverName ?? ''],
    ...['SERVER_PORT', String(request.serverPort), 'QUERY_STRING', query],
    ...['REQUEST_URI', request.uri + (query ? `?${query}` : ''), ...request.requestAttributes],
  ];
  if (request.isSsl) found.push('HTTPS', 'on');
  if (attributes.sslCipher) found.push('SSL_CIPHER', attributes.sslCipher);
  if (attributes.sslSession) found.push('SSL_SESSION_ID', attributes.sslSession);
  if (attributes.sslKeySize) found.push('SSL_KEY_SIZE', attributes.sslKeySize);
  for (let at = 0; at < request.headers.length; at += 2) {
    const name = (request.headers[at] as string).toUpperCase().replaceAll('-', '_');
    const plain = name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH';
    found.push(plain ? name : `HTTP_${name}`, request.headers[at + 1] as string);
  }
  return pairs(found);
}

function pairs(variables: readonly string[]): string[] {
  return variables.flatMap((name, at) => (at % 2 ? [] : `${name}=${variables[at + 1]}`)).sort();
}

/** The packets behind the Forward Request. */
function bodyPackets(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    packets.push(bytes.subarray(at, end));
    at = end;
  }
  return packets.slice(1 + packets.findIndex((packet) => packet[4] === PacketType.FORWARD_REQUEST));
}
