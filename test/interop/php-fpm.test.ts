// php-fpm behind Sluice, by FastCGI.
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { holdPort } from '../support/held-port.ts';
import { exchange } from '../support/http-client.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { fixturePath } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectDigest } from './cases/bodies.ts';
import { serverCases } from './cases/servers.ts';
import { LENGTH_FIRST, NO_WSGI, PHP_LOCATION } from './facts.ts';
import { inFrontOf, putInFront } from './in-front.ts';
import { PHP_FPM, startPhpFpm } from './servers/php-fpm.ts';
import { describeWith } from './servers/program.ts';
import { describeSetUp, type SetUp } from './set-up.ts';
import { Site } from './site.ts';

const SCRIPTS = fixturePath('back-ends');
const SCRIPT = `${SCRIPTS}/every-behaviour.php`;

/** Starts php-fpm on a port; options of its address follow. */
function onPort(options: string): SetUp['start'] {
  return inFrontOf(async (cleanup) => {
    const port = await holdPort(cleanup);
    const { log } = await startPhpFpm(cleanup, `127.0.0.1:${port}`);
    return { address: `fastcgi://127.0.0.1:${port}?${options}`, log };
  });
}

/** Starts php-fpm on a Unix socket. */
function onSocket(options: string): SetUp['start'] {
  return inFrontOf(async (cleanup) => {
    const socket = `${temporaryFolder(cleanup)}/php.sock`;
    const { log } = await startPhpFpm(cleanup, socket);
    return { address: `fastcgi+unix:${socket}?${options}`, log };
  });
}

