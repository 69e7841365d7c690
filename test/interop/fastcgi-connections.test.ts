// What nginx and HAProxy do with FastCGI connections: they keep them, and HAProxy mixes requests on one.
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { openGate } from '../support/gate.ts';
import { oneConnection } from '../support/http-client.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { appPath, portOf, startSluice } from '../support/sluice.ts';
import { inTime } from '../support/until.ts';
import { expectDigest } from './cases/bodies.ts';
import { HAPROXY, startHaproxy } from './servers/haproxy.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeWith } from './servers/program.ts';
import { Site } from './site.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Started {
  readonly site: Site;
  /** Between the web server and Sluice. */
  readonly relay: Relay;
}

/** Starts a web server with a configuration, and Sluice behind it. */
async function start(
  startWebServer: typeof startNginx,
  configuration: string,
  query = '',
): Promise<Started> {
  const { addresses, child } = await startSluice(cleanup, [
    ...[appPath('every-behaviour.js'), '--listen', `fastcgi://127.0.0.1:0${query}`],
  ]);
  const relay = await startRelay(cleanup, portOf(addresses[0]));
  const server = await startWebServer(cleanup, configuration, { APPLICATION_PORT: relay.port });
  const logs = () => child.stderr + server.log();
  const facts = { variables: {}, paths: {}, queries: {}, asksUnbuffered: false, noise: [] };
  return { site: new Site({ origin: server.origin, logs }, '', facts), relay };
}

const REQUESTS = 100;
/** Around the size of a record of nginx, of HAProxy's buffer, and beyond what Sluice holds of a body. */
const SIZES = [1, 16_384, 32_768, 32_769, 65_536, 200_000];

/** Sends bodies that the application leaves unread; every tenth is read, and has to be whole. */
async function leaveUnread(site: Site): Promise<void> {
  const agent = oneConnection(site.origin);
  try {
    for (let number = 0; number < REQUESTS; number++) {
      const body = Buffer.alloc(SIZES[number % SIZES.length] as number, 'unread ');
      const { status } = await site.exchange('/unread', { method: 'POST', body, agent });
      expect(status).toBe(413);
      if (number % 10 !== 9) continue;
      const read = randomBytes(20_000);
      const digest = await site.exchange('/digest', { method: 'POST', body: read, agent });
      const sha256 = createHash('sha256').update(read).digest('hex');
      expect(JSON.parse(digest.text)).toMatchObject({ length: read.length, sha256 });
    }
  } finally {
    agent.destroy();
  }
}

const AT_ONCE = 20;

/** Holds so many requests in the middle of their answers, and counts the connections; then lets them end. */
async function holdAtOnce({ site, relay }: Started): Promise<number> {
  await site.environ('/x'); // what the listener can is found out
  const gates = await Promise.all(Array.from({ length: AT_ONCE }, () => openGate(cleanup)));
  const answers = gates.map(({ path }) => site.exchange(`/stream?gate=${path}`));
  await Promise.all(gates.map((gate) => gate.arrival()));
  const { count } = relay;
  for (const gate of gates.reverse()) gate.release(); // those that began first end last
  const texts = (await Promise.all(answers)).map(({ text }) => text);
  expect(texts).toEqual(Array.from({ length: AT_ONCE }, () => 'first\nsecond\n'));
  return count;
}

describeWith([NGINX], 'nginx and its FastCGI connections', () => {
  it('keeps one for many requests, with bodies that nobody reads', async () => {
    const { site, relay } = await start(startNginx, 'nginx-fastcgi-keepalive.conf');
    await leaveUnread(site);
    expect(relay.count).toBe(1);
  });

  it('makes one for each request by default', async () => {
    const { site, relay } = await start(startNginx, 'nginx-fastcgi.conf');
    for (let number = 0; number < 10; number++) await site.environ('/x');
    expect(relay.count).toBe(10);
  });
});

describeWith([HAPROXY], 'HAProxy and its FastCGI connections', () => {
  it('keeps one for many requests, with bodies that nobody reads', async () => {
    const { site, relay } = await start(startHaproxy, 'haproxy-fastcgi.cfg');
    await leaveUnread(site);
    expect(relay.count).toBe(1);
  });

  it('makes one for each request at once by default', async () => {
    const started = await start(startHaproxy, 'haproxy-fastcgi.cfg');
    expect(await holdAtOnce(started)).toBe(AT_ONCE + 1); // nor does it lend one to another client
  });

  it('mixes requests on one with mpxs-conns', async () => {
    const started = await start(startHaproxy, 'haproxy-fastcgi-multiplexed.cfg');
    expect(await holdAtOnce(started)).toBe(1);
    await leaveUnread(started.site);
    expect(started.relay.count).toBe(1);
  });

  it('mixes none where Sluice says that it takes one after the other', async () => {
    const listener = '?multiplexed=no';
    const started = await start(startHaproxy, 'haproxy-fastcgi-multiplexed.cfg', listener);
    expect(await holdAtOnce(started)).toBe(AT_ONCE);
  });

  it('gives up one of several requests on a connection, and the others go on', async () => {
    const { site, relay } = await start(startHaproxy, 'haproxy-fastcgi-multiplexed.cfg');
    await site.environ('/x'); // what the listener can is found out
    const held = await openGate(cleanup);
    const answer = site.exchange(`/stream?gate=${held.path}`);
    await held.arrival();
    const leaving = await openGate(cleanup);
    const client = new AbortController();
    async function* body() {
      yield Buffer.alloc(100_000, 'a');
      await leaving.arrival();
      client.abort();
      yield Buffer.alloc(100_000, 'b');
    }
    const headers = { 'Content-Length': 200_000 };
    const sent = { method: 'POST', headers, body: body(), signal: client.signal };
    await expect(site.exchange(`/upload?gate=${leaving.path}`, sent)).rejects.toThrow();
    await leaving.departure();
    await expectDigest(site, 'POST', randomBytes(100_000));
    held.release();
    expect((await inTime('the answer', answer)).text).toBe('first\nsecond\n');
    expect(relay.count).toBe(1);
  });
});
