// FastCGI, uwsgi and AJP13 on the standard streams, as inetd starts programs: one connection, and then the end.
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { KEEP_CONN } from 'fastcgi-protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ajpHeardIn, ajpRequest } from './support/ajp.ts';
import { BIN } from './support/command.ts';
import { fastcgiRequest, heardIn } from './support/fastcgi.ts';
import { httpResponses } from './support/http.ts';
import { Program } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { descriptorOf } from './support/started.ts';
import { until } from './support/until.ts';
import { uwsgiRequest } from './support/uwsgi.ts';

const PROTOCOLS: Readonly<
  Record<
    string,
    {
      readonly request: (application: string) => Uint8Array;
      /** The bodies of all answers that are complete. */
      readonly bodies: (text: string) => string[];
      readonly isKept: boolean;
    }
  >
> = {
  fastcgi: {
    request: (application) => fastcgiRequest(application, { flags: KEEP_CONN }),
    bodies: (text) => heardIn(text).answers.map(({ body }) => body),
    isKept: true,
  },
  uwsgi: {
    request: (application) => uwsgiRequest(application),
    bodies: (text) =>
      (text.includes('\r\n\r\n') ? httpResponses(text) : []).map(({ body }) => body),
    isKept: false,
  },
  ajp: {
    request: (application) => ajpRequest(application),
    bodies: (text) =>
      ajpHeardIn(text)
        .answers.filter(({ reuse }) => reuse !== undefined)
        .map(({ body }) => body),
    isKept: true,
  },
};

/** Starts the command on one end of a connection, and gives the other, and what it says. */
async function inetd(place: string, protocol: string, application = app('every.js')) {
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const path = join(scratch(), 's');
  await new Promise<void>((resolve) => {
    if (place === 'unix') listener.listen(path, resolve);
    else listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  const port = typeof address === 'object' && address ? address.port : undefined;
  const peer = port === undefined ? connect(path) : connect(port);
  const chunks: Buffer[] = [];
  peer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  const accepted = await new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const fd = descriptorOf(accepted);
  const program = new Program([BIN, 'serve', application, '--listen', `${protocol}+stdio:`], {
    stdio: [fd, fd, 'pipe'],
  });
  accepted.destroy(); // the child has its own
  listener.close();
  onTestFinished(async () => {
    peer.destroy();
    await program.kill();
  });
  return { program, peer, text: () => Buffer.concat(chunks).toString('latin1') };
}

describe.each(Object.keys(PROTOCOLS))('%s', (protocol) => {
  const { request, bodies, isKept } = PROTOCOLS[protocol] as (typeof PROTOCOLS)[string];

  it.each(['tcp', 'unix'])(
    'on a %s socket: requests, and the end with the connection',
    async (place) => {
      const { program, peer, text } = await inetd(place, protocol);
      const expected = isKept ? 3 : 1;
      for (let count = 1; count <= expected; count++) {
        peer.write(request('bodies.generator'));
        const answers = Array(count).fill('one two').join(); // that of uwsgi is whole when its connection ends
        await until(`${count} answers`, () => bodies(text()).join() === answers);
      }
      peer.end();
      expect(await program.ended()).toEqual({ code: 0, signal: null });
      expect(program.stderr).toBe('');
    },
  );

  it('nothing but the answer is on the connection', async () => {
    const { program, peer, text } = await inetd('tcp', protocol, app('prints.js'));
    peer.write(request('any'));
    await until('the answer', () => bodies(text()).join() === 'the answer');
    peer.end();
    expect((await program.ended()).code).toBe(0);
    expect(program.stderr).toContain('printed when called');
  });

  it('bytes that are no request: one line, and the end', async () => {
    const { program, peer } = await inetd('tcp', protocol);
    peer.write('GET / HTTP/1.1\r\n\r\n');
    expect((await program.ended()).signal).toBeNull();
    expect(program.log).toEqual([expect.stringContaining('this looks like HTTP')]);
  });

  it('a peer that says nothing ends it without a word', async () => {
    const { program, peer } = await inetd('unix', protocol);
    peer.end();
    expect((await program.ended()).signal).toBeNull();
    expect(program.stderr).toBe('');
  });
});
