// FastcgiClientCodec: requests to bytes, and answers from them.
import { everySplit } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { join, latin1, text } from '../../../test/vectors/bytes.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { RecordType, Role } from '../src/constants.ts';
import { decodePairs } from '../src/name-value-pairs.ts';
import { type FastcgiRecord, RecordReader } from '../src/records.ts';
import { answer, endRequest, pairs, record } from '../src/testing.ts';
import { failure, outcomeOf, uncut } from './read.ts';

const refused = expect.objectContaining({ code: 'ERR_FASTCGI_COMMAND', blame: 'local' });

function begun(id = 1, role: Role = Role.RESPONDER): FastcgiClientCodec {
  const codec = new FastcgiClientCodec();
  codec.encode({ type: 'request', id, role, keep: true, variables: [] });
  return codec;
}

function recordsOf(bytes: Uint8Array): readonly FastcgiRecord[] {
  return outcomeOf(new RecordReader(), [bytes]).events;
}

/** The contents of the PARAMS records of a request, the empty one at the end included. */
function paramsOf(variables: readonly string[]): string[] {
  const bytes = new FastcgiClientCodec().encode({ type: 'request', keep: false, variables });
  const [begin, ...params] = recordsOf(bytes);
  expect(begin?.type).toBe(RecordType.BEGIN_REQUEST);
  for (const { type, content, paddingLength } of params) {
    expect(type).toBe(RecordType.PARAMS);
    expect(content.length + paddingLength).toBeLessThanOrEqual(65_528); // php-fpm closes above 65535
  }
  return params.map(({ content }) => text(content));
}

describe('parameters', () => {
  const filler = (size: number) => ['F', 'x'.repeat(size)];

  it('go into one record as long as that holds them', () => {
    expect(paramsOf(['A', 'b'])).toEqual([pairs(['A', 'b']), '']);
    expect(paramsOf([])).toEqual(['']);
    const full = [...filler(65_528 - 6 - 4), 'A', 'b'];
    expect(paramsOf(full)).toEqual([pairs(full), '']);
  });

  it('go into several records, each of whole pairs', () => {
    const full = [...filler(65_528 - 6 - 3), 'A', 'b'];
    expect(paramsOf(full)).toEqual([pairs(full.slice(0, 2)), pairs(['A', 'b']), '']);
    const many = Array.from({ length: 40 }, (_, at) => [`N${at}`, 'x'.repeat(5000)]).flat();
    const records = paramsOf(many);
    expect(records.length).toBe(5);
    expect(records.join('')).toBe(pairs(many));
    expect(records.flatMap((content) => decodePairs(latin1(content)))).toEqual(many);
  });

  it('that no record can hold go on in the next, uncut and unmasked', () => {
    const huge = ['BEFORE', '', 'HUGE', 'x'.repeat(200_000), 'AFTER', ''];
    const records = paramsOf(huge);
    expect(records.join('')).toBe(pairs(huge));
    expect(records[0]).toBe(pairs(['BEFORE', '']));
    expect(records.map(({ length }) => length)).toEqual([8, 65_528, 65_528, 65_528, 3432, 0]);
  });

  it.each([
    ['an empty name', ['', 'x'], refused],
    ['a name without a value', ['A', 'b', 'C'], refused],
    [
      'a character above U+00FF in a name',
      ['\u0100', ''],
      expect.objectContaining({ code: 'ERR_PROTOCOL_LATIN1' }),
    ],
    [
      'a character above U+00FF in a value',
      ['A', '\u20ac'],
      expect.objectContaining({ code: 'ERR_PROTOCOL_LATIN1' }),
    ],
  ])('are refused, and nothing has begun: %s', (_name, variables, error) => {
    const codec = new FastcgiClientCodec();
    expect(failure(() => codec.encode({ type: 'request', keep: true, variables }))).toEqual(error);
    expect(codec.active).toBe(0);
    codec.encode({ type: 'request', keep: true, variables: ['A', 'b'] });
    expect(codec.active).toBe(1);
  });
});

