// nginx in front of Sluice: SCGI over TCP and a Unix socket, and HTTP.
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { behind } from './behind.ts';
import { documented } from './documented.ts';
import { HTTP_VARIABLES, NGINX_VARIABLES } from './facts.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { describeSetUp } from './set-up.ts';

for (const concurrency of ['single', 'fork', 'thread'] as const) {
  describeSetUp({
    title: `nginx, scgi_pass over TCP, ${concurrency}`,
    programs: [NGINX],
    mount: '',
    start: behind(startNginx, 'nginx-scgi.conf', 'scgi', [
      ...['--concurrency', concurrency, '--workers', '2'],
    ]),
    also: concurrency === 'single' ? ['large', 'https'] : [],
    facts: {
      asksUnbuffered: true,
      variables: {
        ...NGINX_VARIABLES,
        'wsgi.multithread': concurrency === 'thread',
        'wsgi.multiprocess': concurrency === 'fork',
      },
    },
  });
}

describeSetUp({
  title: 'nginx, scgi_pass over TCP, mounted at /blog',
  programs: [NGINX],
  ...documented(startNginx, 'nginx', 'scgi://'),
  facts: { asksUnbuffered: true, variables: NGINX_VARIABLES },
  own: {
    'mount: /blog2 reaches Sluice, and not the application': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/blog2/environ');
      expect({ status, text }).toEqual({ status: 404, text: '404 Not Found\n' });
    },
  },
});

describeSetUp({
  title: 'nginx, scgi_pass over a Unix socket, responses unbuffered',
  programs: [NGINX],
  ...documented(startNginx, 'nginx', 'scgi+unix:/run/app.sock'),
  facts: { variables: NGINX_VARIABLES },
});

const CUT_SHORT = {
  reason: 'nginx before 1.29.6 sends a CONTENT_LENGTH that is too small',
} as const;

describeSetUp({
  title: 'nginx, scgi_pass over TCP, requests unbuffered',
  programs: [NGINX],
  mount: '',
  start: behind(startNginx, 'nginx-scgi-unbuffered.conf', 'scgi'),
  facts: { asksUnbuffered: true, variables: NGINX_VARIABLES },
  limits: {
    'body: 65535 bytes': CUT_SHORT,
    'body: 65536 bytes': CUT_SHORT,
    'body: 1 MiB': CUT_SHORT,
    'body: 1 MiB that the application does not read': CUT_SHORT,
    'clients: 50 at once, each with its own body': CUT_SHORT,
    'connection: one carries many requests': CUT_SHORT,
  },
  own: {
    'body: one that nginx cuts short is not taken for a whole one': async (site) => {
      const body = randomBytes(1_048_576);
      const { status, text } = await site.exchange('/digest', { method: 'POST', body });
      // Its true length is in HTTP_CONTENT_LENGTH, which nginx sends as well.
      if (status !== 200) expect(status).toBeGreaterThanOrEqual(400);
      else expect(JSON.parse(text).sha256).toBe(createHash('sha256').update(body).digest('hex'));
    },
  },
});

describeSetUp({
  title: 'nginx, proxy_pass to HTTP',
  programs: [NGINX],
  mount: '',
  start: behind(startNginx, 'nginx-http.conf', 'http', ['--trust', '127.0.0.1']),
  also: ['large', 'https'],
  facts: { asksUnbuffered: true, variables: HTTP_VARIABLES },
});
