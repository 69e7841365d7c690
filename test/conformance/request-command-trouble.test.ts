// `sluice request` says what is wrong: one line with the address, what happened, and the usual mistake.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { encodeRecord, RecordType } from 'fastcgi-protocol';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { runProgram } from './support/program.ts';
import { closedPort, peerSaying, peerThat, request } from './support/request-command.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const STREAMS = ['http', 'scgi', 'uwsgi', 'fastcgi', 'ajp'] as const;

/** Asks, and gives the one line that tells what is wrong. */
async function complaint(words: readonly string[], status = 1): Promise<string> {
  const { code, stdout, stderr, lines } = await request(words);
  expect({ code, stdout, count: lines.length, stderr }).toMatchObject({
    code: status,
    stdout: '',
    count: 1,
  });
  expect(lines[0]).toMatch(/^sluice request: /);
  return (lines[0] as string).slice('sluice request: '.length);
}

describe.each(STREAMS)('a server that is not there: %s', (name) => {
  it('a port at which nobody listens', async () => {
    const address = `${name}://127.0.0.1:${await closedPort()}`;
    const line = await complaint([address]);
    expect(line).toContain(`${address} cannot be reached: connection refused (ECONNREFUSED)`);
    expect(line).toContain('is the server running, and on this address and port?');
  });

  it('a socket that is not there', async () => {
    const address = `${name}+unix:${join(scratch(), 'app.sock')}`;
    const line = await complaint([address]);
    expect(line).toContain(`${address} cannot be reached: there is no such socket (ENOENT)`);
  });

  it('a file that is no socket, and a socket that nobody listens on', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    expect(await complaint([`${name}+unix:${folder}/file`])).toContain('a file and no socket');
    const socket = join(folder, 'app.sock');
    const listen = `require('node:net').createServer().listen(${JSON.stringify(socket)})`;
    const server = runProgram(['-e', listen]);
    await until('the socket is there', () => existsSync(socket));
    await server.kill(); // which leaves the file behind
    expect(await complaint([`${name}+unix:${socket}`])).toContain(
      'nobody listens on it, yet or any more',
    );
  });

  it('a host that nobody knows', async () => {
    expect(await complaint([`${name}://nowhere.invalid:1`])).toMatch(
      /nowhere\.invalid:1 cannot be reached: .*host.* \((?:ENOTFOUND|EAI_AGAIN)\)/,
    );
  });

  it('a socket that this user may not use', async () => {
    const folder = join(scratch(), 'private');
    mkdirSync(folder);
    const address = await peerThat(() => {}, { path: join(folder, 'app.sock') });
    chmodSync(join(folder, 'app.sock'), 0o600);
    chmodSync(join(folder, '..'), 0o755);
    if (process.getuid?.() !== 0) {
      chmodSync(join(folder, 'app.sock'), 0o000);
      const line = await complaint([name + address]);
      expect(line).toContain('permission denied (EACCES)');
      return;
    }
    const words = ['request', name + address];
    const program = sluice(words, { uid: 65534, gid: 65534 });
    expect((await program.ended()).code).toBe(1);
    expect(program.stderr).toMatch(/cannot be reached: permission denied \(EACCES\)\. The user /);
    expect(program.stderr).toContain('its mode is 600, its owner 0, its group 0');
  });
});

describe.each(STREAMS)('a server that says nothing: %s', (name) => {
  it.each([
    ['closes at once', (socket: Socket) => socket.destroy()],
    ['closes when it is asked', (socket: Socket) => socket.once('data', () => socket.end())],
    [
      'resets when it is asked',
      (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()),
    ],
  ])('%s', async (_, behaves) => {
    const address = name + (await peerThat(behaves));
    const line = await complaint([address]);
    expect(line).toContain(`${address} closed the connection without an answer`);
    expect(line).toContain(`another protocol than ${name}`);
    if (name === 'uwsgi') expect(line).toMatch(/--buffer-size, 4096 .* this one has \d+/);
    if (name === 'ajp') expect(line).toContain('ajp://…?secret=…');
  });

  it('is silent', async () => {
    const address = name + (await peerThat((socket) => socket.resume()));
    const line = await complaint([address, '--max-time', '0.3']);
    expect(line).toMatch(/: no whole answer within 0\.3 s\. It took the request \(\d+ bytes\)/);
    const ownLimit = `${address}?readTimeout=200`;
    if (name !== 'http') expect(await complaint([ownLimit])).toContain('within 200 ms');
  });
});

