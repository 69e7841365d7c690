// What several set-ups have in common: what their web server says, changes, or cannot do.
import { PassThrough } from 'node:stream';
import { expect } from 'vitest';
import type { Limit } from './set-up.ts';
import type { Case, Facts } from './site.ts';

/** nginx with /etc/nginx/scgi_params: SERVER_NAME is its server_name, and Debian's HTTP_HOST has no port. */
export const NGINX_VARIABLES: Facts['variables'] = {
  'sluice.protocol': 'scgi',
  SERVER_NAME: 'localhost',
  HTTP_HOST: expect.stringMatching(/^127\.0\.0\.1(?::\d+)?$/),
};

/** nginx logs what an application writes to wsgi.errors, where FastCGI brings it. */
export const NGINX_STDERR =
  /FastCGI sent in stderr: "(?:for the log: line-4711|Error: the application is at fault)/;

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

/** Apache's CGI relatives. */
export const APACHE_INTERNAL_REDIRECT: Limit = {
  reason: 'Apache takes it for a local redirect, and answers with what GET gives there',
  async instead(site) {
    const { status, text } = await site.exchange('/redirect?200', { method: 'POST' });
    expect(status).toBe(404);
    expect(text).not.toContain('see elsewhere'); // and it says nothing of a redirect to the client
  },
};

/** Apache over SCGI, FastCGI and uwsgi, by which it can hand no connection over. */
export const APACHE_UPGRADES_NOTHING: Readonly<Record<string, Case>> = {
  'upgrade: asked for, and not offered to the application': async (site) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
    const { status, text } = await site.exchange('/take-over', { headers });
    expect({ status, text }).toEqual({ status: 426, text: 'ask for an upgrade\n' });
  },
};

/** Apache over SCGI and uwsgi. */
export const APACHE_LENGTH_REQUIRED: Limit = {
  reason: 'Apache answers 411',
  async instead(site) {
    async function* body() {
      yield Buffer.from('of unknown length');
    }
    const { status } = await site.exchange('/digest', { method: 'POST', body: body() });
    expect(status).toBe(411);
  },
};

const LENGTH_REQUIRED: Limit = {
  reason: 'lighttpd passes a body on as it comes only when it knows its length',
  async instead(site) {
    const body = new PassThrough();
    body.write('a=1'); // and more to come: else lighttpd would know the length
    const answer = await site.open('/digest', { method: 'POST', body });
    body.end();
    expect(answer.resume().statusCode).toBe(411);
  },
};

/** lighttpd with server.stream-request-body, by every protocol but HTTP. */
export const LIGHTTPD_LENGTH_REQUIRED = {
  'body: in chunks': LENGTH_REQUIRED,
  'upload: in chunks, its first part arrives before the second is sent': LENGTH_REQUIRED,
} as const;

/** lighttpd logs what an application writes to wsgi.errors, where FastCGI brings it. */
export const LIGHTTPD_STDERR =
  /FastCGI-stderr:(?:for the log: line-4711|Error: the application is at fault|\s+at )/;

/** Applications behind Sluice that know nothing of WSGI. */
export const NO_WSGI: Facts['variables'] = {
  'wsgi.url_scheme': undefined,
  'wsgi.multithread': undefined,
  'wsgi.multiprocess': undefined,
  'wsgi.run_once': undefined,
};

/** Servers behind Sluice by CGI and its relatives. */
export const LENGTH_FIRST: Limit = {
  reason: 'the protocol sends CONTENT_LENGTH first: Sluice collects a body to know it',
};

/** PHP, whichever way it is run. */
export const PHP_LOCATION: Limit = {
  reason: 'PHP leaves Status out of a 200, which a Location then makes a 302',
  async instead(site) {
    const { status, headers, text } = await site.exchange('/redirect?200', { method: 'POST' });
    expect({ status, location: headers.location, text }).toEqual({
      status: 302,
      location: '/elsewhere?x=1',
      text: 'see elsewhere\n',
    });
  },
};
