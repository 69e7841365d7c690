// Connections that applications take over behind lighttpd, as for WebSockets: FastCGI, SCGI and uwsgi.
import { it } from 'vitest';
import { behind } from './behind.ts';
import { expectClientEnds } from './cases/upgrades.ts';
import { LIGHTTPD_QUERIES, LIGHTTPD_STDERR, NORMALISED } from './facts.ts';
import { isLighttpdFrom, LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const FASTCGI_LIMITS: SetUp['limits'] = {
  'upgrade: the client ends it': {
    reason: 'lighttpd closes the connection without the end of STDIN',
    instead: (site) => expectClientEnds(site, 'cut'),
  },
};

for (const [protocol, listen, limits] of [
  ['fastcgi', 'fastcgi', FASTCGI_LIMITS],
  ['scgi', 'scgi', {}],
  ['uwsgi', 'uwsgi+unix', {}],
] as const) {
  const title = `lighttpd, ${protocol}, connections may be taken over`;
  if (!isLighttpdFrom(74)) {
    it.skip(`${title} (before 1.4.74 lighttpd lets only HTTP and CGI do so)`, () => {});
    continue;
  }
  describeSetUp({
    title,
    programs: [LIGHTTPD],
    mount: '',
    start: behind(startLighttpd, `lighttpd-upgrade-${protocol}.conf`, listen, [
      ...['--script-name', ''],
    ]),
    also: ['upgrades'],
    facts: {
      variables: { 'sluice.protocol': protocol },
      paths: NORMALISED,
      queries: LIGHTTPD_QUERIES,
      noise: [LIGHTTPD_STDERR],
    },
    limits,
  });
}
