// What holds for any bytes, any request and any response.
import { ProtocolError } from '@sluice/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutAt } from '../../../test/vectors/bytes.ts';
import { Ajp13ClientCodec } from '../src/client-codec.ts';
import type { Ajp13ClientCommand } from '../src/client-messages.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { Ajp13ServerCodec } from '../src/server-codec.ts';
import { METHODS, REQUEST_HEADERS, RESPONSE_HEADERS } from '../src/tables.ts';
import { bytesOf, integer, joinChunks, string, webServer } from '../src/testing.ts';
import { containerAt, GET, webServerAt } from './places.ts';

type Request = Ajp13ClientCommand & { readonly type: 'request' };

const character = (from: number) =>
  fc.integer({ min: from, max: 255 }).map((code) => String.fromCharCode(code));
const line = fc.oneof(
  fc.string({ unit: character(32), maxLength: 40 }),
  fc.string({ unit: character(32), minLength: 81, maxLength: 120 }),
  fc.constantFrom('', '\t', '__proto__', '0'),
);
const lines = fc.string({ unit: character(1), maxLength: 90 });
const optional = fc.option(line, { nil: undefined });
const token = fc.stringMatching(/^[!#-'*+.^_`|~0-9A-Za-z-]{1,20}$/);
const path = line.map((text) => `/${text}`);
const anyBytes = fc.uint8Array({ maxLength: 200 });
const anyCuts = fc.array(fc.nat(), { maxLength: 6 });

function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const inside = offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b);
  return cutAt(bytes, inside);
}

/** Names that say nothing of the body. */
const nameOf = (coded: readonly string[]) =>
  fc
    .oneof(token, fc.constantFrom(...coded))
    .filter(
      (name) =>
        !/^(content-length|transfer-encoding|connection|keep-alive|upgrade|trailer)$/i.test(name),
    );
const attributes = fc.record({
  ...{ context: optional, servletPath: optional, remoteUser: optional, authType: optional },
  ...{ queryString: optional, jvmRoute: optional, sslCipher: optional, sslSession: optional },
  sslCert: fc.option(lines, { nil: undefined }),
  sslKeySize: fc.option(fc.integer({ min: 16, max: 65534 }).map(String), { nil: undefined }),
});
const request: fc.Arbitrary<Request> = fc.record({
  type: fc.constant('request'),
  method: fc.oneof(token, fc.constantFrom(...METHODS)),
  protocol: line.map((text) => `H${text}`),
  uri: fc.oneof(path, fc.constant('*')),
  ...{ remoteAddr: optional, remoteHost: optional, serverName: optional },
  serverPort: fc.integer({ min: 0, max: 65535 }),
  isSsl: fc.boolean(),
  headers: fc
    .array(fc.tuple(nameOf(REQUEST_HEADERS), line), { maxLength: 8 })
    .map((all) => all.flat()),
  attributes,
  requestAttributes: fc.array(fc.tuple(line, lines), { maxLength: 4 }).map((all) => all.flat()),
  secret: fc.option(line, { nil: undefined }),
});

it('what the web server writes, the container reads, under every cut', () => {
  fc.assert(
    fc.property(request, anyCuts, (command, offsets) => {
      const bytes = new Ajp13ClientCodec({ maxPacketSize: 65536 }).encode(command);
      const { secret, ...rest } = command;
      const codec = new Ajp13ServerCodec({ maxPacketSize: 65536, ...(secret ? { secret } : {}) });
      const events = cut(bytes, offsets).flatMap((chunk) => codec.feed(chunk));
      const headers = command.headers.map((text, at) => {
        const lower = text.toLowerCase();
        return at % 2 === 0 && REQUEST_HEADERS.includes(lower as 'host') ? lower : text;
      });
      expect(events).toEqual([{ ...rest, headers, contentLength: undefined, hasBody: false }]);
    }),
    { numRuns: 1000 },
  );
});

