// What several set-ups have in common: what their web server says, changes, or cannot do.
import { expect } from 'vitest';
import type { Limit } from './set-up.ts';
import type { Facts } from './site.ts';

/** nginx with /etc/nginx/scgi_params: SERVER_NAME is its server_name, and Debian's HTTP_HOST has no port. */
export const NGINX_VARIABLES: Facts['variables'] = {
  'sluice.protocol': 'scgi',
  SERVER_NAME: 'localhost',
  HTTP_HOST: expect.stringMatching(/^127\.0\.0\.1(?::\d+)?$/),
};

/** Behind HTTP, SERVER_NAME and SERVER_PORT are those of Sluice itself; HTTP_HOST is what the client asked for. */
export const HTTP_VARIABLES: Facts['variables'] = {
  'sluice.protocol': 'http',
  SERVER_PORT: expect.stringMatching(/^\d+$/),
};

/** A process for each request. */
export const ONE_REQUEST: Facts['variables'] = {
  'wsgi.multiprocess': true,
  'wsgi.run_once': true,
};

/** Paths where the web server resolves dots and joins slashes before it splits them. */
export const NORMALISED: Facts['paths'] = {
  '/a//b': '/a/b',
  '/a/./b': '/a/b',
  '/a/../b': '/b',
};

/** Apache with `AllowEncodedSlashes Off`, its default. */
export const NO_ENCODED_SLASHES: Facts['paths'] = { '/a%2Fb': 404, '/a%2fb%2F': 404 };

/** lighttpd writes what need not be encoded as itself, and encodes a lone %, in queries too. */
export const LIGHTTPD_QUERIES: Facts['queries'] = {
  'a=%31+b&c=%26;d': 'a=1+b&c=%26;d',
  'x=%2541&y=%zz': 'x=%2541&y=%25zz',
};

/** nginx over SCGI, before 1.23. */
export const NGINX_FIELD_TWICE: Limit = {
  reason: 'nginx before 1.23 sends one variable for each line, and the last wins',
  async instead(site) {
    const environ = await site.environ('/x', { headers: { 'X-Twice': ['one', 'two'] } });
    expect(environ.HTTP_X_TWICE).toMatch(/^(?:one, )?two$/);
  },
};

/** Apache's CGI relatives. */
export const APACHE_INTERNAL_REDIRECT: Limit = {
  reason: 'Apache takes it for a local redirect, and answers with what GET gives there',
  async instead(site) {
    const { status, text } = await site.exchange('/redirect?200', { method: 'POST' });
    expect(status).toBe(404);
    expect(text).not.toContain('see elsewhere'); // and it says nothing of a redirect to the client
  },
};
