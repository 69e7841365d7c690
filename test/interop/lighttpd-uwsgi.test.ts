// lighttpd in front of Sluice: uwsgi, which mod_scgi speaks as well, over TCP and a Unix socket.
import { behind } from './behind.ts';
import { LIGHTTPD_LENGTH_REQUIRED, LIGHTTPD_QUERIES, NORMALISED } from './facts.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_UWSGI = {
  programs: [LIGHTTPD],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'uwsgi' },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_UWSGI,
  title: 'lighttpd, mod_scgi with uwsgi',
  start: behind(startLighttpd, 'lighttpd-uwsgi.conf', 'uwsgi', ['--script-name', '']),
  also: ['large', 'https'],
});

describeSetUp({
  ...OVER_UWSGI,
  title:
    'lighttpd, mod_scgi with uwsgi over a Unix socket, and Sluice not told where the application is mounted',
  start: behind(startLighttpd, 'lighttpd-uwsgi-unix.conf', 'uwsgi+unix'),
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'lighttpd, mod_scgi with uwsgi, mounted at /blog, requests unbuffered',
  mount: '/blog',
  start: behind(startLighttpd, 'lighttpd-uwsgi-mounted.conf', 'uwsgi', ['--script-name', '/blog']),
  also: ['uploads'],
  limits: LIGHTTPD_LENGTH_REQUIRED,
});
