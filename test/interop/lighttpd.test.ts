// lighttpd in front of Sluice: SCGI, HTTP, and CGI programs.
import { expect } from 'vitest';
import { exchange } from '../support/http-client.ts';
import { appPath, LAUNCHER, SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { behind } from './behind.ts';
import {
  HTTP_VARIABLES,
  LIGHTTPD_LENGTH_REQUIRED,
  LIGHTTPD_QUERIES,
  NORMALISED,
  ONE_REQUEST,
} from './facts.ts';
import { writeConfiguration } from './servers/configuration.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type SetUp } from './set-up.ts';

const OVER_SCGI = {
  programs: [LIGHTTPD],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'scgi' },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...OVER_SCGI,
  title: 'lighttpd, mod_scgi',
  start: behind(startLighttpd, 'lighttpd-scgi.conf', 'scgi', ['--script-name', '']),
  also: ['large', 'https'],
});

describeSetUp({
  ...OVER_SCGI,
  title: 'lighttpd, mod_scgi, and Sluice not told where the application is mounted',
  start: behind(startLighttpd, 'lighttpd-scgi-root.conf', 'scgi'),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'lighttpd, mod_scgi over a Unix socket, requests unbuffered',
  start: behind(startLighttpd, 'lighttpd-scgi-unix.conf', 'scgi+unix', ['--script-name', '']),
  also: ['uploads'],
  limits: LIGHTTPD_LENGTH_REQUIRED,
});

describeSetUp({
  title: 'lighttpd, mod_proxy, requests unbuffered',
  programs: [LIGHTTPD],
  mount: '',
  start: behind(startLighttpd, 'lighttpd-http.conf', 'http', ['--trust', '127.0.0.1']),
  also: ['large', 'https', 'uploads'],
  facts: { variables: HTTP_VARIABLES, paths: NORMALISED, queries: LIGHTTPD_QUERIES },
});

describeSetUp({
  title: 'lighttpd, mod_cgi',
  programs: [LIGHTTPD],
  mount: '/cgi-bin/cgi-program.sh',
  async start(cleanup) {
    const scripts = temporaryFolder(cleanup);
    const application = appPath('every-behaviour.js');
    const values = { APPLICATION: application, SLUICE, LAUNCHER, NODE: process.execPath };
    writeConfiguration(scripts, 'cgi-program.sh', values, 0o755);
    writeConfiguration(scripts, 'application.fcgi', values, 0o755);
    const lighttpd = await startLighttpd(cleanup, 'lighttpd-cgi.conf', { SCRIPTS: scripts });
    const { origin, secureOrigin } = lighttpd;
    return { origin, secureOrigin, logs: () => lighttpd.log() };
  },
  also: ['large', 'https'],
  facts: {
    variables: { 'sluice.protocol': 'cgi', ...ONE_REQUEST },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
  own: {
    'a .fcgi file answers by CGI as well': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/cgi-bin/application.fcgi/environ/x');
      expect(status, text).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        'sluice.protocol': 'cgi',
        SCRIPT_NAME: '/cgi-bin/application.fcgi',
        PATH_INFO: '/environ/x',
      });
    },
  },
});
