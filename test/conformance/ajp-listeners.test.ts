// AJP13 listeners: the secret, which nobody is told, and what does not start.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type Part, string } from 'ajp13-protocol/testing';
import { describe, expect, it } from 'vitest';
import { ajpHeardIn, ajpPeer, ajpRequest } from './support/ajp.ts';
import { sluice, sluiceServe } from './support/command.ts';
import { MODELS } from './support/matrix.ts';
import { exchange } from './support/peer.ts';
import { descendantsOf } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { app, serverForTest, startFailure } from './support/start-server.ts';
import { until } from './support/until.ts';

const EVERY = app('every.js');
const SECRET = 's3cr3t-w0rd';
const right = bytesOf(12, string(SECRET));
const listen = [`ajp://127.0.0.1:0?secret=${SECRET}`];

/** How a secret can be wrong. */
const WRONG: readonly (readonly [how: string, attributes: Part])[] = [
  ['missing', []],
  ['another', [12, string('another-wrd')]],
  ['of another case', [12, string(SECRET.toUpperCase())]],
  ['empty', [12, string('')]],
  ['null', [12, string(undefined)]],
  ['its beginning', [12, string(SECRET.slice(0, -1))]],
  ['longer', [12, string(`${SECRET}x`)]],
  ['a request attribute', [10, string('secret'), string(SECRET)]],
  ['the query', [5, string(`secret=${SECRET}`)]],
  ['right and wrong', [12, string(SECRET), 12, string('another')]],
  ['wrong and right', [12, string('another'), 12, string(SECRET)]],
  ['right twice', [12, string(SECRET), 12, string(SECRET)]],
];

describe('the secret', () => {
  it('which is right lets requests in, one after the other', async () => {
    const server = await serverForTest(EVERY, { listen });
    const peer = ajpPeer(server.url);
    for (let times = 0; times < 3; times++)
      expect(await peer.ask('bodies.single', { attributes: right })).toMatchObject({ reuse: true });
    const fields = { attributes: right };
    expect(await peer.post('echo.whole', { body: 'body', fields })).toMatchObject({ body: 'body' });
    expect(await peer.ask('bodies.single')).toMatchObject({ status: 403, reuse: false });
    await until('a log line', () => server.log.length > 0);
  });

  it('is none of the application, the error page or the log', async () => {
    const server = await serverForTest(EVERY, { listen, debug: true });
    const peer = ajpPeer(server.url);
    for (const name of ['environ', 'faults.throws', 'faults.rejects', 'echo.failure', 'no.such'])
      await peer.ask(name, { attributes: right });
    for (const [, attributes] of WRONG) {
      await exchange(server.url, ajpRequest('bodies.single', { attributes }));
    }
    await until('log lines', () => server.log.length >= WRONG.length);
    expect(peer.heard.answers).toHaveLength(5);
    expect(peer.text).not.toContain(SECRET);
    expect(server.log.join('\n')).not.toContain(SECRET);
  });

  it.each(WRONG)(
    '%s: 403, and the connection ends before the application runs',
    async (_how, attributes) => {
      const server = await serverForTest(EVERY, { listen });
      for (const [at, given] of [{}, { method: 4, headers: [[0xa008, '5']] as const }].entries()) {
        const { answer, ending } = await exchange(
          server.url,
          ajpRequest('faults.throws', { ...given, attributes }),
        );
        expect(ajpHeardIn(answer).answers).toMatchObject([
          { status: 403, reuse: false, body: '403 Forbidden\n' },
        ]);
        expect(ending).toBe('closed');
        await until('a log line', () => server.log.length > at);
        expect(server.log[at]).toMatch(/^warn: ajp from 127\.0\.0\.1:\d+: ERR_AJP13_SECRET: /);
      }
      const peer = ajpPeer(server.url);
      expect(await peer.ask('bodies.single', { attributes: right })).toMatchObject({ status: 200 });
      expect(server.log).toHaveLength(2);
    },
  );

  it.each([
    ['plain', 'word', 'word'],
    ['with what addresses need', 'a b&c?d#e%', 'a b&c?d#e%'],
    ['beyond ASCII: the bytes of a configuration file', 'pässwört €', 'pässwört €'],
  ])('%s', async (_what, secret, sent) => {
    const query = `secret=${encodeURIComponent(secret)}`;
    const { url } = await serverForTest(EVERY, { listen: [`ajp://127.0.0.1:0?${query}`] });
    const attributes = bytesOf(12, string(Buffer.from(sent).toString('latin1')));
    expect(await ajpPeer(url).ask('bodies.single', { attributes })).toMatchObject({ status: 200 });
    expect(await ajpPeer(url).ask('bodies.single')).toMatchObject({ status: 403 });
  });

  it('is not asked for where there is none, and one that comes is ignored', async () => {
    const { url } = await serverForTest(EVERY, { listen: ['ajp://127.0.0.1:0'] });
    const peer = ajpPeer(url);
    const { status, body } = await peer.ask('environ', { attributes: right });
    expect(status).toBe(200);
    expect(body).not.toContain(SECRET);
  });

  it('CPing needs none', async () => {
    const { url } = await serverForTest(EVERY, { listen });
    const peer = ajpPeer(url);
    await peer.send('\x124\0\x01\x0a');
    await until('CPong', () => peer.heard.pongs === 1);
  });
});

