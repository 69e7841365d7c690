// `sluice request -v` tells what passes, unit by unit of each protocol, and no secrets.
import { encodeRecord, RecordType } from 'fastcgi-protocol';
import type { ProtocolName } from 'sluice';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL, peerSaying, peerThat, request, serveAll } from './support/request-command.ts';

let addresses: Record<ProtocolName, string>;
beforeAll(async () => {
  const servers = await serveAll();
  addresses = servers.addresses;
  return () => servers.close();
});

/** Lines that have to be there for each protocol, in this order. */
const TOLD: Readonly<Record<ProtocolName, readonly (string | RegExp)[]>> = {
  http: [
    '> POST /a%20b?q=1 HTTP/1.1',
    /^> Host: 127\.0\.0\.1:\d+$/,
    '> Content-Length: 5',
    '> 5 bytes of body',
    '< HTTP/1.1 200 OK',
    '< Content-Type: text/plain',
    /^< \d+ bytes of body, in chunks$/,
  ],
  scgi: [
    /^> netstring of \d+ bytes, \d+ headers, 5 bytes of body to follow$/,
    '>   CONTENT_LENGTH=5',
    '>   SCGI=1',
    '>   PATH_INFO=/a b',
    '> 5 bytes of body',
    '< Status: 200 OK',
    '< Content-Type: text/plain',
    /^< \d+ bytes of body/,
  ],
  uwsgi: [
    /^> packet modifier1 0 \(WSGI\), modifier2 0, \d+ bytes of vars$/,
    '>   PATH_INFO=/a b',
    '> 5 bytes of body',
    '< HTTP/1.1 200 OK',
    '< Content-Type: text/plain',
    /^< \d+ bytes of body/,
  ],
  fastcgi: [
    '> BEGIN_REQUEST id 1, 8 bytes: role 1 (RESPONDER), flags 0 (close when done)',
    /^> PARAMS id 1, \d+ bytes/,
    '> PARAMS id 1, 0 bytes: end',
    '>   PATH_INFO=/a b',
    '> STDIN id 1, 5 bytes + 3 padding: body',
    '> STDIN id 1, 0 bytes: end',
    /^< STDOUT id 1, \d+ bytes/,
    '<   Status: 200 OK',
    '<   Content-Type: text/plain',
    /^< {3}\d+ bytes of body/,
    '< END_REQUEST id 1, 8 bytes: appStatus 0, protocolStatus 0 (REQUEST_COMPLETE)',
  ],
  ajp: [
    /^> Forward Request, \d+ bytes$/,
    '>   POST /a%20b HTTP/1.1',
    '>   remote_addr 127.0.0.1, remote_host (none)',
    '>   server_name localhost, server_port 80, is_ssl no',
    '>   host: localhost',
    '>   content-length: 5',
    '>   query_string q=1',
    '> body packet, 5 bytes of body',
    /^< Send Headers, \d+ bytes$/,
    '<   200 OK',
    '<   Content-Type: text/plain',
    /^< Send Body Chunk, \d+ bytes of body$/,
    /^< End Response, reuse (?:yes|no)$/,
  ],
  cgi: [
    /^> environment of \d+ variables$/,
    '>   PATH_INFO=/a b',
    '>   CONTENT_LENGTH=5',
    '> 5 bytes of body, on standard input',
    '< Status: 200 OK',
    '< Content-Type: text/plain',
    /^< \d+ bytes of body/,
  ],
};

/** Checks that lines are there, in order. */
function expectInOrder(lines: readonly string[], expected: readonly (string | RegExp)[]): void {
  let at = 0;
  for (const wanted of expected) {
    const found = lines.findIndex(
      (line, index) =>
        index >= at && (typeof wanted === 'string' ? line === wanted : wanted.test(line)),
    );
    if (found < 0) throw new Error(`no line ${wanted} behind line ${at} of\n${lines.join('\n')}`);
    at = found + 1;
  }
}

