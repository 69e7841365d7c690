// nginx in front of Sluice: FastCGI over TCP and a Unix socket, over kept connections, and unbuffered.
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { until } from '../support/until.ts';
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import { NGINX_STDERR, NGINX_VARIABLES, NORMALISED } from './facts.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_FASTCGI = {
  programs: [NGINX],
  mount: '',
  facts: {
    asksUnbuffered: true,
    variables: { ...NGINX_VARIABLES, 'sluice.protocol': 'fastcgi' },
    paths: NORMALISED, // SCRIPT_NAME is $fastcgi_script_name
    noise: [NGINX_STDERR],
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over TCP',
  start: behind(startNginx, 'nginx-fastcgi.conf', 'fastcgi'),
  also: ['large', 'https'],
  own: {
    'log: wsgi.errors arrives in that of nginx as well': async (site) => {
      await until('the line is in the log', () => NGINX_STDERR.test(site.logs()));
    },
  },
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over kept connections, mounted at /blog',
  ...documented(startNginx, 'nginx', 'fastcgi://'),
  own: {
    'mount: /blog2 reaches Sluice, and not the application': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/blog2/environ');
      expect({ status, text }).toEqual({ status: 404, text: '404 Not Found\n' });
    },
  },
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over TCP, with the mount out of fastcgi_split_path_info',
  mount: '/blog',
  start: behind(startNginx, 'nginx-fastcgi-split.conf', 'fastcgi'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over kept connections',
  start: behind(startNginx, 'nginx-fastcgi-keepalive.conf', 'fastcgi'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over kept connections to a listener that mixes no requests',
  start: behind(startNginx, 'nginx-fastcgi-keepalive.conf', 'fastcgi?multiplexed=no'),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over a Unix socket, responses unbuffered',
  start: behind(startNginx, 'nginx-fastcgi-unix.conf', 'fastcgi+unix', ['--script-name', '']),
});

describeSetUp({
  ...OVER_FASTCGI,
  title: 'nginx, fastcgi_pass over TCP, requests unbuffered',
  start: behind(startNginx, 'nginx-fastcgi-unbuffered.conf', 'fastcgi'),
  also: ['large', 'uploads'],
});
