// What holds for any bytes, any request and any answer.
import { ProtocolError } from '@sluice/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutAt, join, text } from '../../../test/vectors/bytes.ts';
import { FastcgiClientCodec } from '../src/client-codec.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { decodePairs, encodePairs } from '../src/name-value-pairs.ts';
import { FastcgiServerCodec } from '../src/server-codec.ts';
import { pairs, record, request } from '../src/testing.ts';
import { failure, outcomeOf, uncut } from './read.ts';

const character = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: character, maxLength: 300 });
const nameText = fc.oneof(
  fc.string({ unit: character, minLength: 1, maxLength: 200 }),
  fc.constantFrom('__proto__', 'constructor', 'HTTP_X', 'wsgi.input', 'CONTENT_TYPE'),
);
const variableList = fc
  .array(fc.tuple(nameText, anyText), { maxLength: 12 })
  .map((list) => list.flat())
  .filter((list) => !list.includes('CONTENT_LENGTH'));
const anyBytes = fc.uint8Array({ maxLength: 400 });
const anyCuts = fc.array(fc.nat(), { maxLength: 8 });
const anyId = fc.integer({ min: 1, max: 65_535 });

function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const inside = offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b);
  return cutAt(bytes, inside);
}

/** Records as a hostile web server or application may mix them: few ids, every type, any content. */
const anyRecord = fc
  .record({
    type: fc.oneof(fc.integer({ min: 1, max: 11 }), fc.nat(255)),
    id: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 2 }) },
      fc.integer({ min: 0, max: 4 }),
    ),
    content: fc.oneof(
      fc.constantFrom('', '', '\0\x01\0\0\0\0\0\0', '\0\x01\x01\0\0\0\0\0', '\0\x03\0\0\0\0\0\0'),
      fc.constantFrom('\x0e\x01CONTENT_LENGTH3', '\x0e\x01CONTENT_LENGTH', '\x01\x01AB', 'abc'),
      anyText,
    ),
    padding: fc.oneof(fc.constant(0), fc.nat(255)),
    version: fc.oneof({ weight: 99, arbitrary: fc.constant(1) }, fc.nat(255)),
  })
  .map(({ type, id, content, ...options }) => record(type, id, content, options));
const likelyStart = fc.constantFrom(
  new Uint8Array(0),
  request(),
  request().subarray(0, -8),
  request({ variables: ['CONTENT_LENGTH', '9'] }).subarray(0, -8),
  request({ role: 3 }),
);
const almostRecords = fc.oneof(
  anyBytes,
  fc.tuple(likelyStart, fc.array(anyRecord, { maxLength: 12 })).map(([start, records]) => {
    return join([start, ...records]);
  }),
);

it('any bytes give events or a ProtocolError, the same under every cut: an application', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(almostRecords, anyCuts, (bytes, offsets) => {
      const open = () => new FastcgiServerCodec({ roles: [1, 3], maxRequests: 2 });
      const whole = outcomeOf(open(), [bytes]);
      const pieces = outcomeOf(open(), cut(bytes, offsets));
      expect(uncut(pieces.events)).toEqual(uncut(whole.events));
      expect(pieces.error).toEqual(whole.error);
      if (whole.error) {
        expect(ERROR_CODES).toHaveProperty(whole.error.code);
        expect(whole.error.blame).toBe('remote');
      }
      for (const { type } of whole.events) seen.add(type);
    }),
    { numRuns: 5000, seed: 19960429 },
  );
  expect([...seen].sort()).toEqual([
    ...['abort', 'body', 'data', 'data-end', 'end', 'reply', 'request', 'surplus', 'truncated'],
  ]);
});

