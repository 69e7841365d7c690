// Options of a WSGIServer, as an address and options of serve().
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../src/addresses/address-url.ts';
import { PROTOCOLS } from '../src/registry.ts';
import { readFlupWords } from '../src/shapes/flup-words.ts';

describe('readFlupWords', () => {
  it('a secret is the same behind an address, whatever is in it', async () => {
    const secret = 'a+b c&d=%2B#';
    const { query } = readFlupWords(await PROTOCOLS.ajp.frontEnd(), { secret });
    expect(parseAddress(`ajp://127.0.0.1${query}`).query.get('secret')).toBe(secret);
  });

  it('without options of the protocol there is no query', async () => {
    expect(readFlupWords(await PROTOCOLS.scgi.frontEnd(), {}).query).toBe('');
  });

  it('options keep the name that they were given, so that mistakes name it', async () => {
    const given = { allowedServers: ['127.0.0.1'], maxThreads: 3, concurrency: 'thread' };
    const { options } = readFlupWords(await PROTOCOLS.scgi.frontEnd(), given);
    expect(options).toEqual(given);
  });

  it.each([
    ['host', /no option host with scgi; did you mean bindAddress\?/],
    ['threads', /no option threads with scgi; did you mean workers\?/],
    ['bindAdress', /did you mean bindAddress\?/],
  ])('%s is no option', async (name, why) => {
    const frontEnd = await PROTOCOLS.scgi.frontEnd();
    expect(() => readFlupWords(frontEnd, { [name]: 1 })).toThrow(why);
  });
});
