// What a peer can make the codecs hold, and how long it can keep them busy.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { join, latin1 } from '../../../test/vectors/bytes.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { Role } from '../src/constants.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import type { FastcgiServerOptions } from '../src/server-options.ts';
import { beginRequest, pairs, record, request, stream } from '../src/testing.ts';
import { outcomeOf } from './read.ts';

const MIB = 1 << 20;
const tooLarge = { code: 'ERR_FASTCGI_PARAMS_TOO_LARGE', statusHint: 431 };

function refusal(
  options: FastcgiServerOptions,
  variables: readonly string[],
  most?: number,
): ProtocolError | undefined {
  const params = stream(4, 1, pairs(variables), most);
  return outcomeOf(new FastcgiServerCodec(options), [join([beginRequest(), params])], false).error;
}

/** One variable whose pair takes exactly `size` bytes. */
const pairOf = (size: number) => ['X', 'x'.repeat(size - 6)];

describe('bytes of parameters', () => {
  it.each([
    ['by default', {}, 262_144],
    ['by option', { maxParamsBytes: 300 }, 300],
    ['above the default', { maxParamsBytes: MIB }, MIB],
  ])('are limited %s', (_name, options, limit) => {
    for (const most of [65_528, 100]) {
      expect(refusal(options, pairOf(limit), most)).toBeUndefined();
      expect(refusal(options, pairOf(limit + 1), most)).toMatchObject(tooLarge);
    }
  });

  it('are refused before they come', () => {
    const codec = new FastcgiServerCodec({ maxParamsBytes: 100 });
    codec.feed(beginRequest());
    const { error } = outcomeOf(codec, [record(4, 1, 'x'.repeat(101)).subarray(0, 8)], false);
    expect(error).toMatchObject(tooLarge);
  });

  it('take no memory before they come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const start = join([beginRequest(), record(4, 1, 'x'.repeat(65_535)).subarray(0, 9)]);
    const codecs = Array.from({ length: 1000 }, () => new FastcgiServerCodec());
    for (const codec of codecs) for (const byte of start) codec.feed(new Uint8Array([byte]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
    expect(codecs.every((codec) => codec.active === 1)).toBe(true);
  });

  it('are not kept once the request is known', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const codec = new FastcgiServerCodec();
    const feed = () => {
      const chunk = join([beginRequest(), stream(4, 1, pairs(pairOf(100)))]);
      expect(codec.feed(chunk)).toMatchObject([{ type: 'request' }]);
      return new WeakRef(chunk);
    };
    const fed = feed();
    await new Promise(setImmediate); // until then a WeakRef keeps what it was made of
    collect();
    expect(fed.deref()).toBeUndefined();
    expect(codec.active).toBe(1);
  });

  it('are let go with the request that they made', () => {
    const codec = new FastcgiServerCodec({ maxParamsBytes: 300 });
    for (let round = 0; round < 5; round++) {
      expect(codec.feed(request({ variables: pairOf(250) }))).toMatchObject([{ type: 'request' }]);
      codec.encode({ type: 'end', id: 1 });
    }
  });
});

describe('the number of variables', () => {
  const variables = (count: number, own: boolean) =>
    Array.from({ length: count }, (_, at) => [own ? `X${at}` : 'X', '']).flat();

  it.each([
    ['by default', {}, 1000],
    ['by option', { maxParams: 3 }, 3],
  ])('is limited %s', (_name, options, limit) => {
    for (const own of [true, false]) {
      expect(refusal(options, variables(limit, own))).toBeUndefined();
      expect(refusal(options, variables(limit + 1, own))).toMatchObject(tooLarge);
    }
  });
});