it('any bytes give events or a ProtocolError, the same under every cut: a web server', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 12 }), anyCuts, (records, offsets) => {
      const bytes = join(records);
      const open = () => {
        const codec = new FastcgiClientCodec();
        codec.encode({ type: 'get-values', names: [] });
        for (const id of [1, 2]) codec.encode({ type: 'request', id, keep: true, variables: [] });
        return codec;
      };
      const whole = outcomeOf(open(), [bytes]);
      const pieces = outcomeOf(open(), cut(bytes, offsets));
      expect(uncut(pieces.events)).toEqual(uncut(whole.events));
      expect(pieces.error).toEqual(whole.error);
      if (whole.error) expect(whole.error).toMatchObject({ blame: 'remote', statusHint: 502 });
      for (const { type } of whole.events) seen.add(type);
    }),
    { numRuns: 5000, seed: 19960429 },
  );
  expect([...seen].sort()).toEqual(['end', 'stderr', 'stdout', 'unknown-type', 'values']);
});

it('what a web server writes, an application reads, under every cut', () => {
  fc.assert(
    fc.property(
      ...[variableList, anyBytes, anyCuts, anyId, fc.boolean()],
      (variables, body, offsets, id, keep) => {
        const client = new FastcgiClientCodec();
        const bytes = join([
          client.encode({ type: 'request', id, keep, variables }),
          ...cut(body, offsets).map((chunk) => client.encode({ type: 'body', id, chunk })),
          client.encode({ type: 'body-end', id }),
        ]);
        const { events, error } = outcomeOf(new FastcgiServerCodec(), cut(bytes, offsets));
        expect(error).toBeUndefined();
        expect(uncut(events)).toEqual([
          { type: 'request', id, role: 1, keep, variables, contentLength: undefined, ended: false },
          ...(body.length > 0 ? [{ type: 'body', id, chunk: body }] : []),
          { type: 'end', id },
        ]);
      },
    ),
    { numRuns: 1000 },
  );
});

it('what an application writes, a web server reads, under every cut', () => {
  fc.assert(
    fc.property(
      ...[anyText, anyBytes, anyBytes, anyCuts, anyId, fc.nat(2 ** 32 - 1)],
      (head, chunk, log, offsets, id, appStatus) => {
        const client = new FastcgiClientCodec();
        const server = new FastcgiServerCodec();
        server.feed(client.encode({ type: 'request', id, keep: true, variables: [] }));
        const pieces = cut(chunk, offsets);
        const bytes = join([
          server.encode({ type: 'stderr', id, chunk: log }),
          server.encode({ type: 'stdout', id, head, last: false }),
          ...pieces.map((piece) =>
            server.encode({ type: 'stdout', id, chunk: piece, last: false }),
          ),
          server.encode({ type: 'stdout', id, chunk, last: true, appStatus }),
        ]);
        const { events, error } = outcomeOf(client, cut(bytes, offsets));
        expect(error).toBeUndefined();
        const sent = join([Buffer.from(head, 'latin1'), chunk, chunk]);
        expect(uncut(events)).toEqual([
          ...(log.length > 0 ? [{ type: 'stderr', id, chunk: log }] : []),
          ...(sent.length > 0 ? [{ type: 'stdout', id, chunk: sent }] : []),
          { type: 'end', id, appStatus, protocolStatus: 0 },
        ]);
        expect([server.active, client.active]).toEqual([0, 0]);
      },
    ),
    { numRuns: 1000 },
  );
});

it('what cannot be read back is not written', () => {
  const wild = fc.array(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(wild, (variables) => {
      const codec = new FastcgiClientCodec();
      const write = () => codec.encode({ type: 'request', keep: false, variables });
      const writable =
        variables.length % 2 === 0 &&
        variables.every((item, at) => (item !== '' || at % 2) && !/[^\0-\xff]/.test(item));
      if (!writable) {
        const error = failure(write);
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error.blame).toBe('local');
        return;
      }
      const [event] = new FastcgiServerCodec().feed(write());
      expect(event).toMatchObject({ type: 'request', variables });
    }),
    { numRuns: 1000 },
  );
});

it('pairs are read as they are written', () => {
  fc.assert(
    fc.property(variableList, fc.boolean(), (list, long) => {
      expect(decodePairs(encodePairs(list))).toEqual(list);
      expect(decodePairs(Buffer.from(pairs(list, long), 'latin1'))).toEqual(list);
      expect(text(encodePairs(list))).toBe(pairs(list));
    }),
  );
});