it('what the container writes, the web server reads, under every cut', () => {
  const head = fc.record({
    status: fc
      .integer({ min: 200, max: 599 })
      .filter((status) => ![204, 205, 304].includes(status)),
    reason: line,
    headers: fc.array(fc.tuple(nameOf(RESPONSE_HEADERS), line), { maxLength: 8 }),
  });
  const parts = fc.array(anyBytes, { maxLength: 4 });
  fc.assert(
    fc.property(head, parts, anyCuts, fc.boolean(), (given, chunks, offsets, reuse) => {
      const server = containerAt('answering', { maxPacketSize: 1024 * 20 });
      const written = [server.encode({ type: 'response', head: given, last: false })];
      for (const chunk of chunks)
        written.push(server.encode({ type: 'response', chunk, last: false }));
      written.push(server.encode({ type: 'response', last: true, reuse }));
      const client = webServerAt('head', { maxPacketSize: 1024 * 20 });
      const events = cut(bytesOf(written), offsets).flatMap((chunk) => client.feed(chunk));
      const headers = given.headers.map(([name, value]) => {
        const same = (other: string) => other.toLowerCase() === name.toLowerCase();
        return [RESPONSE_HEADERS.find(same) ?? name, value];
      });
      const body = bytesOf(chunks);
      expect(joinChunks(events)).toEqual([
        { type: 'head', ...given, reason: given.reason || String(given.status), headers },
        ...(body.length > 0 ? [{ type: 'body', chunk: body }] : []),
        { type: 'end', reuse },
      ]);
    }),
    { numRuns: 1000 },
  );
});

/** The code of the error at the end of some bytes, or undefined. */
function codeOf(codec: Ajp13ServerCodec | Ajp13ClientCodec, chunks: readonly Uint8Array[]) {
  try {
    for (const chunk of chunks) codec.feed(chunk);
    codec.finish();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(ERROR_CODES).toHaveProperty(error.code);
    expect(error.blame).toBe('remote');
    return error.code;
  }
}

const payload = fc.array(
  fc.oneof(
    line.map((text) => string(text)),
    fc.nat(65535).map(integer),
    fc.nat(255),
    fc.constantFrom(0xff, [0xff, 0xff], [0xa0, 8], [0x0b, 1, 0]),
  ),
  { maxLength: 20 },
);
const almost = fc.oneof(
  anyBytes,
  fc.tuple(fc.constantFrom(2, 3, 4, 5, 6, 9, 10), payload, anyBytes).map(([type, parts, rest]) => {
    const bytes = bytesOf(type, parts);
    return bytesOf(
      integer(type === 2 || type === 10 ? 0x1234 : 0x4142),
      integer(bytes.length),
      bytes,
      rest,
    );
  }),
  fc
    .tuple(payload, fc.nat(3), fc.array(fc.tuple(token, line), { maxLength: 3 }))
    .map(([attribute, more, headers]) =>
      webServer.forward({
        headers,
        count: headers.length + (more === 0 ? 1 : 0),
        attributes: attribute,
      }),
    ),
);

it('any bytes give events or a ProtocolError, the same one under every cut', () => {
  fc.assert(
    fc.property(almost, anyCuts, (bytes, offsets) => {
      for (const place of ['idle', 'first', 'unasked', 'asked', 'answering'] as const)
        expect(codeOf(containerAt(place), cut(bytes, offsets))).toBe(
          codeOf(containerAt(place), [bytes]),
        );
      for (const place of ['idle', 'head', 'body', 'ended'] as const)
        expect(codeOf(webServerAt(place), cut(bytes, offsets))).toBe(
          codeOf(webServerAt(place), [bytes]),
        );
    }),
    { numRuns: 1000 },
  );
});

it('a request that cannot be read back is not written', () => {
  const wild = fc.string({ unit: 'binary', maxLength: 6 });
  const some = fc.record({
    headers: fc.array(wild, { maxLength: 4 }),
    uri: wild.map((text) => `/${text}`),
  });
  fc.assert(
    fc.property(some, wild, (given, user) => {
      let bytes: Uint8Array;
      try {
        bytes = new Ajp13ClientCodec().encode({
          ...GET,
          ...given,
          attributes: { remoteUser: user },
        });
      } catch (error) {
        expect(error).toMatchObject({ blame: 'local' });
        return;
      }
      expect(new Ajp13ServerCodec().feed(bytes)).toMatchObject([
        { uri: given.uri, attributes: { remoteUser: user } },
      ]);
    }),
    { numRuns: 400 },
  );
});
