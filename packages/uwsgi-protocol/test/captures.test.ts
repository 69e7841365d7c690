// The codecs and what nginx, Apache and lighttpd really send.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/fuzz/random.ts';
import { cutAt, join, text } from '../../../test/vectors/bytes.ts';
import { captures } from '../../../test/vectors/captures.ts';
import { UwsgiClientCodec } from '../src/client-codec.ts';
import { type UwsgiEvent, UwsgiServerCodec } from '../src/server-codec.ts';
import { everySplit, joinChunks, readAll } from '../src/testing.ts';
import { decodeVars, encodeVars } from '../src/vars.ts';

const CAPTURES = captures('uwsgi');

interface Reading {
  readonly events: readonly UwsgiEvent[];
  readonly body: Uint8Array;
  readonly sha256: string;
}

/** The body apart, and of it the digest: comparing 70000 numbers one by one takes longer than all else. */
function read(chunks: Iterable<Uint8Array>): Reading {
  const all = readAll(new UwsgiServerCodec(), chunks);
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

function without(variables: readonly string[], ...names: string[]): string[] {
  return variables.filter((_, at) => !names.includes(variables[at - (at % 2)] as string));
}

it('has recordings of all three servers', () => {
  const servers = new Set(CAPTURES.map(({ name }) => name.split('-')[0]));
  expect([...servers].sort()).toEqual(['apache', 'lighttpd', 'nginx']);
  expect(CAPTURES).toHaveLength(30);
});

it('row 9: has one of a body that was chunked once, as nginx sends it', () => {
  const chunked = CAPTURES.filter(({ variables }) => variables.includes('HTTP_TRANSFER_ENCODING'));
  expect(chunked.map(({ name }) => name)).toContain('nginx-uwsgi-tcp.post-chunked');
  for (const { request, bodyLength } of chunked) {
    const [first] = read([request]).events;
    expect(first).toMatchObject({ type: 'request', contentLength: bodyLength });
    expect(first).not.toMatchObject({
      variables: expect.arrayContaining(['HTTP_TRANSFER_ENCODING']),
    });
  }
});

describe.each(CAPTURES)('$name', (capture) => {
  const { request, response, cuts, variables, bodyLength, bodySha256 } = capture;
  const whole = read([request]);

  it('means what the server meant', () => {
    expect(whole.events).toEqual([
      {
        type: 'request',
        modifier1: 0,
        modifier2: 0,
        variables: without(variables, 'HTTP_TRANSFER_ENCODING'),
        contentLength: bodyLength,
      },
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

  it('has a vars block that is written to the same bytes', () => {
    const block = request.subarray(4, request.length - bodyLength);
    expect(decodeVars(block)).toEqual(variables);
    expect(text(encodeVars(variables))).toBe(text(block));
  });

  it('means the same after it is written by our client', () => {
    const codec = new UwsgiClientCodec();
    const head = codec.encode({ type: 'request', variables, contentLength: bodyLength });
    const again = read([head, codec.encode({ type: 'body', chunk: whole.body })]);
    expect(again.sha256).toBe(bodySha256);
    const others = without(variables, 'HTTP_TRANSFER_ENCODING', 'CONTENT_LENGTH');
    expect(again.events[0]).toMatchObject({
      variables: ['CONTENT_LENGTH', `${bodyLength}`, ...others],
      contentLength: bodyLength,
    });
  });

  it('has an answer that the client passes on byte for byte', () => {
    expect(response.length).toBeGreaterThan(50);
    for (const chunks of everySplit(response)) {
      expect(joinChunks(readAll(new UwsgiClientCodec(), chunks))).toEqual([
        { type: 'data', chunk: response },
        { type: 'end' },
      ]);
    }
  });
});
