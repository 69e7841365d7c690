// ScgiServerCodec on a connection that was upgraded, and the states around that.
import { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { join, latin1 } from '../../../test/vectors/bytes.ts';
import { type ScgiEvent, ScgiServerCodec } from '../src/server-codec.ts';
import { everySplit, joinChunks, readAll, request } from '../src/testing.ts';

const GET = request(['REQUEST_METHOD', 'GET']);
const PUT = request(['REQUEST_METHOD', 'PUT'], 'abc');
const FRAMES = latin1('frames');

/** A codec that has read something and was then told of the upgrade. */
function upgraded(bytes: Uint8Array): ScgiServerCodec {
  const codec = new ScgiServerCodec();
  codec.feed(bytes);
  codec.upgrade();
  return codec;
}

function types(events: readonly ScgiEvent[]): string[] {
  return events.map((event) => event.type);
}

describe('upgrade', () => {
  it.each([
    ['without a body', GET],
    ['with a body', PUT],
  ])('behind a request %s makes all that comes body, up to the end', (_name, bytes) => {
    for (const chunks of everySplit(FRAMES)) {
      expect(joinChunks(readAll(upgraded(bytes), chunks))).toEqual([
        { type: 'body', chunk: FRAMES },
        { type: 'end' },
      ]);
    }
    expect(readAll(upgraded(bytes), [])).toEqual([{ type: 'end' }]);
  });

  it('passes on views, and as one piece what comes in one', () => {
    const [event, ...others] = upgraded(GET).feed(FRAMES);
    expect(others).toEqual([]);
    expect(event).toEqual({ type: 'body', chunk: FRAMES });
    if (event?.type === 'body') expect(event.chunk.buffer).toBe(FRAMES.buffer);
  });

  it('never reads a second request', () => {
    expect(types(upgraded(GET).feed(join([GET, PUT])))).toEqual(['body']);
  });

  it('leaves what was dropped before it dropped', () => {
    const codec = new ScgiServerCodec();
    expect(types(codec.feed(join([GET, FRAMES])))).toEqual(['request', 'end', 'surplus']);
    codec.upgrade();
    expect(types(codec.feed(FRAMES))).toEqual(['body']);
  });

  it('before the body is complete gives no end between body and what follows', () => {
    const codec = upgraded(PUT.subarray(0, -1));
    expect(joinChunks(codec.feed(join([latin1('c'), FRAMES])))).toEqual([
      { type: 'body', chunk: latin1('cframes') },
    ]);
    expect(types(codec.finish())).toEqual(['end']);
  });

  it('before the body is complete does not excuse a body that is cut short', () => {
    const codec = upgraded(PUT.subarray(0, -1));
    expect(() => codec.finish()).toThrow(
      expect.objectContaining({ code: 'ERR_SCGI_TRUNCATED', statusHint: 400 }),
    );
  });

  it('may be told twice', () => {
    const codec = upgraded(GET);
    codec.upgrade();
    expect(types(codec.feed(FRAMES))).toEqual(['body']);
  });

  it('ends once', () => {
    const codec = upgraded(GET);
    expect([types(codec.finish()), types(codec.finish())]).toEqual([['end'], []]);
    expect(types(codec.feed(FRAMES))).toEqual(['surplus']);
  });

  it.each([0, 1, 10, GET.length - 1])(
    'has no effect on a request of which %i bytes came',
    (size) => {
      const codec = upgraded(GET.subarray(0, size));
      expect(types(codec.feed(join([GET.subarray(size), FRAMES])))).toEqual([
        ...['request', 'end', 'surplus'],
      ]);
      expect(codec.finish()).toEqual([]);
    },
  );

  it('has no effect after a failure', () => {
    const codec = new ScgiServerCodec();
    expect(() => codec.feed(latin1('x'))).toThrow(ProtocolError);
    codec.upgrade();
    expect([...codec.feed(GET), ...codec.feed(FRAMES), ...codec.finish()]).toEqual([]);
  });
});
