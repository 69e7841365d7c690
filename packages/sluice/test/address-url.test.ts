// The one address syntax: what it says, and what a mistake in it is told.
import { lookup } from 'node:dns/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  looksLikeAddress,
  numericHost,
  parseAddress,
  settingsOf,
} from '../src/addresses/address-url.ts';
import { PROTOCOLS } from '../src/registry.ts';

vi.mock(import('node:dns/promises')); // no name of these tests is looked up for real

const failure = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });

describe('parseAddress', () => {
  it('takes a plus for a plus: secrets are often written in base64', () => {
    const { query } = parseAddress('ajp://127.0.0.1?secret=a+b/c==&peer=x%20%2By%23#z');
    expect([...query]).toEqual([
      ['secret', 'a+b/c=='],
      ['peer', 'x +y##z'],
    ]);
  });

  it.each([
    ['http://127.0.0.1:8000', 'http', { type: 'tcp', host: '127.0.0.1', port: 8000 }],
    ['http://127.0.0.1:8000/', 'http', { type: 'tcp', host: '127.0.0.1', port: 8000 }],
    ['scgi://localhost', 'scgi', { type: 'tcp', host: 'localhost', port: undefined }],
    ['scgi://localhost:', 'scgi', { type: 'tcp', host: 'localhost', port: undefined }],
    ['scgi://:4000', 'scgi', { type: 'tcp', host: '127.0.0.1', port: 4000 }],
    ['http://', 'http', { type: 'tcp', host: '127.0.0.1', port: undefined }],
    ['http://[::1]:80', 'http', { type: 'tcp', host: '::1', port: 80 }],
    ['http://[::]', 'http', { type: 'tcp', host: '::', port: undefined }],
    ['http://0.0.0.0:0', 'http', { type: 'tcp', host: '0.0.0.0', port: 0 }],
    ['http://h:65535', 'http', { type: 'tcp', host: 'h', port: 65535 }],
    ['scgi+unix:/run/app.sock', 'scgi', { type: 'unix', path: '/run/app.sock' }],
    ['scgi+unix:///run/app.sock', 'scgi', { type: 'unix', path: '/run/app.sock' }],
    ['http+unix:app.sock', 'http', { type: 'unix', path: 'app.sock' }],
    ['http+unix:./a b:c.sock', 'http', { type: 'unix', path: './a b:c.sock' }],
    ['scgi+fd:0', 'scgi', { type: 'fd', fd: 0 }],
    ['http+fd:12', 'http', { type: 'fd', fd: 12 }],
    ['scgi+systemd:', 'scgi', { type: 'systemd', name: '' }],
    ['http+systemd:app.socket', 'http', { type: 'systemd', name: 'app.socket' }],
    ['scgi+stdio:', 'scgi', { type: 'stdio' }],
    ['cgi:/usr/lib/cgi-bin/x', 'cgi', { type: 'file', path: '/usr/lib/cgi-bin/x' }],
    ['cgi:./cgi-bin', 'cgi', { type: 'file', path: './cgi-bin' }],
  ])('%s', (text, protocol, place) => {
    const address = parseAddress(text);
    expect(address).toMatchObject({ text, protocol });
    expect(address.place).toEqual(place);
    expect([...address.query]).toEqual([]);
  });

  it('every protocol of the registry is a scheme', () => {
    for (const name of Object.keys(PROTOCOLS)) {
      expect(parseAddress(`${name}+stdio:`).protocol).toBe(name);
    }
  });

  it('what follows the question mark is its options', () => {
    const { place, query, text } = parseAddress('scgi+unix:/run/s?mode=660&allow=::1&x=a%20b?c');
    expect(place).toEqual({ type: 'unix', path: '/run/s' });
    expect([...query]).toEqual([
      ['mode', '660'],
      ['allow', '::1'],
      ['x', 'a b?c'],
    ]);
    expect(text).toBe('scgi+unix:/run/s'); // for messages: an option may be a secret
  });

  it.each([
    ['', 'has to be like'],
    ['8000', 'has to be like http://'],
    ['127.0.0.1:8000', 'has to be like http://'],
    ['/run/app.sock', 'has to be like'],
    [':', 'has to be like'],
    ['localhost:8000', 'no protocol localhost'],
    ['htp://h', /no protocol htp; did you mean http\?/],
    ['gopher://h', /no protocol gopher; there are .*scgi/],
    ['constructor://h', 'no protocol constructor'],
    ['__proto__://h', 'has to be like'],
    ['http:', 'has to be like'],
    ['http:8000', 'has to be like'],
    ['scgi:/run/s', /written scgi\+unix:\/run\/s/],
    ['scgi:./s', /written scgi\+unix:\.\/s/],
    ['http://h:80/path', 'there has to be //host:port'],
    ['http://h:http', 'there has to be //host:port'],
    ['http://h:-1', 'there has to be //host:port'],
    ['http://h:80:80', 'there has to be //host:port'],
    ['http://::1', 'there has to be //host:port'],
    ['http://[::1', 'there has to be //host:port'],
    ['http://h:65536', 'up to 65535, not 65536'],
    ['http://h:99999999999999999999', 'up to 65535'],
    ['scgi+unix:', 'the path is missing'],
    ['scgi+fd:', 'a descriptor is a number'],
    ['scgi+fd:-1', 'a descriptor is a number'],
    ['scgi+fd:x', 'a descriptor is a number'],
    ['scgi+fd://3', 'a descriptor is a number'],
    ['scgi+tcp://h', /\+tcp is not known; there are \+unix/],
  ])('%j is refused, and the message says what is right', (text, message) => {
    expect(() => parseAddress(text)).toThrow(failure('ERR_OPTION_ADDRESS', message));
    expect(() => parseAddress(text)).toThrow(JSON.stringify(text));
  });
});

