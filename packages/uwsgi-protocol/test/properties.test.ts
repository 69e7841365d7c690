// What holds for any bytes and any request.
import { ProtocolError } from '@sluice/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutAt, join, text } from '../../../test/vectors/bytes.ts';
import { UwsgiClientCodec } from '../src/client-codec.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { type UwsgiEvent, UwsgiServerCodec } from '../src/server-codec.ts';
import { header, joinChunks, packet, readAll } from '../src/testing.ts';
import { decodeVars, encodeVars } from '../src/vars.ts';

const character = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const anyText = fc.string({ unit: character, maxLength: 40 });
const OWN = ['CONTENT_LENGTH', 'HTTP_TRANSFER_ENCODING', 'UWSGI_FILE'];
const nameText = fc.oneof(
  fc.string({ unit: character, minLength: 1, maxLength: 20 }),
  fc.constantFrom(...OWN, '__proto__', 'constructor', 'HTTP_X', 'HTTP_TRANSFER', 'PATH_INFO'),
);
const valueText = fc.oneof(anyText, fc.constantFrom('', '0', '1', '-1', 'chunked', '\u00ff'));
const anyItems = fc
  .array(fc.tuple(nameText, valueText), { maxLength: 12 })
  .map((pairs) => pairs.flat());
const anyBytes = fc.uint8Array({ maxLength: 200 });
const anyCuts = fc.array(fc.nat(), { maxLength: 6 });

function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const inside = offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b);
  return cutAt(bytes, inside);
}

/** Events with the surplus summed up, because it is counted where it arrives; and the code of the error that ended them. */
function outcome(chunks: readonly Uint8Array[]): unknown[] {
  const codec = new UwsgiServerCodec();
  const events: UwsgiEvent[] = [];
  let code = 'ok';
  try {
    for (const chunk of chunks) events.push(...codec.feed(chunk));
    events.push(...codec.finish());
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(ERROR_CODES).toHaveProperty(error.code);
    expect(error.blame).toBe('remote');
    code = error.code;
  }
  const surplus = events.reduce(
    (sum, event) => sum + (event.type === 'surplus' ? event.size : 0),
    0,
  );
  return [...joinChunks(events.filter(({ type }) => type !== 'surplus')), surplus, code];
}

const almostRequests = fc.oneof(
  anyBytes,
  fc
    .tuple(fc.constantFrom(0, 30, 100), fc.nat(100), anyBytes)
    .map(([modifier1, size, rest]) => join([header(modifier1, size), rest])),
  fc.tuple(anyItems, anyText).map(([items, rest]) => packet(items, rest)),
  fc
    .tuple(anyItems, anyText)
    .map(([items, rest]) => packet(['REQUEST_METHOD', 'PUT', ...items], rest)),
  fc.tuple(fc.nat(50), anyBytes).map(([length, rest]) => {
    return join([packet(['REQUEST_METHOD', 'PUT', 'CONTENT_LENGTH', `${length}`]), rest]);
  }),
);

it('any bytes give events or a ProtocolError, the same under every cut', () => {
  fc.assert(
    fc.property(almostRequests, anyCuts, (bytes, offsets) => {
      expect(outcome(cut(bytes, offsets))).toEqual(outcome([bytes]));
    }),
    { numRuns: 3000 },
  );
});

it('any variables are read back from their block, and any block that is read is written again', () => {
  fc.assert(
    fc.property(anyItems, (items) => {
      expect(decodeVars(encodeVars(items))).toEqual(items);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      let items: string[];
      try {
        items = decodeVars(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_UWSGI_VARS', blame: 'remote' });
        return;
      }
      expect(text(encodeVars(items))).toBe(text(bytes));
    }),
    { numRuns: 1000 },
  );
});

it('what the client writes, the server reads, under every cut; what it cannot read is not written', () => {
  let written = 0;
  fc.assert(
    fc.property(anyItems, anyBytes, anyCuts, (items, body, offsets) => {
      // A method, and a path without NUL, are the caller's to see to.
      const variables = [
        'REQUEST_METHOD',
        'PUT',
        ...items.map((item) => item.replace('PATH_', '_')),
      ];
      const client = new UwsgiClientCodec();
      let request: Uint8Array;
      try {
        request = client.encode({ type: 'request', variables, contentLength: body.length });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_UWSGI_COMMAND', blame: 'local' });
        expect(items.join()).toMatch(/HTTP_.*[\0\r\n]/s);
        return;
      }
      written++;
      const bodies = cut(body, offsets).map((chunk) => client.encode({ type: 'body', chunk }));
      const bytes = join([request, ...bodies]);
      const events = joinChunks(readAll(new UwsgiServerCodec(), cut(bytes, offsets)));
      const others = variables.filter((_, at) => !OWN.includes(variables[at - (at % 2)] as string));
      expect(events).toEqual([
        {
          type: 'request',
          modifier1: 0,
          modifier2: 0,
          variables: ['CONTENT_LENGTH', `${body.length}`, ...others],
          contentLength: body.length,
        },
        ...(body.length > 0 ? [{ type: 'body', chunk: body }] : []),
        { type: 'end' },
      ]);
    }),
    { numRuns: 2000 },
  );
  expect(written).toBeGreaterThan(500);
});

it('any answer is passed on byte for byte', () => {
  fc.assert(
    fc.property(anyBytes, anyCuts, (bytes, offsets) => {
      const events = readAll(new UwsgiClientCodec(), cut(bytes, offsets));
      const data = events.flatMap((event) => (event.type === 'data' ? [event.chunk] : []));
      expect(text(join(data))).toBe(text(bytes));
      expect(events.at(-1)).toEqual({ type: 'end' });
    }),
  );
});
