// The tools that codecs are tested with: they must not be blind themselves.
import { describe, expect, it } from 'vitest';
import type { Codec } from '../src/codec.ts';
import { everySplit, joinChunks, readAll } from '../src/testing.ts';

type Event = { type: 'body'; chunk: Uint8Array } | { type: 'end' } | { type: 'head' };

/** Passes everything on; the first byte 0xff is an error. */
class Echo implements Codec<Event, never> {
  feed(chunk: Uint8Array): Event[] {
    if (chunk[0] === 0xff) throw new RangeError('0xff');
    return chunk.length > 0 ? [{ type: 'body', chunk }] : [];
  }

  finish(): Event[] {
    return [{ type: 'end' }];
  }

  encode(command: never): Uint8Array {
    return command;
  }
}

const BYTES = new Uint8Array([1, 2, 3, 4]);

describe('everySplit', () => {
  it('cuts whole, bytewise and in two at each offset', () => {
    const splits = [...everySplit(BYTES)].map((chunks) => chunks.map((chunk) => [...chunk]));
    expect(splits).toEqual([
      [[1, 2, 3, 4]],
      [[1], [2], [3], [4]],
      [[1], [2, 3, 4]],
      [
        [1, 2],
        [3, 4],
      ],
      [[1, 2, 3], [4]],
    ]);
  });

  it('has something to say of a single byte and of none', () => {
    expect([...everySplit(BYTES.subarray(0, 1))]).toEqual([
      [new Uint8Array([1])],
      [new Uint8Array([1])],
    ]);
    expect([...everySplit(BYTES.subarray(0, 0))]).toEqual([[new Uint8Array(0)], []]);
  });
});

describe('readAll', () => {
  it('feeds all chunks and then the end', () => {
    const events = readAll(new Echo(), [BYTES.subarray(0, 1), BYTES.subarray(1)]);
    expect(events.map((event) => event.type)).toEqual(['body', 'body', 'end']);
    expect(readAll(new Echo(), [BYTES], false).map((event) => event.type)).toEqual(['body']);
  });

  it('hides no error', () => {
    expect(() => readAll(new Echo(), [BYTES, new Uint8Array([0xff])])).toThrow(RangeError);
  });
});

describe('joinChunks', () => {
  const body = (...values: number[]): Event => ({ type: 'body', chunk: new Uint8Array(values) });

  it('joins neighbours of one type and nothing else', () => {
    expect(joinChunks([body(1), body(2, 3), { type: 'end' }, body(4)])).toEqual([
      body(1, 2, 3),
      { type: 'end' },
      body(4),
    ]);
    expect(joinChunks([{ type: 'head' }, { type: 'head' }])).toHaveLength(2);
    expect(joinChunks([])).toEqual([]);
  });

  it('tells different bytes apart', () => {
    expect(joinChunks([body(1), body(2)])).not.toEqual(joinChunks([body(2), body(1)]));
  });

  it('leaves the events that it was given as they are', () => {
    const events = [body(1), body(2)];
    joinChunks(events);
    expect(events).toEqual([body(1), body(2)]);
  });

  it('makes a Buffer and a Uint8Array of the same bytes equal', () => {
    expect(joinChunks([{ type: 'body', chunk: Buffer.from([1]) }])).toEqual(joinChunks([body(1)]));
  });
});
