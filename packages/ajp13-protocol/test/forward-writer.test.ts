// Ajp13ClientCodec.encode: the heads of requests.
import { describe, expect, it } from 'vitest';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientCommand } from '../src/client-messages.ts';
import { bytesOf, string, webServer } from '../src/testing.ts';
import { failure } from './failure.ts';
import { GET } from './places.ts';

type Request = Ajp13ClientCommand & { readonly type: 'request' };

const refused = (code: string, statusHint: number) =>
  expect.objectContaining({ code, blame: 'local', statusHint });

function write(given: Partial<Request>, maxPacketSize = 8192): Uint8Array {
  return bytesOf(new Ajp13ClientCodec({ maxPacketSize }).encode({ ...GET, ...given }));
}

describe('a request', () => {
  const NOBODY = { remoteAddr: undefined, serverName: undefined };

  it('has null strings where nothing is known', () => {
    expect(write({})).toEqual(webServer.forward(NOBODY));
  });

  it('has codes for header names, in any case, and text for others as it is', () => {
    const headers = ['Host', 'a', 'COOKIE', 'b', 'User-agent', 'c', 'X-Y', '', 'x-y', '\u00e9'];
    expect(write({ headers })).toEqual(
      webServer.forward({
        ...NOBODY,
        headers: [
          [0xa00b, 'a'],
          [0xa009, 'b'],
          [0xa00e, 'c'],
          ['X-Y', ''],
          ['x-y', '\u00e9'],
        ],
      }),
    );
  });

  it('has every attribute', () => {
    const attributes = {
      ...{ context: 'c', servletPath: 's', remoteUser: 'u', authType: 'Basic', queryString: 'q' },
      ...{ jvmRoute: 'r', sslCert: '-\n-', sslCipher: 'AES', sslSession: 'id', sslKeySize: '16' },
    };
    const requestAttributes = ['AJP_REMOTE_PORT', '5000', 'AJP_X', 'two\nlines'];
    const whole = { attributes, requestAttributes, method: 'PATCH', isSsl: true, secret: 'key' };
    expect(write({ ...whole, remoteHost: '', serverPort: 443 })).toEqual(
      webServer.forward({
        ...NOBODY,
        ...{ method: 255, remoteHost: '', serverPort: 443, isSsl: 1 },
        attributes: [
          ...[1, string('c'), 2, string('s'), 3, string('u'), 4, string('Basic'), 5, string('q')],
          ...[6, string('r'), 12, string('key'), 7, string('-\n-'), 8, string('AES')],
          ...[9, string('id'), 11, 0, 16, 13, string('PATCH')],
          ...[10, string('AJP_REMOTE_PORT'), string('5000'), 10, string('AJP_X')],
          string('two\nlines'),
        ],
      }),
    );
  });

  it('fills a packet, and no more', () => {
    for (const maxPacketSize of [8192, 65536]) {
      const most = maxPacketSize - write({ uri: '/' }).length;
      expect(write({ uri: `/${'x'.repeat(most)}` }, maxPacketSize)).toHaveLength(maxPacketSize);
      const codec = new Ajp13ClientCodec({ maxPacketSize });
      const tooMuch = { ...GET, uri: `/${'x'.repeat(most + 1)}` };
      expect(() => codec.encode(tooMuch)).toThrow(refused('ERR_AJP13_TOO_LARGE', 431));
      expect(codec.encode(GET)).not.toHaveLength(0); // nothing was sent: another one may follow
    }
    expect(() => write({ headers: ['X', 'x'.repeat(70000)] })).toThrow(
      refused('ERR_AJP13_TOO_LARGE', 431),
    );
    const many = Array<string>(40000).fill('cookie');
    expect(() => write({ headers: many })).toThrow(refused('ERR_AJP13_TOO_LARGE', 431));
  });

  it.each<Partial<Request>>([
    ...['', 'GE T', 'GET\0'].map((method) => ({ method })),
    ...['', 'a', 'http://a/', '**', '/\n', '/\0', `/${'x'.repeat(60)}\r`].map((uri) => ({ uri })),
    ...['', 'HTTP/1.1\n'].map((protocol) => ({ protocol })),
    ...[-1, 65536, 1.5, Number.NaN].map((serverPort) => ({ serverPort })),
    ...['', 'a b', '\u00e9', 'a\n'].map((name) => ({ headers: [name, 'x'] })),
    ...['\r', '\n', '\0'].map((value) => ({ headers: ['X', value] })),
    ...['', '15', '65535', 'two', '-1'].map((sslKeySize) => ({ attributes: { sslKeySize } })),
    { attributes: { remoteUser: 'a\nb' } },
    { attributes: { sslCert: 'a\0b' } },
    { requestAttributes: ['a\n', 'b'] },
    { requestAttributes: ['a', '\0'] },
    { secret: 'a\n' },
    { headers: ['Content-Length', '5', 'content-length', '5'] },
    { headers: ['Content-Length', '+5'] },
    { headers: ['Content-Length', '5', 'Transfer-Encoding', 'chunked'] },
    { headers: ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'] },
    { headers: ['Transfer-Encoding', 'gzip'] },
  ])('that is none is refused: %j', (given) => {
    const codec = new Ajp13ClientCodec();
    expect(() => codec.encode({ ...GET, ...given })).toThrow(refused('ERR_AJP13_COMMAND', 400));
    expect(codec.finish()).toEqual([]); // nothing is due
  });

  it('of more than bytes is refused', () => {
    for (const given of [{ uri: '/\u20ac' }, { headers: ['X', '\u0100'] }])
      expect(failure(() => write(given)).code).toBe('ERR_PROTOCOL_LATIN1');
  });

  it('whose header name could be read as a code is refused', () => {
    const headers = ['x'.repeat(0xa0a0), ''];
    expect(() => write({ headers }, 65536)).toThrow(refused('ERR_AJP13_COMMAND', 400));
  });
});
