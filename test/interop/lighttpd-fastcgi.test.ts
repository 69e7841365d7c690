// lighttpd in front of Sluice: FastCGI over TCP and a Unix socket, and from processes that lighttpd starts.
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import {
  LIGHTTPD_LENGTH_REQUIRED,
  LIGHTTPD_QUERIES,
  LIGHTTPD_STDERR,
  NORMALISED,
} from './facts.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_FASTCGI = {
  programs: [LIGHTTPD],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'fastcgi' },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
    noise: [LIGHTTPD_STDERR],
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_FASTCGI,
  title: 'lighttpd, mod_fastcgi',
  start: behind(startLighttpd, 'lighttpd-fastcgi.conf', 'fastcgi', ['--script-name', '']),
  also: ['large', 'https'],
});

describeSetUp({
  ...OVER_FASTCGI,
  title:
    'lighttpd, mod_fastcgi over a Unix socket, and Sluice not told where the application is mounted',
  start: behind(startLighttpd, 'lighttpd-fastcgi-unix.conf', 'fastcgi+unix'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'lighttpd, mod_fastcgi, mounted at /blog, requests unbuffered',
  ...documented(startLighttpd, 'lighttpd', 'fastcgi://'),
  also: ['uploads'],
  limits: LIGHTTPD_LENGTH_REQUIRED,
});
