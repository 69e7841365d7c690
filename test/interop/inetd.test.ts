// An application that inetd starts for each request, behind nginx: nothing runs while nobody asks.
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { holdPort } from '../support/held-port.ts';
import { exchange } from '../support/http-client.ts';
import { appPath, SLUICE } from '../support/sluice.ts';
import { expectDigest } from './cases/bodies.ts';
import { documentedInetd } from './documented.ts';
import { NGINX_VARIABLES, NORMALISED, ONE_REQUEST } from './facts.ts';
import { INETD, startInetd } from './servers/inetd.ts';
import { NGINX, startNginx } from './servers/nginx.ts';
import { contentOf } from './servers/web-server.ts';
import { describeSetUp } from './set-up.ts';
import { Site } from './site.ts';

describeSetUp({
  title: 'inetd behind nginx',
  programs: [NGINX, INETD],
  mount: '/test',
  async start(cleanup) {
    const tcpPort = await holdPort(cleanup);
    const folder = await startInetd(
      cleanup,
      [documentedInetd('inetd.conf', 6000), 'inetd-app.sh'],
      {
        TCP_PORT: tcpPort,
        NODE: process.execPath,
        SLUICE,
        APPLICATION: appPath('every-behaviour.js'),
      },
    );
    const values = { INETD: folder, TCP_PORT: tcpPort };
    const nginx = await startNginx(cleanup, 'nginx-inetd.conf', values);
    return { origin: nginx.origin, logs: () => contentOf(`${folder}/app.log`) + nginx.log() };
  },
  facts: {
    asksUnbuffered: true,
    variables: { ...NGINX_VARIABLES, ...ONE_REQUEST },
    paths: NORMALISED,
  },
  own: {
    'over TCP: a body of 1 MiB': async (site) => {
      await expectDigest(new Site(site, '/over-tcp', site.facts), 'POST', randomBytes(1_048_576));
    },
    'over TCP: a body that the application does not read': async ({ origin }) => {
      const body = randomBytes(1_048_576);
      const { status } = await exchange(origin, '/over-tcp/unread', { method: 'POST', body });
      expect(status).toBe(413);
    },
    'without a script around it: the log is no part of the response': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/direct/error-log?line');
      expect({ status, text }).toEqual({ status: 200, text: 'logged\n' });
    },
    'without a script around it: an application that throws is answered with 500': async ({
      origin,
    }) => {
      const { status, text } = await exchange(origin, '/direct/faulty');
      expect({ status, text }).toEqual({ status: 500, text: '500 Internal Server Error\n' });
    },
  },
});
