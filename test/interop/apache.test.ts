// Apache in front of Sluice: SCGI, HTTP, and CGI programs.
import { expect } from 'vitest';
import { appPath } from '../support/sluice.ts';
import { behind } from './behind.ts';
import {
  APACHE_INTERNAL_REDIRECT,
  HTTP_VARIABLES,
  NO_ENCODED_SLASHES,
  NORMALISED,
  ONE_REQUEST,
} from './facts.ts';
import { APACHE, startApache } from './servers/apache.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const LENGTH_REQUIRED: Limit = {
  reason: 'mod_proxy_scgi answers 411',
  async instead(site) {
    async function* body() {
      yield Buffer.from('of unknown length');
    }
    const { status } = await site.exchange('/digest', { method: 'POST', body: body() });
    expect(status).toBe(411);
  },
};

const OVER_SCGI = {
  programs: [APACHE],
  facts: {
    variables: { 'sluice.protocol': 'scgi' },
    // Apache says so in SCRIPT_NAME, and has decided by it who may ask; REQUEST_URI is as it came.
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
  limits: {
    'body: in chunks': LENGTH_REQUIRED,
    'location: 200 after a POST': APACHE_INTERNAL_REDIRECT,
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi',
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
  mount: '/blog',
  start: behind(startApache, 'apache-scgi-mounted.conf', 'scgi', ['--script-name', '/blog']),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'Apache, mod_proxy_scgi over a Unix socket',
  mount: '',
  start: behind(startApache, 'apache-scgi-unix.conf', 'scgi+unix', ['--script-name', '']),
});

describeSetUp({
  title: 'Apache, mod_proxy_http',
  programs: [APACHE],
  mount: '',
  start: behind(startApache, 'apache-http.conf', 'http', ['--trust', '127.0.0.1']),
  facts: { variables: HTTP_VARIABLES, paths: { ...NORMALISED, ...NO_ENCODED_SLASHES } },
});

describeSetUp({
  title: 'Apache, mod_cgid',
  programs: [APACHE],
  mount: '/cgi-bin/cgi-program.js',
  async start(cleanup) {
    const apache = await startApache(cleanup, 'apache-cgi.conf', { SCRIPTS: appPath('cgi-bin') });
    return { origin: apache.origin, logs: () => apache.log() };
  },
  facts: {
    variables: { 'sluice.protocol': 'cgi', ...ONE_REQUEST },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
  limits: { 'location: 200 after a POST': APACHE_INTERNAL_REDIRECT },
});
