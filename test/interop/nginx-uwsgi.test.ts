// nginx in front of Sluice: uwsgi over TCP and a Unix socket, and unbuffered.
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { behind } from './behind.ts';
import { NGINX_VARIABLES, NORMALISED } from './facts.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_UWSGI = {
  programs: [NGINX],
  mount: '',
  facts: {
    asksUnbuffered: true,
    variables: { ...NGINX_VARIABLES, 'sluice.protocol': 'uwsgi' },
    paths: NORMALISED, // PATH_INFO is $document_uri
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_UWSGI,
  title: 'nginx, uwsgi_pass over TCP',
  start: behind(startNginx, 'nginx-uwsgi.conf', 'uwsgi'),
  also: ['large', 'https'],
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'nginx, uwsgi_pass over TCP, mounted at /blog',
  mount: '/blog',
  start: behind(startNginx, 'nginx-uwsgi-mounted.conf', 'uwsgi', ['--script-name', '/blog']),
  own: {
    'mount: /blog2 reaches Sluice, and not the application': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/blog2/environ');
      expect({ status, text }).toEqual({ status: 404, text: '404 Not Found\n' });
    },
  },
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'nginx, uwsgi_pass over TCP, with SCRIPT_NAME and modifier 30',
  mount: '/blog',
  start: behind(startNginx, 'nginx-uwsgi-modifier.conf', 'uwsgi'),
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'nginx, uwsgi_pass over a Unix socket, responses unbuffered',
  start: behind(startNginx, 'nginx-uwsgi-unix.conf', 'uwsgi+unix', ['--script-name', '']),
});

describeSetUp({
  ...OVER_UWSGI,
  title: 'nginx, uwsgi_pass over TCP, requests unbuffered',
  start: behind(startNginx, 'nginx-uwsgi-unbuffered.conf', 'uwsgi'),
  also: ['uploads'],
  limits: {
    'upload: in chunks, its first part arrives before the second is sent': {
      reason: 'nginx has to know CONTENT_LENGTH first, and collects what comes in chunks',
    },
  },
});
