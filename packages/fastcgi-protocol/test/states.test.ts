// The tables of reading.ts, and that the codecs are those tables: every state with every record.
import { describe, expect, it } from 'vitest';
import { join } from '../../../test/vectors/bytes.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { RecordType, Role } from '../src/constants.ts';
import { ANSWERING, inputOf, type Machine, READING, READING_FILTER } from '../src/reading.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import { beginRequest, endRequest, record, stream } from '../src/testing.ts';
import { outcomeOf } from './read.ts';

const TYPES = [...Object.values(RecordType), 0, 12, 255];
/** Every record that there is, each type with and without content. */
const RECORDS = TYPES.flatMap((type) =>
  ['', 'x', '\0\x01\0\0\0\0\0\0'].map((content) => {
    const input = inputOf(type, content.length);
    return { name: `${input} (type ${type}, ${content.length} bytes)`, type, content, input };
  }),
);

const MACHINES: readonly (readonly [name: string, machine: Machine])[] = [
  ['READING', READING],
  ['READING_FILTER', READING_FILTER],
  ['ANSWERING', ANSWERING],
];

it.each(MACHINES)('%s leads from states to states', (_name, machine) => {
  const targets = Object.values(machine).flatMap((inputs) => Object.values(inputs));
  for (const target of targets) expect(Object.keys(machine)).toContain(target);
});

it('records are named by their type, and as ends when they are empty', () => {
  expect(TYPES.map((type) => inputOf(type, 1))).toEqual([
    ...['BEGIN_REQUEST', 'ABORT_REQUEST', 'END_REQUEST', 'PARAMS', 'STDIN', 'STDOUT', 'STDERR'],
    ...['DATA', 'OTHER', 'OTHER', 'OTHER', 'OTHER', 'OTHER', 'OTHER'],
  ]);
  expect(TYPES.map((type) => inputOf(type, 0))).toEqual([
    ...['BEGIN_REQUEST', 'ABORT_REQUEST', 'END_REQUEST', 'PARAMS_END', 'STDIN_END', 'STDOUT_END'],
    ...['STDERR_END', 'DATA_END', 'OTHER', 'OTHER', 'OTHER', 'OTHER', 'OTHER', 'OTHER'],
  ]);
});

const BEGUN = beginRequest();
const FILTER = beginRequest(1, Role.FILTER);
const HEAD = stream(RecordType.PARAMS, 1, '');
const STDIN_END = record(RecordType.STDIN, 1);
const DATA_END = record(RecordType.DATA, 1);
const ABORT = record(RecordType.ABORT_REQUEST, 1);

type Way = readonly [table: Machine, state: string, way: Uint8Array];

/** How an application gets into each state. */
const WAYS: readonly Way[] = [
  [READING, 'params', BEGUN],
  [READING, 'stdin', join([BEGUN, HEAD])],
  [READING, 'done', join([BEGUN, HEAD, STDIN_END])],
  [READING, 'aborted', join([BEGUN, HEAD, ABORT])],
  [READING_FILTER, 'params', FILTER],
  [READING_FILTER, 'stdin', join([FILTER, HEAD])],
  [READING_FILTER, 'data', join([FILTER, HEAD, STDIN_END])],
  [READING_FILTER, 'done', join([FILTER, HEAD, STDIN_END, DATA_END])],
  [READING_FILTER, 'aborted', join([FILTER, HEAD, STDIN_END, ABORT])],
];

