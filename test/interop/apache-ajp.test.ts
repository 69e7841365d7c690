// Apache's mod_proxy_ajp in front of Sluice.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { behind } from './behind.ts';
import { expectDigest } from './cases/bodies.ts';
import { documented } from './documented.ts';
import { NO_ENCODED_SLASHES, NORMALISED } from './facts.ts';
import { APACHE, startApache } from './servers/apache.ts';
import { CERTIFICATE } from './servers/web-server.ts';
import { describeSetUp, type SetUp } from './set-up.ts';
import type { Site } from './site.ts';

const LONG = 'v'.repeat(1000);

const METHODS = [
  ...['OPTIONS', 'PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'ACL'],
  ...['REPORT', 'VERSION-CONTROL', 'CHECKIN', 'CHECKOUT', 'UNCHECKOUT', 'SEARCH', 'MKWORKSPACE'],
  ...['UPDATE', 'LABEL', 'MERGE', 'BASELINE-CONTROL', 'MKACTIVITY', 'BREW'],
];
const HEADERS = [
  ...['Accept', 'Accept-Charset', 'Accept-Encoding', 'Accept-Language', 'Authorization'],
  ...['Cookie', 'Cookie2', 'Pragma', 'Referer', 'User-Agent'],
];

const OVER_AJP = {
  programs: [APACHE],
  facts: {
    variables: { 'sluice.protocol': 'ajp' },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_AJP,
  title: 'Apache, mod_proxy_ajp',
  also: ['large', 'https', 'uploads'],
  mount: '',
  start: behind(startApache, 'apache-ajp.conf', 'ajp'),
  own: {
    'body: 1 MiB in chunks': (site) =>
      expectDigest(site, 'POST', randomBytes(1_048_576), 'in chunks'),
    'body: nothing, in chunks': (site) =>
      expectDigest(site, 'POST', new Uint8Array(0), 'in chunks'),
    'method: each that has a number, and one that has none': async (site) => {
      for (const method of METHODS)
        expect((await site.environ('/x', { method })).REQUEST_METHOD).toBe(method);
    },
    'headers: each that has a number': async (site) => {
      const headers = Object.fromEntries(HEADERS.map((name) => [name, `of ${name}`]));
      const environ = await site.environ('/x', { headers });
      for (const name of HEADERS)
        expect(environ[`HTTP_${name.toUpperCase().replace('-', '_')}`]).toBe(`of ${name}`);
    },
    'headers: more than a packet holds are refused by Apache': async (site) => {
      const headers = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`X-${at}`, LONG]));
      expect((await site.exchange('/environ', { headers })).status).toBe(400);
      expect((await site.exchange('/environ')).status).toBe(200);
    },
    'headers: those of a response which no packet holds are answered with 500, and the log says why':
      async (site) => {
        const { status } = await site.exchange('/long-head?8160');
        expect(status).toBe(500);
        await until('the log says so', () => site.logs().includes('ERR_AJP13_TOO_LARGE'));
        expect((await site.exchange('/environ')).status).toBe(200);
      },
    'variables: the addresses at both ends': async (site) => {
      const environ = await site.environ('/x', { from: '127.0.0.2' });
      expect(environ).toMatchObject({ REMOTE_ADDR: '127.0.0.2', SERVER_ADDR: '127.0.0.1' });
      expect(environ.REMOTE_PORT).toMatch(/^\d+$/);
    },
    'variables: a password in Authorization is passed, and nobody is taken for a user': async (
      site,
    ) => {
      const headers = { Authorization: `Basic ${btoa('anna:open')}` };
      const environ = await site.environ('/x', { headers });
      expect(environ.HTTP_AUTHORIZATION).toBe(headers.Authorization);
      expect(environ).not.toHaveProperty('REMOTE_USER');
      expect(environ).not.toHaveProperty('AUTH_TYPE');
    },
  },
});

describeSetUp({
  ...OVER_AJP,
  title: 'Apache, mod_proxy_ajp over a Unix socket',
  ...documented(startApache, 'apache', 'ajp+unix:'),
});

describeSetUp({
  ...OVER_AJP,
  title: 'Apache, mod_proxy_ajp with packets of 64 KiB',
  mount: '',
  start: behind(startApache, 'apache-ajp-packets.conf', 'ajp?packetSize=65536'),
  own: {
    'headers: 60 KB of them': async (site) => {
      const fields = Array.from({ length: 60 }, (_, number) => [`X-${number}`, LONG] as const);
      const environ = await site.environ('/x', { headers: Object.fromEntries(fields) });
      for (const [name] of fields) expect(environ[`HTTP_${name.replace('-', '_')}`]).toBe(LONG);
    },
    'headers: a field of 8 KB in a response': async (site) => {
      const { status, headers } = await site.exchange('/long-head?8180');
      expect({ status, length: headers['x-long']?.length }).toEqual({ status: 200, length: 8180 });
    },
    'body: 5 MiB in chunks': (site) =>
      expectDigest(site, 'POST', randomBytes(5 * 1_048_576), 'in chunks'),
  },
});

const PASSWORD = 'letmein';
const MEMBERS = `anna:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`;

describeSetUp({
  ...OVER_AJP,
  title: 'Apache, mod_proxy_ajp with a secret and pings, mounted at /blog',
  also: ['https'],
  mount: '/blog',
  start: behind(
    startApache,
    'apache-ajp-secret.conf',
    'ajp?secret=open-sesame',
    ['--script-name', '/blog'],
    (cleanup) => {
      const members = `${temporaryFolder(cleanup)}/members`;
      writeFileSync(members, MEMBERS);
      return { MEMBERS: members };
    },
  ),
  own: {
    'variables: who the user is': async (site) => {
      const headers = { Authorization: `Basic ${btoa(`anna:${PASSWORD}`)}` };
      expect((await site.exchange('/environ/members')).status).toBe(401);
      const environ = await site.environ('/members', { headers });
      expect(environ).toMatchObject({ REMOTE_USER: 'anna', AUTH_TYPE: 'Basic' });
    },
    'https: cipher, size of its key, and protocol': async (site) => {
      const environ = await secureEnviron(site, {});
      expect(environ).toMatchObject({
        HTTPS: 'on',
        SSL_CIPHER: 'TLS_AES_256_GCM_SHA384',
        SSL_CIPHER_USEKEYSIZE: '256',
        SSL_KEY_SIZE: '256',
        SSL_PROTOCOL: 'TLSv1.3',
      });
      expect(environ).not.toHaveProperty('SSL_CLIENT_CERT');
    },
    'https: the certificate of the client': async (site) => {
      const pem = readFileSync(CERTIFICATE, 'utf8');
      const environ = await secureEnviron(site, { cert: pem, key: pem });
      const [certificate] = /-+BEGIN CERTIFICATE.*END CERTIFICATE-+/s.exec(pem) ?? [];
      expect(environ.SSL_CLIENT_CERT?.trim()).toBe(certificate);
    },
  },
});

/** The environ of a request by TLS 1.3, with what else a client may bring. */
function secureEnviron(
  { secureOrigin, mount }: Site,
  brings: { cert?: string; key?: string },
): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${secureOrigin}${mount}/environ`,
      {
        ...brings,
        ciphers: 'TLS_AES_256_GCM_SHA384',
        rejectUnauthorized: false,
        agent: false,
        signal: AbortSignal.timeout(15_000),
      },
      async (incoming) => resolve(JSON.parse(await text(incoming))),
    );
    outgoing.on('error', reject).end();
  });
}
