// Addresses that stand twice in a list.
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Address } from '../src/address.ts';
import { refuseTwins } from '../src/twins.ts';

const tcp = (host: string, port: number): Address => ({ type: 'tcp', host, port });
const unix = (path: string): Address => ({ type: 'unix', path });

describe('refuseTwins', () => {
  it.each<[string, Address, Address]>([
    ['a port', tcp('127.0.0.1', 80), tcp('127.0.0.1', 80)],
    ['a path, written in two ways', unix('s'), unix(resolve('x/../s'))],
    ['a descriptor', { type: 'fd', fd: 3 }, { type: 'fd', fd: 3 }],
    ['every address of IPv4, and of both', tcp('0.0.0.0', 80), tcp('::', 80)],
  ])('%s', (_what, one, other) => {
    expect(() => refuseTwins([tcp('::1', 1), one, other], ['a', 'b', 'c'])).toThrow(
      expect.objectContaining({
        code: 'ERR_LISTEN_IN_USE',
        message: 'b and c are the same address: one listener for each',
      }),
    );
  });

  it.each<[string, Address, Address]>([
    ['any free port, twice', tcp('127.0.0.1', 0), tcp('127.0.0.1', 0)],
    ['two ports', tcp('127.0.0.1', 80), tcp('127.0.0.1', 81)],
    ['two families', tcp('127.0.0.1', 80), tcp('::1', 80)],
    ['two paths', unix('/s'), unix('/t')],
  ])('%s, is fine', (_what, one, other) => {
    expect(() => refuseTwins([one, other], ['a', 'b'])).not.toThrow();
  });
});