describe.each(
  WAYS.map(([table, state, way]) => ({
    name: table === READING ? 'Responder' : 'Filter',
    table,
    state,
    way,
  })),
)('a $name at $state', ({ table, state, way }) => {
  const open = () => opened(way);
  const self = fingerprint(way);

  it.each(RECORDS)('$name', ({ type, content, input }) => {
    const { error } = outcomeOf(open(), [record(type, 1, content, { padding: 0 })], false);
    const allowed = (table[state] as Readonly<Record<string, string>>)[input] !== undefined;
    if (input === 'BEGIN_REQUEST') {
      const code = content.length === 8 ? 'ERR_FASTCGI_STATE' : 'ERR_FASTCGI_LENGTH';
      expect(error).toMatchObject({ code, statusHint: undefined });
    } else if (allowed) {
      expect(error).toBeUndefined();
    } else {
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_STATE', statusHint: undefined });
    }
  });

  it.each(RECORDS)(
    '$name for nobody is dropped or begins a request',
    ({ type, content, input }) => {
      const codec = open();
      const before = codec.active;
      const size = 8 + content.length;
      const { events, error } = outcomeOf(codec, [record(type, 9, content, { padding: 0 })], false);
      if (input === 'BEGIN_REQUEST') {
        expect(error?.code).toBe(content.length === 8 ? undefined : 'ERR_FASTCGI_LENGTH');
        expect(codec.active).toBe(before + (content.length === 8 ? 1 : 0));
        return;
      }
      expect(error).toBeUndefined();
      const dropped = events.map((event) => (event.type === 'surplus' ? event.size : Number.NaN));
      expect(dropped.reduce((sum, next) => sum + next, 0)).toBe(size);
      expect(codec.active).toBe(before);
    },
  );

  it.each(RECORDS)('$name with id 0', ({ type, content }) => {
    const bytes = record(type, 0, content, { padding: 0 });
    const { events, error } = outcomeOf(open(), [bytes], false);
    if (type >= 1 && type <= 8) expect(error?.code).toBe('ERR_FASTCGI_ID');
    else if (type === RecordType.GET_VALUES && content !== '')
      expect(error?.code).toBe('ERR_FASTCGI_PAIRS');
    else expect(events.map((event) => event.type)).toEqual(['reply']);
  });

  it('is another state than all others of its table', () => {
    const same = WAYS.filter((other) => other[0] === table && fingerprint(other[2]) === self);
    expect(same.map(([, name]) => name)).toEqual([state]);
  });

  it.each(RECORDS)('$name leads to where the table says', ({ type, content, input }) => {
    const target = (table[state] as Readonly<Record<string, string>>)[input];
    if (target === undefined) return;
    const moved = join([way, record(type, 1, content, { padding: 0 })]);
    if (state === 'params' && target === 'aborted') {
      // Nobody has heard of it: the codec itself answers, and forgets it.
      const codec = opened(moved);
      expect(codec.active).toBe(0);
      return;
    }
    if (input === 'PARAMS') return; // 'x' is no pair, and the states are told apart by whole ones
    const [, , there] = WAYS.find(([other, name]) => other === table && name === target) as Way;
    expect(fingerprint(moved)).toBe(fingerprint(there));
  });
});

/** How a codec that was fed `way` takes each record. */
function fingerprint(way: Uint8Array): string {
  const answers = RECORDS.map(({ type, content }) => {
    const bytes = record(type, 1, content, { padding: 0 });
    const { events, error } = outcomeOf(opened(way), [bytes], false);
    return `${error?.code} ${events.map((event) => event.type)}`;
  });
  return answers.join('\n');
}

function opened(way: Uint8Array): FastcgiServerCodec {
  const codec = new FastcgiServerCodec({ roles: [Role.RESPONDER, Role.FILTER] });
  codec.feed(way);
  return codec;
}

/** How a web server's side gets into each state; two requests are active, so that one may end. */
const ANSWERS = {
  open: new Uint8Array(0),
  closed: record(RecordType.STDOUT, 1),
  ended: endRequest(),
} as const satisfies Readonly<Record<keyof typeof ANSWERING, Uint8Array>>;

describe.each(Object.entries(ANSWERS))('a web server at %s', (state, way) => {
  const open = () => {
    const codec = new FastcgiClientCodec();
    for (const id of [1, 2]) codec.encode({ type: 'request', id, keep: true, variables: [] });
    codec.feed(way);
    return codec;
  };

  it.each(RECORDS)('$name', ({ type, content, input }) => {
    const codec = open();
    const { events, error } = outcomeOf(codec, [record(type, 1, content, { padding: 0 })], false);
    const allowed = (ANSWERING as Machine)[state]?.[input] !== undefined;
    if (state === 'ended') {
      expect([error, events]).toEqual([undefined, []]); // late, and ignored
    } else if (input === 'END_REQUEST' && content.length !== 8) {
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_LENGTH', statusHint: 502 });
    } else if (allowed) {
      expect(error).toBeUndefined();
      expect(events.map((event) => event.type)).toEqual(REPORTED[input] ?? []);
      expect(codec.active).toBe(input === 'END_REQUEST' ? 1 : 2);
    } else {
      expect(error).toMatchObject({ code: 'ERR_FASTCGI_STATE', statusHint: 502 });
    }
  });
});

const REPORTED: Readonly<Record<string, readonly string[]>> = {
  STDOUT: ['stdout'],
  STDERR: ['stderr'],
  END_REQUEST: ['end'],
};
