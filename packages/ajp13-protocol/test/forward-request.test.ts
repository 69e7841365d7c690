// Forward Requests that are right: what their fields mean.
import { expect, it } from 'vitest';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { METHODS, REQUEST_HEADERS } from '../src/tables.ts';
import { string, webServer } from '../src/testing.ts';

it('methods have codes from 1 to 27', () => {
  expect(METHODS).toHaveLength(27);
  for (const [index, name] of METHODS.entries()) {
    const [event] = new Ajp13ServerCodec().feed(webServer.forward({ method: index + 1 }));
    expect(event).toMatchObject({ method: name });
  }
  expect([METHODS[1], METHODS[3], METHODS[25]]).toEqual(['GET', 'POST', 'BASELINE-CONTROL']);
});

it('headers have codes from A001 to A00E, and are the same as text', () => {
  const names = REQUEST_HEADERS.filter((name) => name !== 'content-length');
  const headers = [
    ...names.map((name) => [0xa001 + REQUEST_HEADERS.indexOf(name), 'coded'] as const),
    ...names.map((name) => [name, 'text'] as const),
    ['X-As-Sent', '\t\u00e9'] as const,
  ];
  const [event] = new Ajp13ServerCodec().feed(webServer.forward({ headers }));
  expect(event).toHaveProperty('headers', [
    ...names.flatMap((name) => [name, 'coded']),
    ...names.flatMap((name) => [name, 'text']),
    ...['X-As-Sent', '\t\u00e9'],
  ]);
  expect([REQUEST_HEADERS[0], REQUEST_HEADERS[10], REQUEST_HEADERS[13]]).toEqual([
    ...['accept', 'host', 'user-agent'],
  ]);
});

it.each([
  ['a code', 0xa008],
  ['text', 'Content-Length'],
  ['text in capitals', 'CONTENT-LENGTH'],
])('Content-Length is %s', (_name, name) => {
  const [event] = new Ajp13ServerCodec().feed(webServer.forward({ headers: [[name, '007']] }));
  expect(event).toMatchObject({ contentLength: 7, hasBody: true });
});

it('Transfer-Encoding alone announces a body of unknown length', () => {
  const headers = [['TRANSFER-ENCODING', 'chunked']] as const;
  const [event] = new Ajp13ServerCodec().feed(webServer.forward({ headers }));
  expect(event).toMatchObject({ contentLength: undefined, hasBody: true });
});

it('attributes that real web servers send are told apart', () => {
  const codec = new Ajp13ServerCodec();
  const attributes = [
    ...[0x01, string('c'), 0x02, string('s'), 0x03, string('u'), 0x04, string('Basic')],
    ...[
      0x05,
      string('a=1'),
      0x06,
      string('route'),
      0x07,
      string('-----\nx\n'),
      0x08,
      string('AES'),
    ],
    ...[0x09, string('id'), 0x0b, 0, 128, 0x0a, string('AJP_x'), string('1\n2')],
    ...[0x0a, string('AJP_y'), string(undefined), 0x0d, string('IGNORED'), 0x0d, string('TOO')],
  ];
  expect(codec.feed(webServer.forward({ attributes }))).toMatchObject([
    {
      method: 'GET',
      attributes: {
        ...{ context: 'c', servletPath: 's', remoteUser: 'u', authType: 'Basic' },
        ...{ queryString: 'a=1', jvmRoute: 'route', sslCert: '-----\nx\n', sslCipher: 'AES' },
        ...{ sslSession: 'id', sslKeySize: '128' },
      },
      requestAttributes: ['AJP_x', '1\n2', 'AJP_y', ''],
    },
  ]);
});

it.each([
  ['an integer', [1, 0], '256'],
  ['a string', string('256'), '256'],
  ['the integer 0', [0, 0], '0'],
  ['the smallest integer', [0, 16], '16'],
  ['the longest string', string('000000000000256'), '000000000000256'],
  ['the null string', string(undefined), undefined],
])('a key size is %s', (_name, value, expected) => {
  const [event] = new Ajp13ServerCodec().feed(webServer.forward({ attributes: [0x0b, value] }));
  expect(event).toMatchObject({ attributes: { sslKeySize: expected } });
});

it('null strings are no values, and empty ones are', () => {
  const attributes = [0x03, string(undefined), 0x05, string('')];
  const headers = [['x-null', undefined]] as const;
  const [event] = new Ajp13ServerCodec().feed(
    webServer.forward({
      ...{ headers, attributes, remoteHost: '', serverName: undefined },
      isSsl: 7,
    }),
  );
  expect(event).toMatchObject({ remoteHost: '', serverName: undefined, isSsl: true });
  expect(event).toMatchObject({ headers: ['x-null', ''], attributes: { queryString: '' } });
  expect(event).toHaveProperty('attributes.remoteUser', undefined);
});

it('the path * is one', () => {
  const [event] = new Ajp13ServerCodec().feed(webServer.forward({ method: 1, uri: '*' }));
  expect(event).toMatchObject({ method: 'OPTIONS', uri: '*' });
});