describe('requests', () => {
  it('that are active are 64 at most by default', () => {
    const codec = new FastcgiServerCodec();
    const begins = Array.from({ length: 60_000 }, (_, at) => beginRequest(at + 1));
    const events = codec.feed(join(begins));
    expect(codec.active).toBe(64);
    expect(events).toHaveLength(60_000 - 64);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['reply']));
  });

  it('that are answered and never read to their end are forgotten, the oldest first', () => {
    const codec = new FastcgiServerCodec({ maxRequests: 2 });
    for (const id of [1, 2, 3]) {
      codec.feed(join([beginRequest(id), stream(4, id, '')]));
      codec.encode({ type: 'end', id });
    }
    const of = (id: number) => codec.feed(record(5, id, 'x'))[0]?.type;
    expect([1, 2, 3].map(of)).toEqual(['surplus', 'body', 'body']);
  });

  it.each([
    ['by the end of STDIN', (id: number) => record(5, id)],
    ['by ABORT_REQUEST', (id: number) => record(2, id)],
    ['by the end of DATA', (id: number) => join([record(5, id), record(8, id)])],
    ['by the next request of its id', () => new Uint8Array(0)],
  ])('that are answered and over make room, and others are remembered: %s', (_name, ending) => {
    const filter = (id: number) => join([beginRequest(id, Role.FILTER), stream(4, id, '')]);
    const codec = new FastcgiServerCodec({ maxRequests: 2, roles: [Role.FILTER] });
    codec.feed(filter(9));
    codec.encode({ type: 'end', id: 9 });
    for (let round = 0; round < 5; round++) {
      codec.feed(filter(1));
      codec.encode({ type: 'end', id: 1 });
      codec.feed(ending(1));
    }
    expect(codec.feed(record(5, 9, 'x'))).toMatchObject([{ type: 'body', id: 9 }]);
  });

  it('that were over before they were answered are not remembered', () => {
    const codec = new FastcgiServerCodec({ maxRequests: 2 });
    codec.feed(join([beginRequest(9), stream(4, 9, '')]));
    codec.encode({ type: 'end', id: 9 });
    for (const id of [1, 2, 3]) {
      codec.feed(request({ id }));
      codec.encode({ type: 'end', id });
    }
    expect(codec.feed(record(5, 9, 'x'))).toMatchObject([{ type: 'body', id: 9 }]);
    expect(codec.feed(record(2, 1))).toEqual([{ type: 'surplus', size: 8 }]);
  });

  it('that are active are never forgotten', () => {
    const codec = new FastcgiServerCodec({ maxRequests: 2 });
    codec.feed(join([beginRequest(9), stream(4, 9, '')]));
    for (const id of [1, 2, 3, 4, 5]) {
      codec.feed(join([beginRequest(id), stream(4, id, '')]));
      codec.encode({ type: 'end', id });
    }
    expect(codec.feed(record(5, 9, 'x'))).toMatchObject([{ type: 'body', id: 9 }]);
    expect(codec.active).toBe(1);
  });
});

describe('GET_VALUES', () => {
  const asked = (options: FastcgiServerOptions) => {
    const client = new FastcgiClientCodec();
    const names = ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'];
    const [event] = new FastcgiServerCodec(options).feed(
      client.encode({ type: 'get-values', names }),
    );
    const [values] = event?.type === 'reply' ? client.feed(event.bytes) : [];
    return values?.type === 'values' ? values.values.filter((_, at) => at % 2) : undefined;
  };

  it('tells the limits', () => {
    expect(asked({})).toEqual(['1024', '65536', '1']);
    expect(asked({ maxConnections: 10, maxRequests: 3 })).toEqual(['10', '30', '1']);
    expect(asked({ maxConnections: 10, multiplexed: false })).toEqual(['10', '10', '0']);
  });

  it('without a name is answered too', () => {
    expect(new FastcgiServerCodec().feed(record(9, 0))).toEqual([
      { type: 'reply', bytes: Buffer.from(record(10, 0)) },
    ]);
  });
});

describe('processor time', () => {
  /** Seconds of processor time to read bytes that come one at a time. */
  function seconds(bytes: Uint8Array, options: FastcgiServerOptions): number {
    const codec = new FastcgiServerCodec(options);
    const types = new Set<string>();
    const start = process.cpuUsage();
    for (let at = 0; at < bytes.length; at++) {
      for (const event of codec.feed(bytes.subarray(at, at + 1))) types.add(event.type);
    }
    const { user, system } = process.cpuUsage(start);
    expect(codec.error).toBeUndefined();
    expect(types).toContain('end');
    return (user + system) / 1e6;
  }

  const options = { maxParamsBytes: 2 * MIB, maxParams: MIB };
  const many = Array.from({ length: 110_000 }, (_, at) => [`X${at}`, '']).flat();

  it.each([
    ['one variable of 1 MiB', request({ variables: pairOf(MIB) })],
    ['110000 variables', request({ variables: many })],
    ['a body of 1 MiB', request({ stdin: latin1('-'.repeat(MIB)) })],
    ['GET_VALUES of 64 KiB', join([record(9, 0, pairs(many.slice(0, 12_000))), request()])],
  ])('is below 2 s for %s, byte by byte', (_name, bytes) => {
    expect(seconds(bytes, options)).toBeLessThan(2);
  });
});
