// Caddy in front of Sluice: FastCGI.
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import { CADDY, startCaddy } from './servers/caddy.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_FASTCGI = {
  programs: [CADDY],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'fastcgi' },
    noise: [
      /"msg":"using provided configuration"/,
      /"msg":"aborting with incomplete response"/, // a client left
    ],
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Caddy, reverse_proxy with transport fastcgi',
  start: behind(startCaddy, 'caddy-fastcgi.caddyfile', 'fastcgi'),
  also: ['large', 'https', 'uploads'],
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Caddy, transport fastcgi, mounted at /blog',
  ...documented(startCaddy, 'caddy', 'fastcgi://'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'Caddy, php_fastcgi',
  start: behind(startCaddy, 'caddy-php-fastcgi.caddyfile', 'fastcgi'),
});
