// lighttpd in front of Sluice: AJP13 over TCP and a Unix socket, and with a secret.
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { behind } from './behind.ts';
import { LIGHTTPD_LENGTH_REQUIRED, LIGHTTPD_QUERIES, NORMALISED } from './facts.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const NO_CODE: Limit = {
  reason: 'lighttpd sends no method that AJP13 has no number for',
  async instead(site) {
    const { status } = await site.exchange('/digest', { method: 'PATCH', body: Buffer.from('a') });
    expect(status).toBe(400);
  },
};

const OVER_AJP = {
  programs: [LIGHTTPD],
  mount: '',
  facts: {
    // lighttpd sends the decoded path alone: what the client wrote is lost
    variables: { 'sluice.protocol': 'ajp', REQUEST_URI: undefined },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
  limits: { 'method: PATCH': NO_CODE },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_AJP,
  title: 'lighttpd, mod_ajp13, requests unbuffered',
  start: behind(startLighttpd, 'lighttpd-ajp.conf', 'ajp?peer=lighttpd'),
  also: ['uploads'],
  limits: { ...OVER_AJP.limits, ...LIGHTTPD_LENGTH_REQUIRED },
});

describeSetUp({
  ...OVER_AJP,
  title: 'lighttpd, mod_ajp13 over a Unix socket',
  start: behind(startLighttpd, 'lighttpd-ajp-unix.conf', 'ajp+unix?peer=lighttpd'),
  also: ['large'],
});

describeSetUp({
  ...OVER_AJP,
  title: 'lighttpd, mod_ajp13 over a Unix socket, mounted at /blog',
  mount: '/blog',
  start: behind(startLighttpd, 'lighttpd-ajp-mounted.conf', 'ajp+unix?peer=lighttpd', [
    ...['--script-name', '/blog'],
  ]),
});

const SECRET = 'a shared one';

const startWithSecret = behind(
  startLighttpd,
  'lighttpd-ajp-secret.conf',
  `ajp+unix?peer=lighttpd&secret=${encodeURIComponent(SECRET)}`,
  [],
  () => ({ SECRET }),
);
let origin: string; // without TLS

describeSetUp({
  ...OVER_AJP,
  title: 'lighttpd, mod_ajp13 with a secret, by TLS',
  async start(cleanup) {
    const running = await startWithSecret(cleanup);
    origin = running.origin;
    return { ...running, origin: running.secureOrigin as string };
  },
  facts: {
    ...OVER_AJP.facts,
    variables: { ...OVER_AJP.facts.variables, 'wsgi.url_scheme': 'https' },
    noise: [/ERR_AJP13_SECRET: the secret is missing/],
  },
  also: ['https'],
  own: {
    'secret: a request without it is refused': async () => {
      expect((await exchange(origin, '/environ')).status).toBe(403);
    },
  },
});
