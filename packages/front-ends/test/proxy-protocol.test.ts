// Headers of the PROXY protocol, whole, in pieces, and malformed; the examples are those of HAProxy's specification.
import { toLatin1 } from '@sluice/protocol';
import { everySplit } from '@sluice/protocol/testing';
import { describe, expect, it } from 'vitest';
import { type ProxyHeader, ProxyHeaderReader } from '../src/proxy-protocol.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const IPV4 = [192, 0, 2, 7, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb];
const IPV6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0xdc, 0x04, 0x01, 0xbb],
];
/** Behind the client's address: NOOP of 3 bytes, and AUTHORITY `h`. */
const TLVS = [4, 0, 3, 0, 0, 0, 2, 0, 1, 0x68];

/** A header of version 2; its length is that of the bytes unless told otherwise. */
function binary(command: number, family: number, bytes: readonly number[] = [], length?: number) {
  const said = length ?? bytes.length;
  return Uint8Array.from([...SIGNATURE, command, family, said >> 8, said & 255, ...bytes]);
}

const V4 = {
  type: 'inet',
  source: { address: '192.0.2.7', port: 56324 },
  destination: { address: '198.51.100.1', port: 443 },
} as const;
const V6 = {
  type: 'inet',
  source: { address: '2001:db8::7', port: 56324 },
  destination: { address: '2001:db8::1', port: 443 },
} as const;

