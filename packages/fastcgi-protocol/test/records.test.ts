// Records and pairs as such: what is written, what is refused, what is read of the wildest.
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { Block } from '../src/block.ts';
import { RecordType } from '../src/constants.ts';
import { decodePairs, encodePairs } from '../src/name-value-pairs.ts';
import { encodeRecord, encodeStream, RecordReader } from '../src/records.ts';
import * as kit from '../src/testing.ts';
import { failure, outcomeOf } from './read.ts';

const refused = expect.objectContaining({ code: 'ERR_FASTCGI_COMMAND', blame: 'local' });
const sizes = (bytes: Uint8Array) =>
  outcomeOf(new RecordReader(), [bytes]).events.map(({ content, paddingLength }) => [
    content.length,
    paddingLength,
  ]);

describe('a record', () => {
  it.each([0, 1, 7, 8, 9, 65_528, 65_535])('of %i bytes is padded to a multiple of 8', (size) => {
    const content = new Uint8Array(size).fill(0x61);
    const bytes = encodeRecord(RecordType.STDOUT, 65_535, content);
    expect(bytes.length % 8).toBe(0);
    expect(bytes.length - size - 8).toBeLessThan(8);
    expect(bytes.subarray(8 + size).every((byte) => byte === 0)).toBe(true);
    const { events } = outcomeOf(new RecordReader(), [bytes]);
    expect(events).toMatchObject([{ type: 6, id: 65_535, paddingLength: -size & 7 }]);
    expect(text(events[0]?.content as Uint8Array)).toBe(text(content));
  });

  it('is never longer than its length can say', () => {
    const content = new Uint8Array(65_536);
    expect(failure(() => encodeRecord(RecordType.STDOUT, 1, content))).toEqual(refused);
  });

  it.each([-1, 65_536, 0.5, Number.NaN])('has no id %d', (id) => {
    expect(failure(() => encodeRecord(RecordType.STDOUT, id, latin1('')))).toEqual(refused);
    expect(failure(() => encodeStream(RecordType.STDOUT, id, latin1('')))).toEqual(refused);
  });
});

describe('a stream', () => {
  it('goes into as many records as it needs, and has no end of its own', () => {
    const written = (type: RecordType, size: number) =>
      sizes(encodeStream(type, 1, new Uint8Array(size)));
    expect(written(RecordType.STDOUT, 0)).toEqual([]);
    expect(written(RecordType.STDOUT, 65_528)).toEqual([[65_528, 0]]);
    expect(written(RecordType.STDOUT, 65_529)).toEqual([
      [65_528, 0],
      [1, 7],
    ]);
    expect(written(RecordType.STDIN, 32_769)).toEqual([
      [32_768, 0],
      [1, 7],
    ]);
  });

  it('keeps its bytes in order', () => {
    const content = new Uint8Array(150_000).map((_, at) => at % 251);
    const { events } = outcomeOf(new RecordReader(), [encodeStream(RecordType.DATA, 1, content)]);
    expect(Buffer.compare(join(events.map((event) => event.content)), content)).toBe(0);
  });
});

describe('RecordReader', () => {
  it('takes any type, id and padding', () => {
    const bytes = join([
      kit.record(0, 0, '', { padding: 255 }),
      kit.record(255, 65_535, 'x', { padding: 0 }),
    ]);
    expect(outcomeOf(new RecordReader(), [bytes]).events).toEqual([
      { type: 0, id: 0, content: latin1(''), paddingLength: 255 },
      { type: 255, id: 65_535, content: latin1('x'), paddingLength: 0 },
    ]);
  });

  it('gives views of what comes in one piece', () => {
    const bytes = kit.record(6, 1, 'hello');
    expect(new RecordReader().feed(bytes)[0]?.content.buffer).toBe(bytes.buffer);
  });

  it('does not write into what it gave away', () => {
    const reader = new RecordReader();
    const [first, second] = ['first', 'other'].map((content) => {
      const bytes = kit.record(6, 1, content);
      const cut = [bytes.subarray(0, 9), bytes.subarray(9, 11), bytes.subarray(11)];
      return cut.flatMap((piece) => reader.feed(piece))[0]?.content as Uint8Array;
    });
    expect([first, second].map((content) => text(content as Uint8Array))).toEqual([
      'first',
      'other',
    ]);
  });

  it('refuses another version, and an end inside a record', () => {
    const bytes = kit.record(6, 1, 'x');
    for (let size = 1; size < bytes.length; size++) {
      const { error } = outcomeOf(new RecordReader(), [bytes.subarray(0, size)]);
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_TRUNCATED', statusHint: undefined });
    }
    const other = kit.record(6, 1, '', { version: 2 });
    expect(outcomeOf(new RecordReader(), [other]).error).toMatchObject({
      code: 'ERR_FASTCGI_VERSION',
    });
  });
});

describe('pairs', () => {
  it('are read with lengths that could be shorter', () => {
    const list = ['A', 'b', '', '', 'C', ''];
    expect(decodePairs(latin1(kit.pairs(list, true)))).toEqual(list);
  });

  it.each(['\x05\0abcd', '\x01', '\x80\0', '\x01\x80\0\0', '\xff\xff\xff\xff'.repeat(2)])(
    'are refused when one is longer than the rest: %j',
    (block) => {
      const error = failure(() => decodePairs(latin1(block)));
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_PAIRS', blame: 'remote' });
    },
  );

  it('are refused when they are none', () => {
    expect(failure(() => encodePairs(['', 'x']))).toEqual(refused);
    expect(failure(() => encodePairs(['A']))).toEqual(refused);
    expect(failure(() => encodePairs(['A', '\u0100'])).code).toBe('ERR_PROTOCOL_LATIN1');
  });
});

describe('Block', () => {
  it('keeps one piece where it lies, and joins what follows', () => {
    const block = new Block();
    const chunk = latin1('-hello-');
    block.add(chunk, 1, 1);
    block.add(chunk, 1, 6);
    expect([block.bytes, block.start, block.end]).toEqual([chunk, 1, 6]);
    for (const piece of [' ', 'w', 'o', 'r', 'l', 'd']) block.add(latin1(piece), 0, 1);
    expect(text(block.bytes.subarray(block.start, block.end))).toBe('hello world');
    expect(text(chunk)).toBe('-hello-');
    block.clear();
    expect(block.size).toBe(0);
  });

  it('writes into no memory but its own', () => {
    const block = new Block();
    const [first, second] = [latin1('first---'), latin1('second--')];
    for (const chunk of [first, second]) {
      block.add(chunk, 0, 5);
      block.add(latin1('xy'), 0, 2);
      expect(text(block.bytes.subarray(block.start, block.end))).toHaveLength(7);
      block.clear();
    }
    expect([text(first), text(second)]).toEqual(['first---', 'second--']);
  });
});
