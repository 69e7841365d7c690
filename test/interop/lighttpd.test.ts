// lighttpd in front of Sluice: SCGI, HTTP, and CGI programs.
import { appPath, SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { behind } from './behind.ts';
import { HTTP_VARIABLES, LIGHTTPD_QUERIES, NORMALISED, ONE_REQUEST } from './facts.ts';
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
});

describeSetUp({
  ...OVER_SCGI,
  title: 'lighttpd, mod_scgi, and Sluice not told where the application is mounted',
  start: behind(startLighttpd, 'lighttpd-scgi-root.conf', 'scgi'),
});

describeSetUp({
  ...OVER_SCGI,
  title: 'lighttpd, mod_scgi over a Unix socket',
  start: behind(startLighttpd, 'lighttpd-scgi-unix.conf', 'scgi+unix', ['--script-name', '']),
});

describeSetUp({
  title: 'lighttpd, mod_proxy',
  programs: [LIGHTTPD],
  mount: '',
  start: behind(startLighttpd, 'lighttpd-http.conf', 'http', ['--trust', '127.0.0.1']),
  facts: { variables: HTTP_VARIABLES, paths: NORMALISED, queries: LIGHTTPD_QUERIES },
});

describeSetUp({
  title: 'lighttpd, mod_cgi',
  programs: [LIGHTTPD],
  mount: '/cgi-bin/cgi-program.sh',
  async start(cleanup) {
    const scripts = temporaryFolder(cleanup);
    const values = { APPLICATION: appPath('every-behaviour.js'), SLUICE, NODE: process.execPath };
    writeConfiguration(scripts, 'cgi-program.sh', values, 0o755);
    const lighttpd = await startLighttpd(cleanup, 'lighttpd-cgi.conf', { SCRIPTS: scripts });
    return { origin: lighttpd.origin, logs: () => lighttpd.log() };
  },
  facts: {
    variables: { 'sluice.protocol': 'cgi', ...ONE_REQUEST },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
  },
});
