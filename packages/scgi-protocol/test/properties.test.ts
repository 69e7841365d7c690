// What holds for any bytes and any request.
import { ProtocolError } from '@sluice/protocol';
import { joinChunks, readAll } from '@sluice/protocol/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutAt, join, latin1, text } from '../../../test/vectors/bytes.ts';
import { block, netstring } from '../../../test/vectors/scgi.ts';
import { ScgiClientCodec } from '../src/client-codec.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { type ScgiEvent, ScgiServerCodec } from '../src/server-codec.ts';

const character = (from: number) =>
  fc.integer({ min: from, max: 255 }).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: character(0), maxLength: 80 });
const nameText = fc.oneof(
  fc.string({ unit: character(1), minLength: 1, maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'CONTENT_LENGTH', 'SCGI', 'HTTP_X', 'wsgi.input'),
);
const valueText = fc.oneof(
  fc.string({ unit: character(1), maxLength: 40 }),
  fc.constantFrom('', '0', '1', '-1', '24:', ',', '\n', '\u00ff'),
);
const variableList = fc
  .uniqueArray(fc.tuple(nameText, valueText), { selector: ([name]) => name, maxLength: 12 })
  .map((pairs) => pairs.flat());
const anyBytes = fc.uint8Array({ maxLength: 200 });
const anyCuts = fc.array(fc.nat(), { maxLength: 6 });

function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const inside = offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b);
  return cutAt(bytes, inside);
}

/** Events, and the code of the error that ended them. */
function outcome(chunks: readonly Uint8Array[]): (ScgiEvent | string)[] {
  const codec = new ScgiServerCodec();
  const events: ScgiEvent[] = [];
  try {
    for (const chunk of chunks) events.push(...codec.feed(chunk));
    events.push(...codec.finish());
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(ERROR_CODES).toHaveProperty(error.code);
    expect(error.blame).toBe('remote');
    return [...joinChunks(events), error.code];
  }
  return joinChunks(events);
}

const almostRequests = fc.oneof(
  anyBytes,
  fc.tuple(fc.nat(70), anyText).map(([size, rest]) => latin1(`${size}:${rest}`)),
  anyText.map((headers) => latin1(netstring(headers))),
  fc.array(fc.oneof(nameText, valueText), { maxLength: 8 }).map((items) => {
    return latin1(netstring(block('CONTENT_LENGTH', '2', ...items)));
  }),
);

it('any bytes give events or a ProtocolError, the same under every cut', () => {
  fc.assert(
    fc.property(almostRequests, anyCuts, (bytes, offsets) => {
      const pieces = cut(bytes, offsets);
      expect(surplusJoined(outcome(pieces))).toEqual(surplusJoined(outcome([bytes])));
    }),
    { numRuns: 2000 },
  );
});

it('what the client writes, the server reads, under every cut', () => {
  fc.assert(
    fc.property(variableList, anyBytes, anyCuts, (variables, body, offsets) => {
      const client = new ScgiClientCodec();
      const request = client.encode({ type: 'request', variables, contentLength: body.length });
      const bodies = cut(body, offsets).map((chunk) => client.encode({ type: 'body', chunk }));
      const bytes = join([request, ...bodies]);
      const events = joinChunks(readAll(new ScgiServerCodec(), cut(bytes, offsets)));
      const own = ['CONTENT_LENGTH', `${body.length}`, 'SCGI', '1'];
      const others = variables.filter(
        (_, at) => !['CONTENT_LENGTH', 'SCGI'].includes(variables[at - (at % 2)] as string),
      );
      expect(events).toEqual([
        { type: 'request', variables: [...own, ...others], contentLength: body.length },
        ...(body.length > 0 ? [{ type: 'body', chunk: body }] : []),
        { type: 'end' },
      ]);
    }),
    { numRuns: 1000 },
  );
});

it('a request that cannot be read back is not written', () => {
  const wild = fc.array(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(wild, (items) => {
      const variables = items.length % 2 ? items.slice(1) : items;
      let bytes: Uint8Array;
      try {
        bytes = new ScgiClientCodec().encode({ type: 'request', variables, contentLength: 0 });
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error).toMatchObject({ blame: 'local' });
        return;
      }
      expect(readAll(new ScgiServerCodec(), [bytes])).toMatchObject([
        { type: 'request', variables: ['CONTENT_LENGTH', '0', 'SCGI', '1', ...variables] },
        { type: 'end' },
      ]);
    }),
    { numRuns: 1000 },
  );
});

it('any answer is passed on byte for byte', () => {
  fc.assert(
    fc.property(anyBytes, anyCuts, (bytes, offsets) => {
      const events = readAll(new ScgiClientCodec(), cut(bytes, offsets));
      const data = events.flatMap((event) => (event.type === 'data' ? [event.chunk] : []));
      expect(text(join(data))).toBe(text(bytes));
      expect(events.at(-1)).toEqual({ type: 'end' });
    }),
  );
});

/** Surplus is counted where it arrives; only its sum must not depend on cuts. */
function surplusJoined(events: (ScgiEvent | string)[]): unknown[] {
  const other = events.filter((event) => typeof event === 'string' || event.type !== 'surplus');
  const sizes = events.map((event) =>
    typeof event !== 'string' && event.type === 'surplus' ? event.size : 0,
  );
  return [...other, sizes.reduce((sum, size) => sum + size, 0)];
}
