// What Apache does with the connections to Sluice behind one site: it keeps them, shows a secret first, and
// asks by ping whether anybody is there.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { exchange, oneConnection, type Sent } from '../support/http-client.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { appPath, portOf, type RunningSluice, startSluice } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { documentedSite } from './documented.ts';
import { APACHE, startApache } from './servers/apache.ts';
import { describeWith } from './servers/program.ts';
import { Site } from './site.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Started {
  readonly site: Site;
  readonly sluice: RunningSluice;
  /** Between the two. */
  readonly relay: Relay;
}

/** Starts Apache with a configuration, and Sluice behind it. */
async function start(configuration: string, listen: string, mount: string): Promise<Started> {
  const sluice = await startSluice(cleanup, [
    ...[appPath('every-behaviour.js'), '--listen', listen, '--script-name', mount],
  ]);
  const relay = await startRelay(cleanup, portOf(sluice.addresses[0]));
  const apache = await startApache(cleanup, configuration, {
    APPLICATION_PORT: relay.port,
    MEMBERS: '/dev/null',
  });
  const logs = () => sluice.child.stderr + apache.log();
  const facts = { variables: {}, paths: {}, queries: {}, asksUnbuffered: false, noise: [] };
  const site = new Site({ origin: apache.origin, logs }, mount, facts);
  return { site, sluice, relay };
}

const REQUESTS = 300;
const CLIENTS = 10;
/** Around the size of an AJP packet and of a FastCGI record, and beyond what Sluice holds of a body. */
const SIZES = [1, 8185, 8186, 8187, 16_372, 65_535, 65_536, 200_000];

/** Sends bodies that the application leaves unread; every tenth is read, and has to be whole. */
async function leaveUnread(
  site: Site,
  count: number,
  bodyOf: (size: number) => NonNullable<Sent['body']>,
): Promise<void> {
  const agent = oneConnection(site.origin);
  try {
    for (let number = 0; number < count; number++) {
      const body = bodyOf(SIZES[number % SIZES.length] as number);
      const { status, text } = await site.exchange('/unread', { method: 'POST', body, agent });
      expect({ status, text }).toEqual({ status: 413, text: 'too large for this application\n' });
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

const whole = (size: number) => Buffer.alloc(size, 'unread ');
const inChunks = (size: number) => Readable.from([whole(size)]);

describeWith([APACHE], 'Apache and its connections', () => {
  const AJP = 'ajp://127.0.0.1:0';
  const SECRET = `${AJP}?secret=open-sesame`;
  const FASTCGI = 'fastcgi://127.0.0.1:0';

  it('AJP: one carries 300 requests with bodies that nobody reads', async () => {
    const { site, relay } = await start('apache-ajp.conf', AJP, '');
    await leaveUnread(site, REQUESTS, whole);
    expect(relay.count).toBe(1);
  });

  it('AJP: one carries 300 requests with bodies in chunks that nobody reads', async () => {
    const { site, relay } = await start('apache-ajp.conf', AJP, '');
    await leaveUnread(site, REQUESTS, inChunks);
    expect(relay.count).toBe(1);
  });

  it('AJP: 10 clients at once send 300 requests with bodies that nobody reads', async () => {
    const { site, relay } = await start('apache-ajp.conf', AJP, '');
    const requests = REQUESTS / CLIENTS;
    await Promise.all(Array.from({ length: CLIENTS }, () => leaveUnread(site, requests, whole)));
    expect(relay.count).toBeLessThanOrEqual(CLIENTS); // one for each, whatever process of Apache it asks
  });

  it('FastCGI with enablereuse=on: one carries 300 requests with bodies that nobody reads', async () => {
    const { site, relay } = await start(
      documentedSite('apache', 'fastcgi://').site,
      FASTCGI,
      '/blog',
    );
    await leaveUnread(site, REQUESTS, whole);
    expect(relay.count).toBe(1);
  });

  it('FastCGI by default: one for each request', async () => {
    const { site, relay } = await start('apache-fastcgi.conf', FASTCGI, '');
    await leaveUnread(site, 10, whole);
    expect(relay.count).toBe(11);
  });

  it.each([
    ['another secret', `${AJP}?secret=close-sesame`, 'apache-ajp-secret.conf'],
    ['no secret', `${AJP}?secret=close-sesame`, 'apache-ajp.conf'],
  ])('AJP with %s: 403, and the log says why', async (_what, listen, configuration) => {
    const { site, sluice } = await start(configuration, listen, '/blog');
    const { status } = await exchange(site.origin, '/blog/environ');
    expect(status).toBe(403);
    await until('the log says so', () => /^warn.*secret/m.test(sluice.child.stderr));
    expect(sluice.child.stderr).not.toContain('sesame');
  });

  it('AJP: the secret out of a file', async () => {
    const file = `${temporaryFolder(cleanup)}/secret`;
    writeFileSync(file, 'open-sesame\n', { mode: 0o600 });
    const { site } = await start('apache-ajp-secret.conf', `${AJP}?secretFile=${file}`, '/blog');
    expect((await site.exchange('/environ')).status).toBe(200);
  });

  it('AJP with ping=1: 503 when nobody answers, 200 when somebody does again', async () => {
    const { site, sluice } = await start('apache-ajp-secret.conf', SECRET, '/blog');
    process.kill(sluice.child.pid, 'SIGSTOP');
    cleanup.add(() => process.kill(sluice.child.pid, 'SIGCONT'));
    expect((await site.exchange('/environ')).status).toBe(503);
    process.kill(sluice.child.pid, 'SIGCONT');
    expect((await site.exchange('/environ')).status).toBe(200);
  });
});