describe('looksLikeAddress', () => {
  it.each(['http://h', 'scgi+unix:/s', 'cgi:./x', 'htp://h', 'foo+unix:/s', 'http:', 'scgi+fd:0'])(
    '%s does',
    (text) => {
      expect(looksLikeAddress(text)).toBe(true);
    },
  );

  it.each(['app.js', './app.js', '/srv/app.js', 'app.js:name', 'demo', '', 'C:\\app.js', 'a+b:c'])(
    '%s does not',
    (text) => {
      expect(looksLikeAddress(text)).toBe(false);
    },
  );
});

describe('settingsOf', () => {
  const own = { a: 'meaning', secret: 'meaning' };

  it('gives what belongs to the protocol, and lets pass what others read', () => {
    const address = parseAddress('http://h?a=1&mode=2&secret=x');
    expect(settingsOf(address, own, ['mode'])).toEqual({ a: '1', secret: 'x' });
    expect(settingsOf(parseAddress('http://h'))).toEqual({});
  });

  it('names what is not, what there is, and what may be meant', () => {
    const address = parseAddress('http://h?a=1&moed=2');
    const unknown = (message: RegExp) => failure('ERR_OPTION_UNKNOWN', message);
    expect(() => settingsOf(address, own, ['mode'])).toThrow(unknown(/option moed here.*mode/));
    expect(() => settingsOf(parseAddress('http://h?zzzzzz=1'), own, ['mode'])).toThrow(
      unknown(/there are mode, a, secret, secretFile/),
    );
    expect(() => settingsOf(address)).toThrow(unknown(/option a here; there are none/));
  });

  it('a name of every object is no option', () => {
    expect(() => settingsOf(parseAddress('http://h?constructor=1'), own)).toThrow();
  });
});

describe('numericHost', () => {
  const address = parseAddress('http://h');

  it.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('%s is numeric already', async (host) => {
    expect(await numericHost(address, host)).toBe(host);
  });

  it('a name is looked up, and an unknown one is named', async () => {
    vi.mocked(lookup).mockResolvedValueOnce({ address: '192.0.2.1', family: 4 } as never);
    expect(await numericHost(address, 'known')).toBe('192.0.2.1');
    vi.mocked(lookup).mockRejectedValueOnce(new Error('ENOTFOUND'));
    const unknown = failure('ERR_OPTION_ADDRESS', /http:\/\/h: the host other is not known/);
    await expect(numericHost(address, 'other')).rejects.toEqual(unknown);
    expect(vi.mocked(lookup).mock.calls).toEqual([['known'], ['other']]);
  });
});