const PHP = {
  programs: [PHP_FPM],
  facts: {
    variables: NO_WSGI,
    noise: [
      /^\[\S+ \S+\] NOTICE: /, // php-fpm itself: starts and ends
      /^error: PHP message: (?:for the log: line-4711|PHP Fatal error: {2}Uncaught Exception: the application is at fault)/,
      /^error: (?:Stack trace:|#0 \{main\}| {2}thrown in )/,
    ],
  },
  limits: {
    'location: 200 after a POST': PHP_LOCATION,
    'upload: in chunks, its first part arrives before the second is sent': LENGTH_FIRST,
  },
  own: {
    ...serverCases,
    'params: more than 64 KiB of them': async (site) => {
      const query = 'q'.repeat(20_000); // is in REQUEST_URI too
      const headers = { 'X-One': '1'.repeat(14_000), 'X-Two': '2'.repeat(14_000) };
      const environ = await site.environ(`/x?${query}`, { headers });
      expect(environ).toMatchObject({
        QUERY_STRING: query,
        REQUEST_URI: `${site.mount}/environ/x?${query}`,
        HTTP_X_ONE: headers['X-One'],
        HTTP_X_TWO: headers['X-Two'],
      });
    },
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...PHP,
  title: 'php-fpm over TCP, one script for everything',
  mount: '',
  start: onPort(`script=${SCRIPT}`),
  also: ['large', 'uploads'],
});

/** Of a path with dots in it no file name is made. */
const IN_ROOT = {
  ...PHP.facts,
  paths: { '/a/./b': 403, '/a/../b': 403 },
  noise: [...PHP.facts.noise, /^warn: ERR_BACK_END_SCRIPT: the path leads up$/],
};

describeSetUp({
  ...PHP,
  title: 'php-fpm over TCP, scripts in a root, connections kept',
  mount: '/every-behaviour.php',
  start: onPort(`root=${SCRIPTS}&keep=4`),
  facts: IN_ROOT,
});

describeSetUp({
  ...PHP,
  title: 'php-fpm over a Unix socket, a front controller in a root',
  mount: '',
  start: onSocket(`root=${SCRIPTS}&index=every-behaviour.php`),
  facts: { ...IN_ROOT, variables: { ...NO_WSGI, SCRIPT_NAME: '/every-behaviour.php' } },
});

describeSetUp({
  ...PHP,
  title: 'php-fpm over a Unix socket, one script for everything, connections kept',
  mount: '',
  start: onSocket(`script=${SCRIPT}&keep=4`),
});

describeWith([PHP_FPM], 'php-fpm, its scripts', () => {
  const cleanup = new Cleanup();
  let origin = '';

  beforeAll(async () => {
    const root = `${temporaryFolder(cleanup)}/été`;
    mkdirSync(`${root}/wiki`, { recursive: true });
    for (const name of ['index.php', 'wiki/index.php', 'wiki/edit.php', 'wiki/notes.txt'])
      symlinkSync(SCRIPT, `${root}/${name}`);
    const query = `readTimeout=500&root=${encodeURIComponent(root)}`;
    origin = (await onSocket(query)(cleanup)).origin;
  });
  afterAll(() => cleanup.run());

  it.each([
    ['/environ/a', '/index.php', '/environ/a'],
    ['/wiki/environ', '/index.php', '/wiki/environ'],
    ['/wiki/edit.php/environ/a', '/wiki/edit.php', '/environ/a'],
    ['/wiki/index.php/environ/a.php/b', '/wiki/index.php', '/environ/a.php/b'],
    ['/wiki/', '/wiki/index.php', undefined],
    ['/wiki/notes.txt/environ', '/index.php', '/wiki/notes.txt/environ'],
  ])('%s is %s with %s', async (path, script, info) => {
    const { text } = await exchange(origin, path);
    if (info?.startsWith('/environ')) {
      const { SCRIPT_NAME, PATH_INFO } = JSON.parse(text);
      expect([SCRIPT_NAME, PATH_INFO]).toEqual([script, info]);
    } else expect(text).toBe(`the application knows no ${info ?? ''}\n`);
  });

  it('a script that is not there is 404', async () => {
    const { status, text } = await exchange(origin, '/wiki/nothing.php/environ');
    expect({ status, text }).toEqual({ status: 404, text: 'File not found.\n' });
  });

  it('a path that leads up is 403', async () => {
    expect((await exchange(origin, '/wiki/../index.php/environ')).status).toBe(403);
    expect((await exchange(origin, '/wiki/%2e%2e/index.php/environ')).status).toBe(403);
  });

  it('a script that is silent for longer than readTimeout is 504', async () => {
    const begun = performance.now();
    expect((await exchange(origin, '/silent')).status).toBe(504);
    expect(performance.now() - begun).toBeLessThan(1500);
  });
});

describeWith([PHP_FPM], 'php-fpm, connections that are kept', () => {
  const cleanup = new Cleanup();
  let relay: Relay;
  let site: Site;
  let restart: (between: () => Promise<void>) => Promise<void>;

  beforeAll(async () => {
    const port = await holdPort(cleanup);
    const listen = `127.0.0.1:${port}`;
    let running = await startPhpFpm(cleanup, listen);
    restart = async (between) => {
      await running.stop();
      await between();
      running = await startPhpFpm(cleanup, listen);
    };
    relay = await startRelay(cleanup, port);
    const address = `fastcgi://127.0.0.1:${relay.port}?script=${SCRIPT}&keep=4`;
    const facts = { variables: {}, paths: {}, queries: {}, asksUnbuffered: false, noise: [] };
    const inFront = await putInFront(cleanup, { address, log: () => running.log() });
    site = new Site(inFront, '', facts);
  });
  afterAll(() => cleanup.run());

  it('one after the other, requests without a body share one', async () => {
    const before = relay.count;
    for (const path of ['/environ', '/cookies', '/no-content', '/download?1', '/nothing'])
      await site.exchange(path);
    await site.exchange('/environ', { method: 'HEAD' });
    expect(relay.count - before).toBe(1);
  });

  it('a GET is sent again when php-fpm is just closing it', async () => {
    const before = relay.count;
    relay.cutsReused = true;
    const { QUERY_STRING } = await site.environ('/x?again');
    relay.cutsReused = false;
    expect(QUERY_STRING).toBe('again');
    expect(relay.count - before).toBe(1);
  });

  it('a POST has a connection of its own', async () => {
    const before = relay.count;
    relay.cutsReused = true;
    for (let turn = 0; turn < 3; turn++) await expectDigest(site, 'POST', randomBytes(1000));
    relay.cutsReused = false;
    expect(relay.count - before).toBe(3);
  });

  it('php-fpm starts anew: nobody notices, except in between', async () => {
    await site.environ('/x');
    await restart(async () => {
      const begun = performance.now();
      expect((await site.exchange('/environ')).status).toBe(502);
      expect((await site.exchange('/digest', { method: 'POST' })).status).toBe(502);
      expect(performance.now() - begun).toBeLessThan(1000);
    });
    await expectDigest(site, 'POST', randomBytes(1000));
    expect((await site.environ('/x?anew')).QUERY_STRING).toBe('anew');
  });

  it('50 clients at once over kept connections', () =>
    serverCases['clients: 50 at once, each with answers of its own'](site));
});