const HEADERS: readonly (readonly [string, string | Uint8Array, ProxyHeader])[] = [
  ['TCP4', 'PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n', V4],
  ['TCP6', 'PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n', V6],
  [
    'TCP6, as long as there is',
    `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'FFFF:'.repeat(7)}FFFF 65535 65535\r\n`,
    {
      type: 'inet',
      source: { address: `${'ffff:'.repeat(7)}ffff`, port: 65535 },
      destination: { address: `${'ffff:'.repeat(7)}ffff`, port: 65535 },
    },
  ],
  ['TCP6 in full', `PROXY TCP6 2001:0DB8:0:0:0:0:0:7 2001:0db8:0:0::1 56324 443\r\n`, V6],
  [
    'TCP6 of a mapped address',
    'PROXY TCP6 ::ffff:192.0.2.7 ::ffff:c633:6401 0 0\r\n',
    {
      type: 'inet',
      source: { address: '::ffff:192.0.2.7', port: 0 },
      destination: { address: '::ffff:198.51.100.1', port: 0 },
    },
  ],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n', { type: 'unknown' }],
  [
    'UNKNOWN of 107 bytes',
    `PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
    { type: 'unknown' },
  ],
  ['UNKNOWN and anything', 'PROXY UNKNOWN \0\xff\n\r\x1b \r\n', { type: 'unknown' }],
  ['PROXY, INET, STREAM', binary(0x21, 0x11, IPV4), V4],
  ['PROXY, INET, DGRAM', binary(0x21, 0x12, IPV4), V4],
  ['PROXY, INET6, STREAM', binary(0x21, 0x21, IPV6), V6],
  ['PROXY, INET6, DGRAM', binary(0x21, 0x22, IPV6), V6],
  ['PROXY, INET with TLVs', binary(0x21, 0x11, [...IPV4, ...TLVS]), V4],
  ['PROXY, INET6 with TLVs', binary(0x21, 0x21, [...IPV6, ...TLVS]), V6],
  ['PROXY, INET with TLVs that are none', binary(0x21, 0x11, [...IPV4, 1, 255]), V4],
  ['PROXY, UNIX', binary(0x21, 0x31, Array(216).fill(0x2f)), { type: 'unix' }],
  ['PROXY, UNIX, DGRAM, TLVs', binary(0x21, 0x32, Array(230).fill(0)), { type: 'unix' }],
  ['PROXY, UNSPEC', binary(0x21, 0x00), { type: 'unknown' }],
  ['PROXY, UNSPEC with addresses', binary(0x21, 0x01, IPV4), { type: 'unknown' }],
  ['PROXY, INET, UNSPEC', binary(0x21, 0x10, [1, 2, 3]), { type: 'unknown' }],
  ['LOCAL', binary(0x20, 0x00), { type: 'local' }],
  ['LOCAL with addresses', binary(0x20, 0x11, IPV4), { type: 'local' }],
  ['LOCAL of a family that is none', binary(0x20, 0xff, [1, 2, 3]), { type: 'local' }],
];

const bytesOf = (header: string | Uint8Array) =>
  typeof header === 'string' ? toLatin1(header) : header;
const REST = toLatin1('GET / HTTP/1.1\r\n\r\n');

describe.each(HEADERS)('%s', (_name, given, expected) => {
  it('is read however its bytes arrive, and nothing behind it', () => {
    const header = bytesOf(given);
    for (const chunks of everySplit(Buffer.concat([header, REST]))) {
      const reader = new ProxyHeaderReader();
      let taken = 0;
      let found: ReturnType<typeof reader.feed>;
      for (const chunk of chunks) {
        expect(reader.isBegun).toBe(taken > 0);
        found = reader.feed(chunk);
        taken += chunk.length;
        if (found) break;
        expect(taken).toBeLessThan(header.length);
      }
      expect(found?.header).toEqual(expected);
      const rest = Buffer.from(found?.rest as Uint8Array);
      expect(rest.equals(REST.subarray(0, taken - header.length))).toBe(true);
    }
  });
});

it('TLVs of 64 KiB are read away', () => {
  const reader = new ProxyHeaderReader();
  expect(reader.feed(binary(0x21, 0x11, IPV4, 65535))).toBeUndefined();
  const last = 65535 - IPV4.length;
  for (let at = 0; at < last - 1; at++) expect(reader.feed(new Uint8Array(1))).toBeUndefined();
  expect(reader.feed(toLatin1('.GET'))).toEqual({ header: V4, rest: toLatin1('GET') });
});

const MALFORMED: readonly (readonly [string | Uint8Array, RegExp])[] = [
  ['GET / HTTP/1.1\r\n', /begins with "GET \/ HTTP\/1", not with a PROXY header/],
  ['G', /begins with "G"/],
  ['PROXX', /begins with "PROXX"/],
  ['proxy tcp4', /begins with "proxy tcp4"/],
  ['PROXY\tTCP4', /begins with/],
  ['\r\n\r\n\0\r\nQUIX', /begins with/],
  ['\r\n\r\nGET', /begins with/],
  ['\x16\x03\x01', /begins with/],
  ['PROXY \r\n', /malformed PROXY header: "PROXY "/],
  ['PROXY TCP4\r\n', /malformed/],
  ['PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY tcp4 192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY UNKNOWNS\r\n', /malformed/],
  ['PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 65536 1\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 0x2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n', /malformed/],
  ['PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP6 2001:db8::7 198.51.100.1 1 2\r\n', /malformed/],
  ['PROXY TCP6 fe80::1%eth0 fe80::2%eth0 1 2\r\n', /malformed/],
  ['PROXY TCP6 2001::db8::7 2001:db8::1 1 2\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 2\nGET / HTTP/1.1\r\n', /malformed/],
  ['PROXY TCP4 192.0.2.7 198.51.100.1 1 2\rGET / HTTP/1.1\r\n', /malformed/],
  [`PROXY UNKNOWN ${'x'.repeat(93)}`, /does not end within 107 bytes/],
  [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, /does not end within 107 bytes/],
  [binary(0x11, 0x11, IPV4), /version 1, command 1/],
  [binary(0x31, 0x11, IPV4), /version 3/],
  [binary(0x22, 0x11, IPV4), /version 2, command 2/],
  [binary(0x2f, 0x00), /command 15/],
  [binary(0x21, 0x41, IPV4), /family 4, transport 1/],
  [binary(0x21, 0x13, IPV4), /family 1, transport 3/],
  [binary(0x21, 0x11, IPV4.slice(1)), /11 bytes for addresses of 12/],
  [binary(0x21, 0x11), /0 bytes for addresses of 12/],
  [binary(0x21, 0x21, IPV4), /12 bytes for addresses of 36/],
  [binary(0x21, 0x31, IPV6), /36 bytes for addresses of 216/],
];

describe('malformed', () => {
  it.each(MALFORMED)('%j', (given, message) => {
    const refusal = expect.objectContaining({
      code: 'ERR_FRONT_END_PROXY_HEADER',
      blame: 'remote',
      message: expect.stringMatching(message),
    });
    expect(() => new ProxyHeaderReader().feed(bytesOf(given))).toThrow(refusal);
    for (const chunks of everySplit(bytesOf(given))) {
      const reader = new ProxyHeaderReader();
      const read = () => chunks.map((chunk) => reader.feed(chunk));
      expect(read).toThrow(expect.objectContaining({ code: 'ERR_FRONT_END_PROXY_HEADER' }));
    }
  });

  it('the first wrong byte is enough', () => {
    const reader = new ProxyHeaderReader();
    expect(reader.feed(toLatin1('PR'))).toBeUndefined();
    expect(() => reader.feed(toLatin1('x'))).toThrow(/begins with "PRx"/);
  });

  it('any bytes give a header or a refusal', () => {
    let seed = 39;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return (seed >> 8) % below;
    };
    for (let times = 0; times < 5000; times++) {
      const [, header] = HEADERS[random(HEADERS.length)] as (typeof HEADERS)[number];
      const bytes = Uint8Array.from(bytesOf(header));
      bytes[random(bytes.length)] = random(256);
      try {
        new ProxyHeaderReader().feed(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FRONT_END_PROXY_HEADER' });
      }
    }
  });
});
