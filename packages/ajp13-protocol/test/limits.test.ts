// What a peer can make a codec hold, and how long it can keep it busy.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import { PacketReader } from '../src/packet-reader.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { Magic } from '../src/tables.ts';
import { bytesOf, container, integer, string, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';
import { containerAt, GET, webServerAt } from './places.ts';

const MIB = 1 << 20;

describe('the packet size', () => {
  it.each([255, 65537, 0, -1, 1024.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot be %d',
    (maxPacketSize) => {
      const option = { code: 'ERR_AJP13_OPTION', blame: 'local' };
      expect(failure(() => new Ajp13ServerCodec({ maxPacketSize }))).toMatchObject(option);
      expect(failure(() => new Ajp13ClientCodec({ maxPacketSize }))).toMatchObject(option);
      expect(failure(() => new PacketReader(Magic.TO_CONTAINER, maxPacketSize))).toMatchObject(
        option,
      );
    },
  );

  it.each([
    ['by default', undefined, 8192],
    ['by option', 256, 256],
    ['at most', 65536, 65536],
  ])('counts the header %s', (_name, given, size) => {
    const options = given === undefined ? {} : { maxPacketSize: given };
    const rest = size - webServer.forward({ uri: '/' }).length;
    const forward = (more: number) => webServer.forward({ uri: `/${'x'.repeat(rest + more)}` });
    expect(forward(0)).toHaveLength(size);
    expect(new Ajp13ServerCodec(options).feed(forward(0))).toHaveLength(1);
    if (size === 65536) return; // 16 bits say no more
    const over = bytesOf(0x12, 0x34, integer(size - 3));
    expect(failure(() => new Ajp13ServerCodec(options).feed(over)).code).toBe(
      'ERR_AJP13_PACKET_SIZE',
    );
    const codec = webServerAt('head', options);
    expect(failure(() => codec.feed(bytesOf('AB', integer(size - 3))))).toMatchObject({
      ...{ code: 'ERR_AJP13_PACKET_SIZE', statusHint: 502 },
    });
  });

  it('takes no memory before the bytes come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const codecs = Array.from(
      { length: 1000 },
      () => new Ajp13ServerCodec({ maxPacketSize: 65536 }),
    );
    for (const codec of codecs) codec.feed(bytesOf(0x12, 0x34, 0xff, 0xf0, 2));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });

  it('what is kept of a packet is not what was fed', () => {
    const codec = new Ajp13ServerCodec();
    const bytes = webServer.forward({ uri: '/kept' });
    const first = bytes.slice(0, 30);
    codec.feed(first);
    first.fill(0);
    expect(codec.feed(bytes.subarray(30))).toMatchObject([{ uri: '/kept' }]);
  });
});

describe('headers', () => {
  const many = (count: number, name: string) =>
    Array.from({ length: count }, (_, at) => [`${name}${at % 10}`, ''] as const);

  it.each([
    ['by default', {}, 1000],
    ['by option', { maxHeaders: 3 }, 3],
  ])('are limited %s', (_name, given, limit) => {
    const options = { maxPacketSize: 65536, ...given };
    const forward = (count: number) => webServer.forward({ headers: many(count, 'x') });
    expect(new Ajp13ServerCodec(options).feed(forward(limit))).toHaveLength(1);
    const server = new Ajp13ServerCodec(options);
    expect(failure(() => server.feed(forward(limit + 1)))).toMatchObject({
      ...{ code: 'ERR_AJP13_HEADER', statusHint: 400 },
    });
    const head = (count: number) => container.head(200, 'OK', many(count, 'x'));
    expect(webServerAt('head', options).feed(head(limit))).toHaveLength(1);
    const client = webServerAt('head', options);
    expect(failure(() => client.feed(head(limit + 1)))).toMatchObject({
      ...{ code: 'ERR_AJP13_RESPONSE', statusHint: 502 },
    });
  });
});

describe('bodies pass as views', () => {
  it('of what was fed, also out of the middle of a packet', () => {
    const bytes = webServer.data('abcdef');
    const codec = containerAt('asked');
    const pieces = [bytes.subarray(0, 7), bytes.subarray(7, 9), bytes.subarray(9)];
    for (const [at, size] of [1, 2, 3].entries()) {
      const [event] = codec.feed(pieces[at] as Uint8Array);
      if (event?.type !== 'body') throw new Error('no body');
      expect(event.chunk).toHaveLength(size);
      expect(event.chunk.buffer).toBe(bytes.buffer);
    }
    const answer = container.chunk('abcdef');
    const [event] = webServerAt('body').feed(answer);
    expect(event?.type === 'body' && event.chunk.buffer).toBe(answer.buffer);
  });
});

describe('processor time', () => {
  /** Seconds of processor time for bytes that come one at a time. */
  function seconds(codec: { feed(chunk: Uint8Array): unknown[] }, bytes: Uint8Array): number {
    const start = process.cpuUsage();
    let events = 0;
    for (let at = 0; at < bytes.length; at++)
      events += codec.feed(bytes.subarray(at, at + 1)).length;
    const { user, system } = process.cpuUsage(start);
    expect(events).toBeGreaterThan(0);
    return (user + system) / 1e6;
  }
  const largest = { maxPacketSize: 65536, maxHeaders: 65535 };

  it.each([
    ['one long value', webServer.forward({ attributes: [5, string('x'.repeat(65000))] })],
    ['13000 headers', webServer.forward({ headers: Array(13000).fill([0xa001, '']) })],
    [
      '9000 attributes',
      webServer.forward({ attributes: Array(9000).fill([10, 0, 0, 0, 0, 0, 0]) }),
    ],
  ])('is below 2 s for a request of %s, byte by byte', (_name, bytes) => {
    expect(bytes.length).toBeGreaterThan(60000);
    expect(seconds(new Ajp13ServerCodec(largest), bytes)).toBeLessThan(2);
  });

  it('is below 2 s for 1 MiB of pings, and of body, byte by byte', () => {
    expect(
      seconds(new Ajp13ServerCodec(), bytesOf(Array((MIB / 5) | 0).fill(webServer.cping()))),
    ).toBeLessThan(2);
    const codec = new Ajp13ClientCodec({ maxPacketSize: 65536 });
    codec.encode(GET);
    const chunk = container.chunk(new Uint8Array(65000));
    expect(seconds(codec, bytesOf(container.head(200, ''), Array(16).fill(chunk)))).toBeLessThan(2);
  });
});