describe.each(MODELS)('secretFile=, %s', (model) => {
  it('holds the secret, which no command line, announcement or log shows', async () => {
    const file = join(scratch(), 'secret');
    writeFileSync(file, `${SECRET}\n`);
    const words = ['--listen', `ajp://127.0.0.1:0?secretFile=${file}`];
    const options = ['--concurrency', model, '--workers', '2'];
    const { program, url } = await sluiceServe(EVERY, [...words, ...options]);
    const peer = ajpPeer(url);
    expect(await peer.ask('bodies.single', { attributes: right })).toMatchObject({ status: 200 });
    expect(await ajpPeer(url).ask('bodies.single')).toMatchObject({ status: 403 });
    await program.line(/ERR_AJP13_SECRET/);
    expect(program.stderr).not.toContain(SECRET);
    for (const pid of [program.pid, ...descendantsOf(program.pid)]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(SECRET);
    }
  });

  it('the announcement does not show the one of an address either', async () => {
    const options = ['--listen', listen[0] as string, '--concurrency', model, '--workers', '2'];
    const { program, url } = await sluiceServe(EVERY, options);
    expect(url).toMatch(/^ajp:\/\/127\.0\.0\.1:\d+$/);
    const peer = ajpPeer(url);
    expect(await peer.ask('bodies.single', { attributes: right })).toMatchObject({ status: 200 });
    expect(program.stderr).not.toContain(SECRET);
  });
});

describe('what does not start', () => {
  it.each([
    ['ajp://127.0.0.1:0?secret=', /secret is empty/],
    ['ajp://127.0.0.1:0?secretFile=/nowhere/at/all', /secret cannot be read.*\/nowhere\/at\/all/],
    ['ajp://127.0.0.1:0?packetSize=8191', /8192 to 65536/],
    ['ajp://127.0.0.1:0?packetSize=1e4', /8192 to 65536, not 1e4/],
    ['ajp://127.0.0.1:0?peer=nginx', /apache or lighttpd, not nginx/],
    ['ajp://0.0.0.0:0', /needs a secret/],
    ['ajp://[::]:0', /needs a secret/],
    ['ajp://0.0.0.0:0?allow=192.0.2.1', /needs a secret/],
  ])('%s', async (address, message) => {
    expect((await startFailure(EVERY, { listen: [address] })).message).toMatch(message);
  });

  it('an empty secretFile', async () => {
    const file = join(scratch(), 'secret');
    writeFileSync(file, ' \n');
    const address = `ajp://127.0.0.1:0?secretFile=${file}`;
    expect((await startFailure(EVERY, { listen: [address] })).message).toMatch(/secret is empty/);
  });

  it.each([
    [`ajp://0.0.0.0:99999?secret=${SECRET}`],
    [`ajp://192.0.2.1:0?secret=${SECRET}`],
    [`ajp://127.0.0.1:0?secret=${SECRET}&peer=x`],
    [`ajp://127.0.0.1:0?secret=${SECRET}&packetSize=1`],
    [`ajp://127.0.0.1:0?secret=${SECRET}&allow=nobody`],
    [`ajp://127.0.0.1:0?secret=${SECRET}&mode=999&unknown=1`],
    [`ajp+unix:?secret=${SECRET}`],
    [`ajp+fd:77?secret=${SECRET}`],
    [`apj://127.0.0.1:0?secret=${SECRET}`],
  ])('%s, and the message does not show the secret', async (address) => {
    const program = sluice(['serve', EVERY, '--listen', address], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect((await program.ended()).code).toBe(2);
    expect(program.stderr).toMatch(/^sluice serve: /m);
    expect(program.stderr).not.toContain(SECRET);
  });
});

it('a wide address with a secret lets this machine in, and says so', async () => {
  const { url, log } = await serverForTest(EVERY, { listen: [`ajp://0.0.0.0:0?secret=${SECRET}`] });
  expect(log).toEqual([expect.stringMatching(/^warn: ajp:\/\/0\.0\.0\.0:0: only peers on this/)]);
  const peer = ajpPeer(`ajp://127.0.0.1:${/\d+$/.exec(url)?.[0]}`);
  expect(await peer.ask('bodies.single', { attributes: right })).toMatchObject({ status: 200 });
});

it('without a host it listens on this machine alone', async () => {
  const { url } = await serverForTest(EVERY, { listen: ['ajp://:0'] });
  expect(url).toMatch(/^ajp:\/\/127\.0\.0\.1:\d+$/);
});
