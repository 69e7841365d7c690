// uWSGI behind Sluice, by each of the protocols that it speaks, with an application in Python.
import { randomBytes } from 'node:crypto';
import { uwsgi } from '@sluice/back-ends/uwsgi';
import { call } from '@sluice/gateway/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { exchange } from '../support/http-client.ts';
import { serverCases } from './cases/servers.ts';
import { LENGTH_FIRST } from './facts.ts';
import { inFrontOf, putInFront, type RunningServer } from './in-front.ts';
import { describeWith } from './servers/program.ts';
import { startUwsgi, UWSGI } from './servers/uwsgi-server.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const THROWS: Limit = {
  reason: 'uWSGI says nothing when an application throws, and closes the connection',
  async instead(site) {
    expect((await site.exchange('/faulty')).status).toBe(502);
    expect((await site.exchange('/environ')).status).toBe(200);
  },
};

/** Resetting the connection destroys the answer, now and then. */
const UNREAD: Limit = {
  reason:
    'without post-buffering, uWSGI resets a connection whose body the application left unread',
  async instead(site) {
    const body = randomBytes(1_048_576);
    const unread = await site.exchange('/unread', { method: 'POST', body }).catch(() => undefined);
    if (unread) expect([413, 502]).toContain(unread.status);
    expect((await site.exchange('/environ')).status).toBe(200);
  },
};

const NO_CHUNKS: Limit = {
  reason: 'uWSGI reads a body in chunks with functions of its own only, not by wsgi.input',
  async instead(site) {
    async function* body() {
      yield Buffer.from('of unknown length');
    }
    const { status, text } = await site.exchange('/digest', { method: 'POST', body: body() });
    expect({ status, length: JSON.parse(text).length }).toEqual({ status: 200, length: 0 });
  },
};

const PYTHON = {
  programs: [UWSGI],
  mount: '',
  facts: {
    variables: { 'wsgi.multithread': true },
    noise: [
      /^for the log: line-4711$/,
      /^Traceback |^ {2}File |^ {4}|^RuntimeError: the application is at fault$/,
      /^warn: ERR_CGI_TRUNCATED: the response ended before its header block did$/, // which then is 502
      / - uwsgi_response_write\w+\(\): .* during GET \/endless|^OSError: write error$/,
      / - SIGPIPE: writing to a closed pipe/,
      /^\[uwsgi-body-read\] .* message: Client closed connection$|^OSError: error during read/,
    ],
  },
  limits: { 'status: 500 when the application throws, and it serves on': THROWS },
} as const satisfies Partial<SetUp>;

/** uWSGI reads bodies by itself, and stores those above so many bytes. */
const BUFFERING = ['--post-buffering', '8192'];
const { 'body: both ways at once': _, ...whole } = serverCases;

for (const scheme of ['scgi', 'uwsgi+unix'] as const) {
  describeSetUp({
    ...PYTHON,
    title: `uWSGI by ${scheme}`,
    start: inFrontOf((cleanup) => startUwsgi(cleanup, scheme, BUFFERING)),
    own: whole,
  });
}

// With post-buffering, uWSGI fails when a record of FastCGI comes in more pieces than one.
describeSetUp({
  ...PYTHON,
  title: 'uWSGI by fastcgi, bodies as they come',
  start: inFrontOf((cleanup) => startUwsgi(cleanup, 'fastcgi')),
  also: ['uploads'],
  limits: {
    ...PYTHON.limits,
    'upload: in chunks, its first part arrives before the second is sent': LENGTH_FIRST,
  },
  own: serverCases,
});

const AS_IT_COMES = {
  ...PYTHON.limits,
  'body: 1 MiB that the application does not read': UNREAD,
  'connection: one carries many requests': UNREAD,
};
const RESET = /^warn: ERR_BACK_END_CONNECT: \S+ cannot be reached: (?:EPIPE|ECONNRESET)$/;

describeSetUp({
  ...PYTHON,
  title: 'uWSGI by uwsgi, bodies as they come',
  start: inFrontOf((cleanup) => startUwsgi(cleanup, 'uwsgi')),
  facts: { ...PYTHON.facts, noise: [...PYTHON.facts.noise, RESET] },
  also: ['large', 'uploads'],
  limits: {
    ...AS_IT_COMES,
    'upload: in chunks, its first part arrives before the second is sent': LENGTH_FIRST,
  },
  own: {
    ...serverCases,
    'params: more than 65535 bytes of them cannot be sent': async (site) => {
      const headers = { 'X-One': '1'.repeat(14_000), 'X-Two': '2'.repeat(14_000) };
      expect((await site.exchange(`/x?${'q'.repeat(20_000)}`, { headers })).status).toBe(431);
    },
  },
});

describeSetUp({
  ...PYTHON,
  title: 'uWSGI by http, bodies as they come',
  start: inFrontOf((cleanup) => startUwsgi(cleanup, 'http')),
  facts: {
    variables: {
      ...PYTHON.facts.variables,
      // Those of the connection between Sluice and uWSGI.
      REMOTE_ADDR: '127.0.0.1',
      HTTP_X_FORWARDED_FOR: '127.0.0.2',
      SERVER_NAME: expect.any(String),
      SERVER_PORT: expect.stringMatching(/^\d+$/),
    },
    paths: { '/a/./b': '/a/b', '/a/../b': '/b' },
    noise: [...PYTHON.facts.noise, RESET],
  },
  also: ['large', 'uploads'],
  limits: {
    ...AS_IT_COMES,
    'body: in chunks': NO_CHUNKS,
    'upload: in chunks, its first part arrives before the second is sent': {
      reason: NO_CHUNKS.reason,
    },
  },
  own: serverCases,
});

describeWith([UWSGI], 'uWSGI, as it is unless told otherwise', () => {
  const cleanup = new Cleanup();
  let server: RunningServer;
  beforeAll(async () => {
    server = await startUwsgi(cleanup, 'uwsgi', ['--buffer-size', '4096']);
  });
  afterAll(() => cleanup.run());

  it('hangs up when the variables are longer than its buffer, which is 502', async () => {
    const { origin } = await putInFront(cleanup, server);
    const path = '/environ';
    expect((await exchange(origin, path, { headers: { 'X-A': 'a'.repeat(4096) } })).status).toBe(
      502,
    );
    expect((await exchange(origin, path, { headers: { 'X-A': 'a'.repeat(1024) } })).status).toBe(
      200,
    );
  });

  it('answers with the version of the request, whatever that is', async () => {
    const port = Number(/\d+$/.exec(server.address)?.[0]);
    const application = uwsgi.open({ type: 'tcp', host: '127.0.0.1', port });
    const request = { SERVER_PROTOCOL: 'HTTP/2.0', PATH_INFO: '/cookies' };
    const { status, text } = await call(application, request);
    expect({ status, text }).toEqual({ status: '200 OK', text: 'cookies\n' });
  });
});
