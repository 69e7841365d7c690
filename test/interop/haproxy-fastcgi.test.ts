// HAProxy in front of Sluice: FastCGI, one request at a time on kept connections, and several at once.
import { expect } from 'vitest';
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import { HAPROXY, startHaproxy } from './servers/haproxy.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const LENGTH_REQUIRED: Limit = {
  reason: 'HAProxy sends only requests of a known size to FastCGI applications',
};

/** Its change ca79ed5ee of February 2025 mends that. */
function foundInstead(status: number): Limit {
  return {
    reason: 'HAProxy of before 2025 makes 302 of every answer that has Status before Location',
    async instead(site) {
      const answer = await site.exchange(`/redirect?${status}`, { method: 'POST' });
      expect([302, status]).toContain(answer.status);
      expect(answer.headers.location).toBe('/elsewhere?x=1');
    },
  };
}

const OVER_FASTCGI = {
  programs: [HAPROXY],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'fastcgi' },
  },
  limits: {
    'body: in chunks': LENGTH_REQUIRED,
    'upload: in chunks, its first part arrives before the second is sent': LENGTH_REQUIRED,
    'location: 200 after a POST': foundInstead(200),
    'location: 201 after a POST': foundInstead(201),
    'location: 303 after a POST': foundInstead(303),
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_FASTCGI,
  title: 'HAProxy, fcgi-app',
  start: behind(startHaproxy, 'haproxy-fastcgi.cfg', 'fastcgi'),
  also: ['large', 'https', 'uploads'],
  own: {
    'log: lines of any length, which HAProxy before 2.8.3 may crash of': async (site) => {
      const lengths = [...Array.from({ length: 16 }, (_, number) => number), 6000];
      for (const length of lengths) {
        const { status } = await site.exchange(`/error-log?${'x'.repeat(length)}`);
        expect(status).toBe(200);
      }
    },
  },
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'HAProxy, fcgi-app over a Unix socket, mounted at /blog',
  ...documented(startHaproxy, 'haproxy', 'fastcgi+unix:'),
});

for (const SEND of ['send-proxy', 'send-proxy-v2']) {
  describeSetUp({
    ...OVER_FASTCGI,
    title: `HAProxy, fcgi-app over a Unix socket with ${SEND}`,
    start: behind(
      startHaproxy,
      'haproxy-fastcgi-proxied.cfg',
      'fastcgi+unix?proxyProtocol=yes',
      [],
      () => ({ SEND }),
    ),
  });
}

describeSetUp({
  ...OVER_FASTCGI,
  title: 'HAProxy, fcgi-app with several requests at once on a connection',
  start: behind(startHaproxy, 'haproxy-fastcgi-multiplexed.cfg', 'fastcgi'),
  limits: {
    ...OVER_FASTCGI.limits,
    'body: the client leaves, and close() of the application is called': {
      reason: 'HAProxy sends no ABORT_REQUEST after STDIN, and reads the answer to its end',
    },
  },
});
