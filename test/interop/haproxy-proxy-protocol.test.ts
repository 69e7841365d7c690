// HAProxy in front of Sluice, with a PROXY header before each connection: its clients keep their addresses.
import { expect } from 'vitest';
import { behind } from './behind.ts';
import { HAPROXY, startHaproxy } from './servers/haproxy.ts';
import { describeSetUp } from './set-up.ts';
import type { Case } from './site.ts';

/** Nothing of what HAProxy sends, not its health checks either, is complained of. */
const quiet: Readonly<Record<string, Case>> = {
  'log: nothing of headers': async (site) => {
    const { REMOTE_ADDR } = await site.environ('/x', { from: '127.0.0.3' });
    expect(REMOTE_ADDR).toBe('127.0.0.3');
    expect(site.logs()).not.toMatch(/PROXY header/);
  },
};

const VERSIONS = ['send-proxy', 'send-proxy-v2'];

for (const SEND of VERSIONS) {
  const site = (name: string, listen: Parameters<typeof behind>[2]) =>
    behind(startHaproxy, name, listen, [], () => ({ SEND }));

  describeSetUp({
    title: `HAProxy, HTTP with ${SEND}`,
    programs: [HAPROXY],
    start: site('haproxy-http-proxied.cfg', 'http?proxyProtocol=yes'),
    mount: '',
    facts: { variables: { 'sluice.protocol': 'http' } },
    own: quiet,
  });

  describeSetUp({
    title: `HAProxy, TCP with ${SEND}`,
    programs: [HAPROXY],
    start: site('haproxy-tcp-proxied.cfg', 'http?proxyProtocol=yes'),
    mount: '',
    facts: { variables: { 'sluice.protocol': 'http' } },
    also: ['large', 'uploads'],
    own: quiet,
  });
}
