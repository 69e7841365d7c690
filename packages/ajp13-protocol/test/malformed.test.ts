// What both codecs refuse, row by row of the table of malformed input.
import { describe, expect, it } from 'vitest';
import { TO_CONTAINER, TO_WEB_SERVER } from '../../../test/vectors/ajp13.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { everySplit, VECTORS } from '../src/testing.ts';
import { failure, refusal } from './failure.ts';
import { containerAt, DONE, webServerAt } from './places.ts';

const EVERYTHING = VECTORS.map(({ bytes }) => bytes);

it('every row is here', () => {
  const rows = [...TO_CONTAINER, ...TO_WEB_SERVER].map(({ row }) => row);
  // 14: the secret, in secret.test.ts. 18 and 26 are no errors. 29: what is sent, in client-codec.test.ts.
  const elsewhere = [14, 18, 26, 29];
  const all = Array.from({ length: 29 }, (_, at) => at + 1);
  expect([...new Set(rows)].sort((a, b) => a - b)).toEqual(
    all.filter((row) => !elsewhere.includes(row)),
  );
});

describe.each(TO_CONTAINER)('a container, $place: row $row, $name', (vector) => {
  const { place, bytes, code, status } = vector;

  it('is refused, however its bytes arrive, and nothing is read afterwards', () => {
    for (const chunks of everySplit(bytes)) {
      const codec = containerAt(place);
      const error = refusal(codec, chunks);
      expect(error).toMatchObject({ code, statusHint: status, blame: 'remote' });
      expect(ERROR_CODES).toHaveProperty(code);
      expect(codec.clean).toBe(false);
      expect(EVERYTHING.flatMap((packet) => codec.feed(packet))).toEqual([]);
      expect(codec.finish()).toEqual([]);
    }
  });

  it('is answered, if at all, without reuse', () => {
    const codec = containerAt(place);
    failure(() => codec.feed(bytes));
    if (status === undefined && place === 'idle') {
      expect(failure(() => codec.encode(DONE)).code).toBe('ERR_AJP13_COMMAND');
      return;
    }
    const head = { status: status ?? 200, reason: '', headers: [] };
    expect(codec.encode({ type: 'response', head, last: true }).at(-1)).toBe(0);
  });
});

describe.each(TO_WEB_SERVER)('a web server, $place: row $row, $name', (vector) => {
  const { place, bytes, code, status } = vector;

  it('is refused, however its bytes arrive, and nothing is read afterwards', () => {
    for (const chunks of everySplit(bytes)) {
      const codec = webServerAt(place);
      const error = refusal(codec, chunks);
      expect(error).toMatchObject({ code, statusHint: status, blame: 'remote' });
      expect(ERROR_CODES).toHaveProperty(code);
      expect(EVERYTHING.flatMap((packet) => codec.feed(packet))).toEqual([]);
      expect(codec.finish()).toEqual([]);
      expect(failure(() => codec.encode({ type: 'ping' })).code).toBe('ERR_AJP13_COMMAND');
    }
  });
});
