// FastcgiServerCodec: commands to bytes.
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { ProtocolStatus } from '../src/constants.ts';
import { RecordReader } from '../src/records.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import { request } from '../src/testing.ts';
import { failure, outcomeOf } from './read.ts';

function begun(): FastcgiServerCodec {
  const codec = new FastcgiServerCodec();
  codec.feed(request());
  return codec;
}

/** Type and content of each record, and that all are aligned and padded with zeros. */
function told(bytes: Uint8Array): string[] {
  const { events, error } = outcomeOf(new RecordReader(), [bytes]);
  expect(error).toBeUndefined();
  let at = 0;
  for (const { content, paddingLength } of events) {
    const end = at + 8 + content.length + paddingLength;
    const padding = bytes.subarray(end - paddingLength, end);
    expect(padding.every((byte) => byte === 0)).toBe(true);
    expect(end % 8).toBe(0);
    at = end;
  }
  return events.map(({ type, content }) => {
    const long = content.length > 30;
    return `${type} ${long ? content.length : text(content)}`.trim();
  });
}

const END = '3 \0\0\0\0\0\0\0\0';
const stdout = (chunk?: Uint8Array, last = false, head?: string) =>
  ({ type: 'stdout', id: 1, chunk, last, head }) as const;

describe('stdout', () => {
  it.each([
    ['nothing', undefined, undefined, []],
    ['a head', 'head', undefined, ['6 head']],
    ['a chunk', undefined, 'chunk', ['6 chunk']],
    ['head and chunk', 'head', 'chunk', ['6 headchunk']],
    ['one record at most', 'x'.repeat(28), 'y'.repeat(65_500), ['6 65528']],
    ['one byte more', 'x'.repeat(29), 'y'.repeat(65_500), ['6 65528', '6 y']],
    ['a head of two records', 'x'.repeat(65_530), '', ['6 65528', '6 xx']],
    ['long chunks', '', 'y'.repeat(200_000), ['6 65528', '6 65528', '6 65528', '6 3416']],
  ])('is in as few records as can be: %s', (_name, head, chunk, records) => {
    const bytes = chunk === undefined ? undefined : latin1(chunk);
    expect(told(begun().encode(stdout(bytes, false, head)))).toEqual(records);
    expect(told(begun().encode(stdout(bytes, true, head)))).toEqual([...records, '6', END]);
  });

  it('keeps its bytes in order', () => {
    const head = 'h'.repeat(100);
    const chunk = new Uint8Array(150_000).map((_, at) => at % 251);
    const { events } = outcomeOf(new RecordReader(), [begun().encode(stdout(chunk, false, head))]);
    const sent = join(events.map(({ content }) => content));
    expect(Buffer.compare(sent, join([latin1(head), chunk]))).toBe(0);
  });

  it('ends with the exit status that it is given', () => {
    const bytes = begun().encode({ ...stdout(undefined, true), appStatus: 2 ** 32 - 2 });
    expect(told(bytes)).toEqual(['6', '3 \xff\xff\xff\xfe\0\0\0\0']);
  });

  it.each(['\u0100', 'x'.repeat(100).concat('\u20ac'), 'x'.repeat(70_000).concat('\u20ac')])(
    'refuses characters above U+00FF in its head, and is not ended by that',
    (head) => {
      const codec = begun();
      const error = failure(() => codec.encode(stdout(undefined, true, head)));
      expect(error).toMatchObject({ code: 'ERR_PROTOCOL_LATIN1', blame: 'local' });
      expect(codec.active).toBe(1);
    },
  );
});

describe('stderr', () => {
  const stderr = (content: string) => ({ type: 'stderr', id: 1, chunk: latin1(content) }) as const;

  it('is ended with the request, if it was used', () => {
    const used = begun();
    expect(told(used.encode(stderr('oops')))).toEqual(['7 oops']);
    expect(told(used.encode(stdout(latin1('x'), true)))).toEqual(['6 x', '7', '6', END]);
    const ended = begun();
    ended.encode(stderr('oops'));
    expect(told(ended.encode({ type: 'end', id: 1 }))).toEqual(['7', END]);
  });

  it('is not used by nothing', () => {
    const codec = begun();
    expect(codec.encode(stderr(''))).toHaveLength(0);
    expect(told(codec.encode(stdout(undefined, true)))).toEqual(['6', END]);
  });

  it('stays used', () => {
    const codec = begun();
    codec.encode(stderr('oops'));
    codec.encode(stderr(''));
    expect(told(codec.encode(stdout(undefined, true)))).toEqual(['7', '6', END]);
  });
});

describe('end', () => {
  it('says how, and leaves STDOUT open', () => {
    const protocolStatus = ProtocolStatus.OVERLOADED;
    const bytes = begun().encode({ type: 'end', id: 1, appStatus: 1, protocolStatus });
    expect(told(bytes)).toEqual(['3 \0\0\0\x01\x02\0\0\0']);
  });
});
