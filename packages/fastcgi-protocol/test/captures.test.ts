// The codecs and what nginx, Apache, lighttpd, Caddy and HAProxy really send.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { cutAt, join, text } from '../../../test/vectors/bytes.ts';
import { captures } from '../../../test/vectors/captures.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import type { FastcgiEvent } from '../src/server-messages.ts';
import { everySplit } from '../src/testing.ts';
import { outcomeOf, uncut } from './read.ts';

const CAPTURES = [...captures('fcgi'), ...captures('fastcgi')];
/** What each server is known for, and so what these recordings must show. */
const KEEPS = /^(?:apache-fcgi-reuse|haproxy|nginx-fastcgi-keep)/;
const SENDS_MINUS_1 = /^caddy.*chunked/;

interface Reading {
  readonly others: readonly unknown[];
  readonly sha256: string;
  readonly bodyLength: number;
}

/** The body apart, and of it the digest: comparing 70000 numbers one by one takes longer than all else. */
function read(chunks: Iterable<Uint8Array>): Reading {
  const { events, error } = outcomeOf<FastcgiEvent>(new FastcgiServerCodec(), chunks);
  expect(error).toBeUndefined();
  const body = join(events.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
  return {
    others: uncut(events.filter((event) => event.type !== 'body')),
    sha256: createHash('sha256').update(body).digest('hex'),
    bodyLength: body.length,
  };
}

it('has recordings of all five servers', () => {
  const servers = new Set(CAPTURES.map(({ name }) => name.split('-')[0]));
  expect([...servers].sort()).toEqual(['apache', 'caddy', 'haproxy', 'lighttpd', 'nginx']);
  expect(CAPTURES).toHaveLength(88);
});

describe.each(CAPTURES)('$name', (capture) => {
  const { name, request, response, cuts, variables, bodyLength, bodySha256 } = capture;
  const whole = read([request]);
  const announced = variables[variables.indexOf('CONTENT_LENGTH') + 1];

  it('means what the server meant', () => {
    const keep = KEEPS.test(name);
    if (SENDS_MINUS_1.test(name)) expect(announced).toBe('-1');
    const contentLength =
      variables.includes('CONTENT_LENGTH') && Number(announced) >= 0 && announced !== ''
        ? bodyLength
        : undefined;
    expect(whole).toEqual({
      others: [
        { type: 'request', id: 1, role: 1, keep, variables, contentLength, ended: false },
        { type: 'end', id: 1 },
      ],
      sha256: bodySha256,
      bodyLength,
    });
  });

  it('is complete at once when it has no body', () => {
    const [event] = new FastcgiServerCodec().feed(request);
    expect(event).toMatchObject({ type: 'request', ended: bodyLength === 0 });
  });

  it('means the same however its bytes arrive', () => {
    expect(read(cutAt(request, cuts))).toEqual(whole);
    expect(read(Array.from(request, (_, at) => request.subarray(at, at + 1)))).toEqual(whole);
    const random = new Random(request.length);
    const rounds = request.length < 20_000 ? 50 : 5;
    for (let round = 0; round < rounds; round++) expect(read(random.cut(request))).toEqual(whole);
  });

  it('means the same after it is written by our web server side', () => {
    const codec = new FastcgiClientCodec();
    const head = codec.encode({ type: 'request', keep: KEEPS.test(name), variables });
    const { events } = outcomeOf<FastcgiEvent>(new FastcgiServerCodec(), [request]);
    const body = join(events.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
    const rest = [codec.encode({ type: 'body', chunk: body }), codec.encode({ type: 'body-end' })];
    expect(read([join([head, ...rest])])).toEqual(whole);
    // Where the same way to cut and pad is taken, the same bytes come out.
    if (name.startsWith('nginx')) expect(text(join([head, ...rest]))).toBe(text(request));
  });

  it('has an answer that our web server side reads, however its bytes arrive', () => {
    const open = () => {
      const codec = new FastcgiClientCodec();
      codec.encode({ type: 'request', keep: true, variables });
      return codec;
    };
    const { events, error } = outcomeOf(open(), [response]);
    expect(error).toBeUndefined();
    expect(events.at(-1)).toEqual({ type: 'end', id: 1, appStatus: 0, protocolStatus: 0 });
    const answered = events.map((event) => (event.type === 'stdout' ? text(event.chunk) : ''));
    expect(answered.join('')).toMatch(/^Status: 200 OK\r\n/);
    for (const chunks of everySplit(response)) {
      expect(uncut(outcomeOf(open(), chunks).events)).toEqual(uncut(events));
    }
  });

  it('has an answer that our application side could have written', () => {
    const client = new FastcgiClientCodec();
    client.encode({ type: 'request', keep: true, variables });
    const [head, body] = client
      .feed(response)
      .map((event) => (event.type === 'stdout' ? event.chunk : undefined));
    const codec = new FastcgiServerCodec();
    codec.feed(request);
    const written = [
      codec.encode({ type: 'stdout', id: 1, chunk: head, last: false }),
      codec.encode({ type: 'stdout', id: 1, chunk: body, last: true }),
    ];
    expect(text(join(written))).toBe(text(response));
  });
});
