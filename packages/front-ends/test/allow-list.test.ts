// Allow lists: addresses and networks, and what is neither.
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AllowList, LOOPBACK } from '../src/allow-list.ts';

function peer(remoteAddress: string | undefined, remoteFamily?: string): Socket {
  return { remoteAddress, remoteFamily } as Socket;
}

describe('has()', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.77/24', '192.0.2.1', true], // bits behind the prefix do not count
    ['192.0.2.4/30', '192.0.2.7', true],
    ['192.0.2.4/30', '192.0.2.8', false],
    ['192.0.2.1/32', '192.0.2.1', true],
    ['192.0.2.1/32', '192.0.2.0', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
    ['::1/128', '::1', true],
    ['::/0', '2001:db8::1', true],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '::FFFF:192.0.2.1', true],
    ['192.0.2.0/24', '::ffff:192.0.3.1', false],
    ['192.0.2.1', '::192.0.2.1', false],
  ])('%s, asked for %s: %s', (entry, address, expected) => {
    expect(new AllowList([entry]).has(address)).toBe(expected);
    expect(new AllowList(['198.51.100.1', entry]).has(address)).toBe(expected);
  });

  it.each(['', 'localhost', 'unknown', '192.0.2', '192.0.2.1:80', '::ffff:999.0.2.1', '/run/s'])(
    '%j is no address, and on no list',
    (address) => {
      expect(new AllowList(['0.0.0.0/0', '::/0']).has(address)).toBe(false);
    },
  );

  it('an empty list has nobody', () => {
    expect(new AllowList([]).has('127.0.0.1')).toBe(false);
  });

  it('LOOPBACK is this machine alone', () => {
    const list = new AllowList(LOOPBACK);
    for (const own of ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1']) {
      expect(list.has(own)).toBe(true);
    }
    for (const other of ['128.0.0.1', '10.0.0.1', '::2', '::', '0.0.0.0', '::ffff:10.0.0.1']) {
      expect(list.has(other)).toBe(false);
    }
  });
});

describe('entries', () => {
  it.each([
    ...['', 'localhost', '*', '192.0.2', '300.1.1.1', '127.0.0.1/33', '127.0.0.1/', '127.0.0.1/a'],
    ...['127.0.0.1/-1', '127.0.0.1/8/8', '127.0.0.1/1e1', '127.0.0.1/ 8', '::1/129', '::1/1000'],
    ...['127.0.0.1:80', '[::1]', ' 127.0.0.1', '127.0.0.1,::1', '/24'],
  ])('%j is refused, by its name', (entry) => {
    const refused = expect.objectContaining({
      name: 'OptionError',
      code: 'ERR_FRONT_END_ALLOW',
      message: expect.stringContaining(JSON.stringify(entry)),
    });
    expect(() => new AllowList(['127.0.0.1', entry])).toThrow(refused);
  });
});

describe('admits()', () => {
  const list = new AllowList(['192.0.2.0/24']);

  it('goes by the address of the peer', () => {
    expect(list.admits(peer('192.0.2.9', 'IPv4'))).toBe(true);
    expect(list.admits(peer('::ffff:192.0.2.9', 'IPv6'))).toBe(true);
    expect(list.admits(peer('203.0.113.9', 'IPv4'))).toBe(false);
  });

  it('lets every peer on a Unix socket in', () => {
    expect(list.admits(peer(undefined))).toBe(true);
    expect(new AllowList([]).admits(peer(undefined))).toBe(true);
  });

  it('refuses a peer whose address is not known although it has a family', () => {
    expect(list.admits(peer(undefined, 'IPv4'))).toBe(false);
  });
});
