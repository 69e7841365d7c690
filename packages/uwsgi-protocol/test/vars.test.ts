// The vars block: read, written, and what cannot be either.
import { describe, expect, it } from 'vitest';
import { latin1, text } from '../../../test/vectors/bytes.ts';
import { packet, VECTORS, vars } from '../src/testing.ts';
import { decodeVars, encodeVars } from '../src/vars.ts';
import { failure } from './failure.ts';

const blocks = VECTORS.flatMap(({ name, bytes, size, variables }) =>
  variables ? [{ name, block: bytes.subarray(4, 4 + size), variables }] : [],
);

it.each(blocks)('$name, there and back', ({ block, variables }) => {
  expect(decodeVars(block)).toEqual(variables);
  expect(text(encodeVars(variables))).toBe(text(block));
});

it.each(VECTORS.filter(({ server, variables }) => server === 400 && !variables))(
  'is refused at every length: $name',
  ({ bytes, size }) => {
    expect(failure(() => decodeVars(bytes.subarray(4, 4 + size)))).toMatchObject({
      code: 'ERR_UWSGI_VARS',
      statusHint: 400,
      blame: 'remote',
    });
  },
);

describe('decodeVars', () => {
  it('reads a block in whatever larger buffer it lies, and nothing beside it', () => {
    const items = ['A', 'B', 'A', '', 'HTTP_X', '\0\r\n'];
    const whole = packet(items, 'body');
    expect(decodeVars(whole.subarray(4, -4))).toEqual(items);
  });

  it('refuses a block that is cut anywhere but between two variables', () => {
    const block = vars('AB', 'xyz', 'CD', '');
    const whole = [0, 9, 15];
    for (let size = 0; size <= block.length; size++) {
      const decode = () => decodeVars(block.subarray(0, size));
      if (whole.includes(size)) expect(decode()).toHaveLength(2 * whole.indexOf(size));
      else expect(failure(decode)).toMatchObject({ code: 'ERR_UWSGI_VARS' });
    }
  });

  it('says what is wrong', () => {
    const message = (block: string) => failure(() => decodeVars(latin1(block))).message;
    expect(message('\x01')).toContain('inside the length of a name');
    expect(message('\x05\0AB')).toContain('a name of 5 bytes where 2 are left');
    expect(message('\x01\0A\x01')).toContain('before the length of a value');
    expect(message('\x01\0A\x05\0B')).toContain('a value of 5 bytes where 1 are left');
    expect(message('\0\0\x01\0B')).toContain('without a name');
  });

  it('has no limit of its own', () => {
    expect(decodeVars(vars(...Array(20_000).fill('A')))).toHaveLength(20_000);
  });
});

describe('encodeVars', () => {
  it.each([0, 1, 255, 256, 300, 65535 - 5])('writes a value of %i bytes', (size) => {
    const items = ['A', '\u00ff'.repeat(size)];
    const block = encodeVars(items);
    expect(block).toHaveLength(5 + size);
    expect(text(block)).toBe(text(vars(...items)));
  });

  it('writes a name of more than 255 bytes', () => {
    const items = ['N'.repeat(700), 'v', 'B', 'w'];
    expect(text(encodeVars(items))).toBe(text(vars(...items)));
  });

  const refused = (code: string, statusHint: number | undefined) =>
    expect.objectContaining({ code, statusHint, blame: 'local' });

  it.each([
    ['a name', ['N'.repeat(65536), '']],
    ['a value', ['A', 'x'.repeat(65536)]],
    ['a value of a size that wraps to 1', ['A', 'x'.repeat(65537)]],
    ['a sum one above', ['A', 'x'.repeat(65531)]],
    ['a sum', ['A', 'x'.repeat(40_000), 'B', 'x'.repeat(40_000)]],
    ['a sum that wraps to 0', ['A', 'x'.repeat(32763), 'B', 'x'.repeat(32763)]],
  ])('rows 17 and 18: refuses %s above 65535 bytes', (_name, items) => {
    const error = failure(() => encodeVars(items));
    expect(error).toEqual(refused('ERR_UWSGI_VARS_TOO_LARGE', 431));
    expect(error.message.length).toBeLessThan(160);
  });

  it('refuses an empty name, and characters that are no bytes', () => {
    expect(failure(() => encodeVars(['', 'x']))).toEqual(refused('ERR_UWSGI_COMMAND', 400));
    for (const wide of ['\u0100', `${'x'.repeat(200)}\u20ac`]) {
      const code = 'ERR_PROTOCOL_LATIN1';
      expect(failure(() => encodeVars(['A', wide]))).toEqual(refused(code, undefined));
      expect(failure(() => encodeVars([wide, 'A']))).toEqual(refused(code, undefined));
    }
  });
});