describe('a body', () => {
  it('goes out in records of at most 32 KiB, and has no end of its own', () => {
    const chunk = new Uint8Array(70_000).fill(0x61);
    const records = recordsOf(begun().encode({ type: 'body', chunk }));
    expect(records.map(({ type, content }) => [type, content.length])).toEqual([
      [5, 32_768],
      [5, 32_768],
      [5, 4464],
    ]);
    expect(begun().encode({ type: 'body', chunk: new Uint8Array(0) })).toHaveLength(0);
  });

  it('has an end, once', () => {
    const codec = begun();
    expect(text(codec.encode({ type: 'body-end' }))).toBe(text(record(5, 1)));
    for (const command of [{ type: 'body', chunk: latin1('x') }, { type: 'body-end' }] as const)
      expect(failure(() => codec.encode(command))).toEqual(refused);
  });

  it('has DATA behind it for a Filter, and for nobody else', () => {
    const data = { type: 'data', id: 3, chunk: latin1('file') } as const;
    const codec = begun(3, Role.FILTER);
    expect(failure(() => codec.encode(data))).toEqual(refused);
    codec.encode({ type: 'body', id: 3, chunk: latin1('x') });
    codec.encode({ type: 'body-end', id: 3 });
    expect(text(codec.encode(data))).toBe(text(record(8, 3, 'file')).replace(/\xff/g, '\0'));
    expect(text(codec.encode({ type: 'data-end', id: 3 }))).toBe(text(record(8, 3)));
    for (const command of [data, { type: 'data-end', id: 3 }] as const)
      expect(failure(() => codec.encode(command))).toEqual(refused);
    const responder = begun();
    responder.encode({ type: 'body-end' });
    expect(failure(() => responder.encode({ ...data, id: 1 }))).toEqual(refused);
  });

  it('of a request that was not begun is refused', () => {
    const codec = begun(2);
    for (const type of ['body-end', 'data-end', 'abort'] as const)
      expect(failure(() => codec.encode({ type }))).toEqual(refused);
  });

  it('of a request that has ended is not sent: the application may not wait for it', () => {
    const codec = begun();
    codec.encode({ type: 'body', chunk: latin1('x') });
    codec.feed(answer({ stdout: '' }));
    expect(codec.encode({ type: 'body', chunk: latin1('x') })).toHaveLength(0);
    expect(codec.encode({ type: 'body-end' })).toHaveLength(0);
    expect(codec.encode({ type: 'abort' })).toHaveLength(0);
  });
});

describe('a request', () => {
  it.each([0, -1, 65_536, 1.5, Number.NaN])('cannot have the id %d', (id) => {
    const codec = new FastcgiClientCodec();
    const command = { type: 'request', id, keep: true, variables: [] } as const;
    expect(failure(() => codec.encode(command))).toEqual(refused);
  });

  it('cannot have the id of an active one, but that of an ended one', () => {
    const codec = begun();
    const again = { type: 'request', keep: true, variables: [] } as const;
    expect(failure(() => codec.encode(again))).toEqual(refused);
    codec.feed(endRequest());
    expect(codec.active).toBe(0);
    codec.encode(again);
    codec.encode({ type: 'body', chunk: latin1('x') });
    expect(codec.active).toBe(1);
  });
});

