// Tomcat behind Sluice, by AJP13.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { exchange } from '../support/http-client.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { expectDigest } from './cases/bodies.ts';
import { expectBothWays, serverCases } from './cases/servers.ts';
import { NO_WSGI } from './facts.ts';
import { putInFront } from './in-front.ts';
import { JAVA, startTomcat, TOMCAT, type Tomcat } from './servers/tomcat.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const SECRET = 'between the two';
const OPTIONS = `secret=${encodeURIComponent(SECRET)}`;

const JSP = {
  programs: [TOMCAT, JAVA],
  mount: '',
  facts: {
    variables: { ...NO_WSGI, 'wsgi.url_scheme': 'http' },
    paths: {
      '/a//b': '/a/b',
      '/a/./b': '/a/b',
      '/a/../b': '/b',
      '/a;b=1/c': '/a/c',
    },
    noise: [
      /^\w{3} \d+, \d{4} .* org\.apache\.catalina\.core\.StandardWrapperValve invoke$/,
      /^SEVERE: Servlet\.service\(\) for servlet \[every-behaviour\] |^Stacktrace:\] with root cause$/,
      /^jakarta\.servlet\.ServletException: the application is at fault$/,
      /^\tat /,
    ],
  },
} as const satisfies Partial<SetUp>;

let relay: Relay;
let tomcat: Tomcat;

describeSetUp({
  ...JSP,
  title: 'Tomcat over TCP',
  async start(cleanup) {
    const { port, log } = await startTomcat(cleanup, SECRET);
    relay = await startRelay(cleanup, port);
    return await putInFront(cleanup, { address: `ajp://127.0.0.1:${relay.port}?${OPTIONS}`, log });
  },
  also: ['large', 'uploads'],
  own: {
    ...serverCases,
    'body: both ways at once, in chunks': (site) => expectBothWays(site, {}),
    'connection: requests without a body share one': async (site) => {
      await site.exchange('/environ');
      const before = relay.count;
      for (const path of ['/environ', '/cookies', '/no-content', '/download?1', '/nothing'])
        await site.exchange(path);
      await site.exchange('/environ', { method: 'HEAD' });
      expect(relay.count - before).toBe(0);
    },
    'connection: a GET is sent again when Tomcat is just closing it': async (site) => {
      const before = relay.count;
      relay.cutsReused = true;
      const { QUERY_STRING } = await site.environ('/x?again');
      relay.cutsReused = false;
      expect(QUERY_STRING).toBe('again');
      expect(relay.count - before).toBe(1);
    },
    'connection: a POST has one of its own': async (site) => {
      const before = relay.count;
      for (let turn = 0; turn < 3; turn++) await expectDigest(site, 'POST', randomBytes(1000));
      expect(relay.count - before).toBe(3);
    },
    'headers: more than a packet holds are 431': async (site) => {
      const headers = { 'X-Long': 'v'.repeat(8192) };
      expect((await site.exchange('/environ', { headers })).status).toBe(431);
    },
  },
});

describeSetUp({
  ...JSP,
  title: 'Tomcat over a Unix socket',
  async start(cleanup) {
    tomcat = await startTomcat(cleanup, SECRET);
    const address = `ajp+unix:${tomcat.socket}?${OPTIONS}`;
    return await putInFront(cleanup, { address, log: () => tomcat.log() });
  },
  own: {
    ...serverCases,
    'secret: with another one, everything is 403': async () => {
      const cleanup = new Cleanup();
      try {
        const address = `ajp://127.0.0.1:${tomcat.port}?secret=another`;
        const { origin } = await putInFront(cleanup, { address, log: () => '' });
        expect((await exchange(origin, '/environ')).status).toBe(403);
        expect((await exchange(origin, '/digest', { method: 'POST' })).status).toBe(403);
      } finally {
        await cleanup.run();
      }
    },
  },
});
