// Apache's mod_proxy_fcgi in front of Sluice.
import { expect } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { openGate } from '../support/gate.ts';
import { until } from '../support/until.ts';
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import { APACHE_UPGRADES_NOTHING, NO_ENCODED_SLASHES, NORMALISED } from './facts.ts';
import { APACHE, startApache } from './servers/apache.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const COLLECTED: Limit = {
  reason: 'mod_proxy_fcgi without flushpackets=on collects 8 KiB',
  async instead(site) {
    const cleanup = new Cleanup();
    try {
      const gate = await openGate(cleanup);
      const answer = site.exchange(`/stream?gate=${gate.path}`);
      await gate.arrival();
      gate.release();
      expect((await answer).text).toBe('first\nsecond\n');
    } finally {
      await cleanup.run();
    }
  },
};

const OVER_FASTCGI = {
  programs: [APACHE],
  facts: {
    variables: { 'sluice.protocol': 'fastcgi' },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
    // FastCGI carries the log to the web server, with what is the application's own
    noise: [/AH01071: Got error '(?:for the log: line-4711|Error: the application is at fault)/],
  },
  own: {
    ...APACHE_UPGRADES_NOTHING,
    'log: wsgi.errors arrives in that of Apache': async (site) => {
      await site.exchange('/error-log?line-4711');
      const line = "AH01071: Got error 'for the log: line-4711";
      await until('the line is in the log', () => site.logs().includes(line));
    },
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Apache, mod_proxy_fcgi',
  also: ['large', 'https', 'uploads'],
  mount: '',
  start: behind(startApache, 'apache-fastcgi.conf', 'fastcgi'),
  limits: { 'body: the first block arrives before the second is made': COLLECTED },
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Apache, mod_proxy_fcgi over kept connections, mounted at /blog',
  ...documented(startApache, 'apache', 'fastcgi://'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Apache, mod_proxy_fcgi over a Unix socket',
  ...documented(startApache, 'apache', 'fastcgi+unix:'),
  limits: { 'body: the first block arrives before the second is made': COLLECTED },
});