describe('a server that speaks something else', () => {
  const HTTP = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  const FASTCGI = encodeRecord(RecordType.STDOUT, 1, Buffer.from('Status: 200 OK\r\n\r\n'));
  const AJP = Buffer.from('4142000109', 'hex');
  const TLS = Buffer.from('15030300020246', 'hex');
  const CGI = 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhi';
  it.each([
    ['fastcgi', HTTP, /answers by HTTP, not by fastcgi\. Try http:\/\/127/],
    ['ajp', HTTP, /answers by HTTP, not by ajp\. Try http:\/\/127/],
    ['http', FASTCGI, /answers by FastCGI, not by http\. Try fastcgi:\/\/127/],
    ['ajp', FASTCGI, /answers by FastCGI, not by ajp\. Try fastcgi:\/\/127/],
    ['scgi', FASTCGI, /answers by FastCGI, not by scgi\. Try fastcgi:\/\/127/],
    ['uwsgi', AJP, /answers by AJP13, not by uwsgi\. Try ajp:\/\/127/],
    ['http', CGI, /answers by CGI, not by http\. Try scgi:\/\/127/],
    ['http', TLS, /answers by TLS, which no back-end speaks/],
    ['scgi', TLS, /answers by TLS/],
    ['fastcgi', 'SSH-2.0-x\r\n', /answers by SSH, not by fastcgi$/],
    ...STREAMS.map(
      (name) =>
        [name, '\0\x02\x9b\x1b[31m', /: 00 02 9b 1b 5b 33 31 6d \(\.\.\.\.\[31m\)$/] as const,
    ),
  ] as const)('%s: %j', async (name, answer, expected) => {
    expect(await complaint([name + (await peerSaying(answer))])).toMatch(expected);
  });

  it.each(['scgi', 'uwsgi'] as const)('an HTTP server behind %s', async (name) => {
    const { code, lines } = await request([name + (await peerSaying(HTTP))]);
    expect(code).toBe(4);
    expect(lines.join('')).toMatch(
      /^hint: a plain HTTP server answers so to \w+: try http:\/\/127/,
    );
  });

  it('waits for no more of a server that greets first', async () => {
    const address = await peerThat((socket) => socket.write('SSH-2.0-x\r\n'));
    expect(await complaint([`scgi${address}`, '--max-time', '0.3'])).toMatch(/answers by SSH/);
  });
});

describe('an answer that is cut', () => {
  const CUT = 'Status: 200 OK\r\nContent-Length: 10\r\n\r\nhi';
  it.each(['scgi', 'uwsgi'] as const)('%s: what came is written', async (name) => {
    const { code, stdout, stderr } = await request([name + (await peerSaying(CUT))]);
    expect([code, stdout]).toEqual([1, 'hi']);
    expect(stderr).toContain('8 bytes short of its Content-Length');
  });

  it('no header', async () => {
    const line = await complaint([`scgi${await peerSaying('Hello, world!\n\n')}`]);
    expect(line).toMatch(
      /"Hello, world!" is not a header\. Before an answer’s body come its headers/,
    );
  });
});

describe('php-fpm', () => {
  const answer = (stdout: string, stderr = '') =>
    Buffer.concat([
      ...(stderr === '' ? [] : [encodeRecord(RecordType.STDERR, 1, Buffer.from(stderr))]),
      ...(stdout === '' ? [] : [encodeRecord(RecordType.STDOUT, 1, Buffer.from(stdout))]),
      encodeRecord(RecordType.END_REQUEST, 1, Buffer.alloc(8)),
    ]);
  const MISSING = answer(
    'Status: 404 Not Found\r\nContent-type: text/html\r\n\r\nFile not found.\n',
    'Primary script unknown',
  );

  it('is told no script', async () => {
    const { code, stdout, lines } = await request([`fastcgi${await peerSaying(MISSING)}`]);
    expect([code, stdout]).toEqual([4, 'File not found.\n']);
    expect(lines[0]).toBe('stderr: Primary script unknown');
    expect(lines[1]).toMatch(/^hint: .*\?root=\/srv\/www, or one script, \?script=/);
  });

  it('is told a wrong one', async () => {
    const words = [`fastcgi${await peerSaying(MISSING)}?root=/nowhere`];
    expect((await request(words)).lines[1]).toMatch(/^hint: .*SCRIPT_FILENAME is a path as/);
  });

  it('answers nothing', async () => {
    const line = await complaint([`fastcgi${await peerSaying(answer(''))}`]);
    expect(line).toContain('?root=/srv/www');
  });

  it('does not run it', async () => {
    const denied = answer(
      'Status: 403 Forbidden\r\nContent-type: text/html\r\n\r\nAccess denied.\n',
      "Access to the script '/a.txt' has been denied (see security.limit_extensions)",
    );
    const { lines } = await request([`fastcgi${await peerSaying(denied)}?script=/a.txt`]);
    expect(lines[1]).toContain('security.limit_extensions');
  });
});

it('Tomcat that wants a secret', async () => {
  // Send Headers 403 without headers, End Response.
  const answer = Buffer.from('414200080401930000000000' + '414200020500', 'hex');
  const address = `ajp${await peerSaying(answer)}`;
  expect((await request([address])).lines[0]).toMatch(/^hint: .*missing: ajp:\/\/…\?secret=…$/);
  const { code, stderr } = await request([`${address}?secret=between-us`]);
  expect(code).toBe(4);
  expect(stderr).not.toContain('between-us');
});