describe.each(ALL)('sluice request -v: %s', (name) => {
  it('tells what passes, and how long it took', async () => {
    const { code, stdout, lines } = await request([addresses[name], '/a%20b?q=1', '-vd', 'hello']);
    expect([code, stdout]).toEqual([0, 'POST |/a b\nhello']);
    // What we send and what comes back cross each other: each direction has its order.
    for (const mark of ['>', '<']) {
      const expected = TOLD[name].filter((line) =>
        (typeof line === 'string' ? line : line.source.slice(1)).startsWith(mark),
      );
      expectInOrder(
        lines.filter((line) => line.startsWith(mark)),
        expected,
      );
    }
    expect(lines.filter((line) => !/^[><*] /.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(
      /^\* connected after \d+\.\d ms, first byte after \d+\.\d ms, end after \d+\.\d ms$/,
    );
  });

  it('tells no secrets, and no bodies', async () => {
    const { code, stderr } = await request([
      ...[addresses[name], '/', '-v', '-d', 'body-secret', '-H', 'X-Api-Key: key-secret'],
      ...['-H', 'Authorization: Basic auth-secret', '-H', 'Cookie: a=cookie-secret; b'],
    ]);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/-secret|hidden/);
    expect(stderr).toMatch(/^> +(?:HTTP_)?X[-_]API[-_]KEY(?:=|: )…$/im);
    expect(stderr).toMatch(/^> +(?:HTTP_)?AUTHORIZATION(?:=|: )Basic …$/im);
    expect(stderr).toMatch(/^> +(?:HTTP_)?COOKIE(?:=|: )a=…;…$/im);
    expect(stderr).toMatch(/^< +Set-Cookie: session=…; Path=\/$/m);
  });

  it('an answer of many blocks is summed up', async () => {
    const { code, stderr } = await request([
      ...[addresses[name], '/?endless', '-v', '-o', '/dev/null', '--max-time', '0.5'],
    ]);
    expect(code).toBe(1);
    expect(stderr).not.toContain('xxxx');
    expect(stderr).toContain('no whole answer within 0.5 s');
  });
});

describe('sluice request -v', () => {
  it('tells the secret of AJP as …', async () => {
    const answer = Buffer.from('414200080401930000000000414200020500', 'hex'); // 403, and its end
    const { lines, stderr } = await request([`ajp${await peerSaying(answer)}?secret=hush`, '-v']);
    expect(lines).toContain('>   secret …');
    expect(stderr).not.toContain('hush');
  });

  it('--ping tells the question and the answer', async () => {
    const { lines } = await request([addresses.fastcgi, '--ping', '-v']);
    expect(lines[0]).toMatch(/^> GET_VALUES id 0, \d+ bytes$/);
    expect(lines).toContain('<   FCGI_MPXS_CONNS=1');
    expect((await request([addresses.ajp, '--ping', '-v'])).lines.slice(0, 2)).toEqual([
      '> CPing, 1 byte',
      '< CPong, 1 byte',
    ]);
    expect((await request([addresses.uwsgi, '--ping', '-v'])).lines.slice(0, 2)).toEqual([
      '> packet modifier1 100 (PING), modifier2 0, 0 bytes of vars',
      '< packet modifier1 100 (PING), modifier2 1, 0 bytes of vars',
    ]);
  });

  it('shows records of the error stream and records nobody knows', async () => {
    const answer = Buffer.concat([
      encodeRecord(RecordType.STDERR, 1, Buffer.from('one\ntwo\x1b[31m\n')),
      encodeRecord(11, 0, Buffer.from([77, 0, 0, 0, 0, 0, 0, 0])),
      encodeRecord(RecordType.STDOUT, 1, Buffer.from('Status: 200 OK\r\n\r\nhi')),
      encodeRecord(RecordType.END_REQUEST, 1, Buffer.from([0, 0, 0, 7, 0, 0, 0, 0])),
    ]);
    const { code, stdout, lines } = await request([`fastcgi${await peerSaying(answer)}`, '-v']);
    expect([code, stdout]).toEqual([0, 'hi']);
    expectInOrder(lines, [
      '< STDERR id 1, 13 bytes + 3 padding',
      '<   one',
      '<   two\\x1b[31m',
      '< UNKNOWN_TYPE id 0, 8 bytes: a record of type 77 is not known',
      '< END_REQUEST id 1, 8 bytes: appStatus 7, protocolStatus 0 (REQUEST_COMPLETE)',
    ]);
    expect(lines).toContain('stderr: one');
  });

  it('tells what was sent when nothing is answered', async () => {
    const address = await peerThat((socket) => socket.resume());
    const { lines } = await request([`scgi${address}`, '-v', '--max-time', '0.3']);
    expect(lines).toContain('>   REQUEST_METHOD=GET');
    expect(lines.at(-2)).toMatch(/^\* connected after \d+\.\d ms, end after \d+\.\d ms$/);
    expect(lines.at(-1)).toMatch(/^sluice request: /);
  });
});
