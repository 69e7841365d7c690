// Apache's mod_proxy_uwsgi in front of Sluice.
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import {
  APACHE_LENGTH_REQUIRED,
  APACHE_UPGRADES_NOTHING,
  NO_ENCODED_SLASHES,
  NORMALISED,
} from './facts.ts';
import { APACHE, apacheModule, startApache } from './servers/apache.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_UWSGI = {
  programs: [APACHE, apacheModule('mod_proxy_uwsgi')],
  facts: {
    variables: { 'sluice.protocol': 'uwsgi' },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
  limits: {
    'body: in chunks': APACHE_LENGTH_REQUIRED,
    'upload: in chunks, its first part arrives before the second is sent': APACHE_LENGTH_REQUIRED,
  },
  own: APACHE_UPGRADES_NOTHING,
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_UWSGI,
  title: 'Apache, mod_proxy_uwsgi',
  also: ['large', 'https', 'uploads'],
  mount: '',
  start: behind(startApache, 'apache-uwsgi.conf', 'uwsgi'),
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'Apache, mod_proxy_uwsgi, mounted at /blog',
  ...documented(startApache, 'apache', 'uwsgi://'),
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'Apache, mod_proxy_uwsgi over a Unix socket',
  ...documented(startApache, 'apache', 'uwsgi+unix:'),
});
