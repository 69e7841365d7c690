// The secret: nine ways to be wrong, and what becomes of it.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import { sameBytes } from '../src/same-bytes.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { bytesOf, everySplit, type Part, string, webServer } from '../src/testing.ts';
import { failure, refusal } from './failure.ts';
import { DONE, GET } from './places.ts';

const SECRET = 's3cret-\u00e9';
const attribute = (text: string | undefined): Part => [0x0c, string(text)];
const RIGHT = attribute(SECRET);

const WRONG: readonly (readonly [string, Part])[] = [
  ['missing', []],
  ['wrong', attribute('s3cret-x')],
  ['empty', attribute('')],
  ['a prefix', attribute(SECRET.slice(0, -1))],
  ['longer', attribute(`${SECRET}x`)],
  ['null', attribute(undefined)],
  ['a plain attribute', [0x0a, string('secret'), string(SECRET)]],
  ['twice', [RIGHT, RIGHT]],
  ['wrong, then right', [attribute('x'), RIGHT]],
  ['right, then wrong', [RIGHT, attribute('x')]],
  ['repeated inside', attribute(SECRET + SECRET)],
  ['on two lines', attribute(`${SECRET}\n`)],
];

describe.each(WRONG)('a secret that is %s', (_name, attributes) => {
  it.each([
    ['GET', []],
    ['POST', [[0xa008, '5']]],
  ] as const)('is refused with 403: %s', (_method, headers) => {
    const bytes = webServer.forward({ headers, attributes });
    for (const chunks of everySplit(bytes)) {
      const codec = new Ajp13ServerCodec({ secret: SECRET });
      const error = refusal(codec, chunks);
      expect(error).toMatchObject({ code: 'ERR_AJP13_SECRET', statusHint: 403, blame: 'remote' });
      expect(error.message).not.toContain('s3cret');
      expect(codec.feed(webServer.data('abcde'))).toEqual([]); // the body stays unread
      expect(codec.clean).toBe(false);
      expect(codec.encode(DONE).at(-1)).toBe(0);
    }
  });
});

it('the right one is taken, and told to nobody', () => {
  const codec = new Ajp13ServerCodec({ secret: SECRET });
  const events = codec.feed(webServer.forward({ attributes: RIGHT }));
  expect(events).toHaveLength(1);
  expect(JSON.stringify(events)).not.toContain('s3cret');
});

it('without one, whatever is sent is taken, and told to nobody', () => {
  for (const [, attributes] of [
    ...WRONG.slice(0, 6),
    ...WRONG.slice(7),
    ['right', RIGHT] as const,
  ]) {
    const events = new Ajp13ServerCodec().feed(webServer.forward({ attributes }));
    expect(events).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('s3cret');
  }
});

it('is compared in a time that does not depend on where it differs', () => {
  const expected = bytesOf('abcdefgh');
  /** Reads are counted, since time cannot be. */
  const reads = (guess: string): number => {
    let count = 0;
    const counting = new Proxy(bytesOf(guess), {
      get(target, at) {
        count++;
        return Reflect.get(target, at, target);
      },
    });
    expect(sameBytes(counting, 0, guess.length, expected)).toBe(guess === 'abcdefgh');
    return count;
  };
  for (const guess of ['xbcdefgh', 'xxxxxxxx', 'abcdefgx', 'abcdefgh'])
    expect(reads(guess)).toBe(8);
});

it('cannot be empty', () => {
  expect(failure(() => new Ajp13ServerCodec({ secret: '' }))).toMatchObject({
    code: 'ERR_AJP13_OPTION',
    blame: 'local',
  });
});

it('is sent by the web server', () => {
  const client = new Ajp13ClientCodec();
  const bytes = client.encode({ ...GET, secret: SECRET });
  expect(bytesOf(bytes)).toEqual(
    webServer.forward({ remoteAddr: undefined, serverName: undefined, attributes: RIGHT }),
  );
});
