// What a misdirected web server speaks.
import { expect, it } from 'vitest';
import { protocolOf } from '../src/first-byte.ts';

it.each([
  [0x00, 'uwsgi'],
  [0x01, 'FastCGI'],
  [0x12, 'AJP13'],
  [0x16, 'TLS'],
  [0x30, 'SCGI'],
  [0x39, 'SCGI'],
  [0x41, 'HTTP'],
  [0x5a, 'HTTP'],
  [0x02, undefined],
  [0x2f, undefined],
  [0x3a, undefined],
  [0x40, undefined],
  [0x5b, undefined],
  [0xff, undefined],
])('%i begins %s', (byte, protocol) => {
  expect(protocolOf(byte)).toBe(protocol);
});