describe('an answer', () => {
  it('is read the same however its bytes arrive', () => {
    const bytes = answer({ stdout: 'Status: 200 OK\r\n\r\nhi', stderr: 'oops', appStatus: 938 });
    for (const chunks of everySplit(bytes)) {
      const { events, error } = outcomeOf(begun(), chunks);
      expect(error).toBeUndefined();
      expect(uncut(events)).toEqual([
        { type: 'stderr', id: 1, chunk: latin1('oops') },
        { type: 'stdout', id: 1, chunk: latin1('Status: 200 OK\r\n\r\nhi') },
        { type: 'end', id: 1, appStatus: 938, protocolStatus: 0 },
      ]);
    }
  });

  it('may lack the empty STDOUT, as php-fpm has it, and have more than one', () => {
    const php = join([record(6, 1, 'x'), endRequest()]);
    expect(outcomeOf(begun(), [php]).events).toMatchObject([{ type: 'stdout' }, { type: 'end' }]);
    const twice = join([record(6, 1), record(6, 1), record(7, 1, 'x'), record(7, 1), endRequest()]);
    expect(outcomeOf(begun(), [twice]).events).toMatchObject([{ type: 'stderr' }, { type: 'end' }]);
  });

  it('is passed on as views', () => {
    const bytes = answer({ stdout: 'hello' });
    const [event] = begun().feed(bytes);
    expect(event?.type === 'stdout' && event.chunk.buffer).toBe(bytes.buffer);
  });

  it('may be one of several that are mixed', () => {
    const codec = begun(1);
    codec.encode({ type: 'request', id: 258, keep: true, variables: [] });
    expect(codec.active).toBe(2);
    const mixed = [
      record(6, 258, 'b'),
      record(6, 1, 'a'),
      endRequest(258, 5),
      record(6, 258, 'late'),
    ];
    const { events } = outcomeOf(codec, [join([...mixed, endRequest(1)])]);
    expect(events).toEqual([
      { type: 'stdout', id: 258, chunk: latin1('b') },
      { type: 'stdout', id: 1, chunk: latin1('a') },
      { type: 'end', id: 258, appStatus: 5, protocolStatus: 0 },
      { type: 'end', id: 1, appStatus: 0, protocolStatus: 0 },
    ]);
    expect(codec.active).toBe(0);
  });

  it('may be followed by padding that comes late, and by nothing else', () => {
    const codec = begun();
    const bytes = record(3, 1, '\0'.repeat(8), { padding: 9 });
    expect(codec.feed(bytes.subarray(0, 16))).toMatchObject([{ type: 'end' }]);
    expect(codec.feed(bytes.subarray(16))).toEqual([]);
    expect(codec.finish()).toEqual([]);
    codec.feed(bytes.subarray(0, 1));
    expect(failure(() => codec.finish())).toMatchObject({ code: 'ERR_FASTCGI_TRUNCATED' });
    expect(failure(() => begun(7).feed(record(0x41, 7, '', { version: 9 })))).toMatchObject({
      code: 'ERR_FASTCGI_VERSION',
    });
  });
});

describe('values', () => {
  const asking = () => {
    const codec = new FastcgiClientCodec();
    codec.encode({ type: 'get-values', names: ['FCGI_MPXS_CONNS'] });
    return codec;
  };
  const known = record(10, 0, pairs(['FCGI_MPXS_CONNS', '1']));

  it('are read, with no request active', () => {
    for (const chunks of everySplit(known)) {
      expect(outcomeOf(asking(), chunks)).toEqual({
        events: [{ type: 'values', values: ['FCGI_MPXS_CONNS', '1'] }],
        error: undefined,
      });
    }
  });

  it('may be none, as flup has it', () => {
    expect(asking().feed(record(10, 0))).toEqual([{ type: 'values', values: [] }]);
  });

  it('may end like a stream, as Go has it', () => {
    const { events, error } = outcomeOf(asking(), [join([known, record(10, 0)])]);
    expect([events.length, error]).toEqual([1, undefined]);
  });

  it('may not be known as such', () => {
    const unknown = record(11, 0, '\x09\0\0\0\0\0\0\0');
    expect(outcomeOf(asking(), [unknown]).events).toEqual([
      { type: 'unknown-type', recordType: 9 },
    ]);
  });

  it.each([
    ['values', known],
    ['of an unknown type', record(11, 0, '\x09\0\0\0\0\0\0\0')],
    ['other management', record(99, 0)],
  ])('are not answered twice: %s', (_name, more) => {
    const codec = asking();
    codec.feed(known);
    expect(failure(() => codec.feed(more))).toMatchObject({ code: 'ERR_FASTCGI_STATE' });
  });

  it('that cannot be written are refused', () => {
    const names = Array.from({ length: 700 }, (_, at) => `${at}`.padStart(100, 'N'));
    const codec = new FastcgiClientCodec();
    expect(failure(() => codec.encode({ type: 'get-values', names }))).toEqual(refused);
    expect(failure(() => codec.feed(known))).toMatchObject({ code: 'ERR_FASTCGI_STATE' });
  });
});
