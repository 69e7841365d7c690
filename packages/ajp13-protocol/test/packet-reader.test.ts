// PacketReader: either direction, cut into payloads.
import { describe, expect, it } from 'vitest';
import { PacketReader } from '../src/packet-reader.ts';
import { Magic } from '../src/tables.ts';
import { bytesOf, container, everySplit, VECTORS, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';

const SIDES = [
  ['web server', Magic.TO_CONTAINER],
  ['container', Magic.TO_WEB_SERVER],
] as const;

describe.each(SIDES)('what a %s sends', (sender, magic) => {
  const own = VECTORS.filter((vector) => vector.sender === sender).map(({ bytes }) => bytes);

  it('is cut into payloads, the same however its bytes arrive', () => {
    const bytes = bytesOf(own);
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += 4 + (lengths.at(-1) ?? 0))
      lengths.push(((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    for (const chunks of everySplit(bytes)) {
      const reader = new PacketReader(magic);
      const payloads = chunks.flatMap((chunk) => reader.feed(chunk));
      reader.finish();
      expect(payloads.map((payload) => payload.length)).toEqual(lengths);
      let at = 0;
      for (const payload of payloads) {
        expect(bytesOf(payload)).toEqual(bytes.subarray(at + 4, at + 4 + payload.length));
        at += 4 + payload.length;
      }
    }
  });

  it('is not what the other side sends', () => {
    const [, other] = SIDES.find(([name]) => name !== sender) as (typeof SIDES)[number];
    const reader = new PacketReader(other);
    const error = failure(() => reader.feed(own[0] as Uint8Array));
    expect(error).toMatchObject({ code: 'ERR_AJP13_MAGIC', blame: 'remote' });
    expect(error.message).toContain(sender);
    expect(reader.feed(own[0] as Uint8Array)).toEqual([]);
    expect(() => reader.finish()).not.toThrow();
  });

  it('does not end inside a packet', () => {
    const reader = new PacketReader(magic);
    reader.feed((own[0] as Uint8Array).subarray(0, -1));
    expect(failure(() => reader.finish()).code).toBe('ERR_AJP13_TRUNCATED');
    expect(() => reader.finish()).not.toThrow();
  });
});

it('whole packets are views of what was fed', () => {
  const bytes = webServer.data('abc');
  const [payload] = new PacketReader(Magic.TO_CONTAINER).feed(bytes);
  expect(payload?.buffer).toBe(bytes.buffer);
});

it('a packet above the limit is refused before it is read', () => {
  const chunk = container.chunk('x'.repeat(300));
  const reader = new PacketReader(Magic.TO_WEB_SERVER, 256);
  expect(failure(() => reader.feed(chunk.subarray(0, 4))).code).toBe('ERR_AJP13_PACKET_SIZE');
});

it.each([
  ['uwsgi', bytesOf(0, 1, 2, 3)],
  ['FastCGI', bytesOf(1, 1, 0, 1)],
  ['TLS', bytesOf(0x16, 3, 1, 0)],
  ['HTTP', bytesOf('POST')],
])('the message names %s', (name, bytes) => {
  const reader = new PacketReader(Magic.TO_CONTAINER);
  expect(failure(() => reader.feed(bytes)).message).toContain(`looks like ${name}`);
});
