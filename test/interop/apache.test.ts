// Apache in front of Sluice: SCGI, HTTP, and CGI programs.
import { appPath } from '../support/sluice.ts';
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import {
  APACHE_INTERNAL_REDIRECT,
  APACHE_LENGTH_REQUIRED,
  APACHE_UPGRADES_NOTHING,
  HTTP_VARIABLES,
  NO_ENCODED_SLASHES,
  NORMALISED,
  ONE_REQUEST,
} from './facts.ts';
import { APACHE, startApache } from './servers/apache.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_SCGI = {
  programs: [APACHE],
  facts: {
    variables: { 'sluice.protocol': 'scgi' },
    // Apache says so in SCRIPT_NAME, and has decided by it who may ask; REQUEST_URI is as it came.
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
  limits: {
    'body: in chunks': APACHE_LENGTH_REQUIRED,
    'upload: in chunks, its first part arrives before the second is sent': APACHE_LENGTH_REQUIRED,
    'location: 200 after a POST': APACHE_INTERNAL_REDIRECT,
  },
  own: APACHE_UPGRADES_NOTHING,
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi',
  also: ['large', 'https', 'uploads'],
  mount: '',
  start: behind(startApache, 'apache-scgi.conf', 'scgi', ['--script-name', '']),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi, and Sluice not told where the application is mounted',
  mount: '',
  start: behind(startApache, 'apache-scgi.conf', 'scgi'),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi, mounted at /blog',
  ...documented(startApache, 'apache', 'scgi://'),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi over a Unix socket',
  ...documented(startApache, 'apache', 'scgi+unix:'),
});

describeSetUp({
  title: 'Apache, mod_proxy_http',
  also: ['large', 'https', 'uploads'],
  programs: [APACHE],
  mount: '',
  start: behind(startApache, 'apache-http.conf', 'http', ['--trust', '127.0.0.1']),
  facts: { variables: HTTP_VARIABLES, paths: { ...NORMALISED, ...NO_ENCODED_SLASHES } },
});

describeSetUp({
  title: 'Apache, mod_cgid',
  also: ['large', 'https', 'uploads'],
  programs: [APACHE],
  mount: '/cgi-bin/cgi-program.js',
  async start(cleanup) {
    const apache = await startApache(cleanup, 'apache-cgi.conf', { SCRIPTS: appPath('cgi-bin') });
    const { origin, secureOrigin } = apache;
    return { origin, secureOrigin, logs: () => apache.log() };
  },
  facts: {
    variables: { 'sluice.protocol': 'cgi', ...ONE_REQUEST },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
  limits: { 'location: 200 after a POST': APACHE_INTERNAL_REDIRECT },
});
