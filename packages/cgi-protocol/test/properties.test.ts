// What holds for any bytes and any response.
import { isToken, ProtocolError } from '@sluice/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutAt, join, latin1 } from '../../../test/vectors/bytes.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { HOP_BY_HOP } from '../src/meta-variables.ts';
import { reasonPhrase } from '../src/reason-phrases.ts';
import { encodeResponseHead } from '../src/response-head.ts';
import { type CgiResponseEvent, CgiResponseReader } from '../src/response-reader.ts';
import { merged, read } from './read.ts';

const anyBytes = fc.uint8Array({ maxLength: 200 });
const anyCuts = fc.array(fc.nat(), { maxLength: 6 });
const visible = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
  .map((code) => String.fromCharCode(code));
const valueText = fc
  .string({ unit: fc.oneof(visible, fc.constant('\t')), maxLength: 40 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
const reasonText = fc
  .string({ unit: visible, maxLength: 20 })
  .map((text) => text.replace(/ +$/, ''));
const SINGLE = ['status', 'location', 'content-type', 'content-length'];
const nameText = fc
  .oneof(
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }).filter(isToken),
    fc.constantFrom('Set-Cookie', '__proto__', 'constructor', 'X-Powered-By', 'X-CGI', 'Statu'),
  )
  .filter((name) => {
    const lower = name.toLowerCase();
    return !SINGLE.includes(lower) && !HOP_BY_HOP.has(lower) && !lower.startsWith('x-cgi-');
  });
const headerList = fc.array(fc.tuple(nameText, valueText), { maxLength: 8 });

function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const inside = offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b);
  return cutAt(bytes, inside);
}

/** Events, and the code of the error that ended them. */
function outcome(chunks: readonly Uint8Array[], head: boolean): (CgiResponseEvent | string)[] {
  const reader = new CgiResponseReader({ head });
  const events: CgiResponseEvent[] = [];
  try {
    for (const chunk of chunks) events.push(...reader.feed(chunk));
    events.push(...reader.finish());
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(ERROR_CODES).toHaveProperty(error.code);
    expect(error).toMatchObject({ blame: 'remote', statusHint: 502 });
    return [...merged(events), error.code];
  }
  return merged(events);
}

const piece = fc.oneof(
  fc.constantFrom('Status: 200 OK', 'Status: ', 'HTTP/1.1 200 OK', 'Location: /x', 'X-A: b', ''),
  fc.constantFrom('Content-Length: 3', 'content-length: 5', 'Transfer-Encoding: chunked', ' x'),
  fc.tuple(nameText, valueText).map(([name, value]) => `${name}: ${value}`),
  fc
    .tuple(
      fc.constantFrom('', 'X: ', 'Status: 200 ', 'HTTP/1.1 200 ', 'Location: '),
      fc.string({ unit: 'binary-ascii', maxLength: 10 }),
    )
    .map((texts) => texts.join('')),
);
const almostResponses = fc.oneof(
  anyBytes,
  fc
    .array(fc.tuple(piece, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 8 })
    .map((lines) => latin1(`${lines.flat().join('')}\n\nbody`)),
);

it('any bytes give events or a ProtocolError, the same under every cut', () => {
  fc.assert(
    fc.property(almostResponses, anyCuts, fc.boolean(), (bytes, offsets, head) => {
      expect(outcome(cut(bytes, offsets), head)).toEqual(outcome([bytes], head));
    }),
    { numRuns: 2000 },
  );
});

it('a head never holds what would break the head of the answer made from it', () => {
  fc.assert(
    fc.property(almostResponses, (bytes) => {
      for (const event of outcome([bytes], false)) {
        if (typeof event === 'string' || event.type !== 'head') continue;
        for (const [name, value] of [...event.headers, ['X', event.reason] as const]) {
          expect(isToken(name)).toBe(true);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
          expect(value).not.toMatch(/[\0-\x08\x0a-\x1f\x7f]/);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

it('what is written is read back, under every cut', () => {
  const statuses = fc.integer({ min: 200, max: 599 });
  const response = fc.tuple(statuses, reasonText, headerList, anyBytes, fc.boolean());
  fc.assert(
    fc.property(response, anyCuts, ([status, reason, headers, body, measured], offsets) => {
      const bodyless = status === 204 || status === 304;
      const all = measured ? [...headers, ['Content-Length', `${body.length}`] as const] : headers;
      const bytes = join([latin1(encodeResponseHead(`${status} ${reason}`, all)), body]);
      expect(read(cut(bytes, offsets))).toEqual([
        {
          type: 'head',
          status,
          reason: reason || reasonPhrase(status),
          headers: all,
          localRedirect: undefined,
        },
        ...(body.length > 0 && !bodyless ? [{ type: 'body', chunk: body }] : []),
        { type: 'end' },
        ...(body.length > 0 && bodyless ? [{ type: 'surplus', size: body.length }] : []),
      ]);
    }),
    { numRuns: 1000 },
  );
});
