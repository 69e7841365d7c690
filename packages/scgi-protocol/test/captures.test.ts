// ScgiServerCodec reads what nginx, Apache and lighttpd really send.
import { createHash } from 'node:crypto';
import { readAll } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { cutAt, join, text } from '../../../test/vectors/bytes.ts';
import { captures } from '../../../test/vectors/captures.ts';
import { ScgiClientCodec } from '../src/client-codec.ts';
import { type ScgiEvent, ScgiServerCodec } from '../src/server-codec.ts';

const CAPTURES = captures('scgi');

interface Reading {
  readonly events: readonly ScgiEvent[];
  readonly body: Uint8Array;
  readonly sha256: string;
}

/** The body apart, and of it the digest: comparing 70000 numbers one by one takes longer than all else. */
function read(chunks: Iterable<Uint8Array>): Reading {
  const all = readAll(new ScgiServerCodec(), chunks);
  const body = join(all.flatMap((event) => (event.type === 'body' ? [event.chunk] : [])));
  return {
    events: all.filter((event) => event.type !== 'body'),
    body,
    sha256: createHash('sha256').update(body).digest('hex'),
  };
}

function expectSame(reading: Reading, expected: Reading): void {
  expect(reading.events).toEqual(expected.events);
  expect(reading.sha256).toBe(expected.sha256);
}

it('has recordings of all three servers', () => {
  const servers = new Set(CAPTURES.map(({ name }) => name.split('-')[0]));
  expect([...servers].sort()).toEqual(['apache', 'lighttpd', 'nginx']);
  expect(CAPTURES.length).toBeGreaterThan(30);
});

describe.each(CAPTURES)('$name', ({ name, request, cuts, variables, bodyLength, bodySha256 }) => {
  const whole = read([request]);

  it('means what the server meant', () => {
    expect(whole.events).toEqual([
      { type: 'request', variables, contentLength: bodyLength },
      { type: 'end' },
    ]);
    expect(whole.body).toHaveLength(bodyLength);
    expect(whole.sha256).toBe(bodySha256);
  });

  it('means the same however its bytes arrive', () => {
    expectSame(read(cutAt(request, cuts)), whole);
    expectSame(read(Array.from(request, (_, at) => request.subarray(at, at + 1))), whole);
    const random = new Random(request.length);
    for (let round = 0; round < 50; round++) expectSame(read(random.cut(request)), whole);
  });

  it('means the same after it is written by our client', () => {
    const codec = new ScgiClientCodec();
    const head = codec.encode({ type: 'request', variables, contentLength: bodyLength });
    const again = join([head, codec.encode({ type: 'body', chunk: whole.body })]);
    if (name.startsWith('apache')) expect(text(again)).toBe(text(request)); // the same order as ours
    const { events, sha256 } = read([again]);
    expect(sha256).toBe(bodySha256);
    const [first] = events;
    expect(first).toMatchObject({ type: 'request', contentLength: bodyLength });
    if (first?.type === 'request') expect(pairs(first.variables)).toEqual(pairs(variables));
  });
});

function pairs(variables: readonly string[]): string[] {
  return variables.flatMap((name, at) => (at % 2 ? [] : `${name}=${variables[at + 1]}`)).sort();
}
