// CGI scripts behind Sluice: run by Sluice itself, and by fcgiwrap. Most are PHP, by php-cgi.
import { expect } from 'vitest';
import { Cleanup } from '../support/cleanup.ts';
import { openGate } from '../support/gate.ts';
import { exchange } from '../support/http-client.ts';
import { fixturePath } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { serverCases } from './cases/servers.ts';
import { LENGTH_FIRST, NO_WSGI, PHP_LOCATION } from './facts.ts';
import { inFrontOf } from './in-front.ts';
import { writeConfiguration } from './servers/configuration.ts';
import { FCGIWRAP, SPAWN_FCGI, startFcgiwrap } from './servers/fcgiwrap.ts';
import { findProgram } from './servers/program.ts';
import { describeSetUp, type Limit, type SetUp } from './set-up.ts';

const PHP_CGI = findProgram('php-cgi', 'php-cgi');

/** A directory of scripts. */
function scripts(cleanup: Cleanup): string {
  const folder = temporaryFolder(cleanup);
  const values = { SCRIPT: fixturePath('back-ends/every-behaviour.php'), PHP_CGI: PHP_CGI.path };
  for (const name of ['php-cgi.sh', 'line-feeds.sh', 'elsewhere.sh', 'complaint.sh'])
    writeConfiguration(folder, name, values, 0o755);
  return folder;
}

const {
  'body: both ways at once': _,
  'clients: 50 at once, each with answers of its own': _processes,
  ...own
} = serverCases;

const SCRIPTS = {
  mount: '/php-cgi.sh',
  facts: {
    variables: NO_WSGI,
    noise: [
      /^error: PHP Fatal error: {2}Uncaught Exception: the application is at fault/,
      /^error: (?:Stack trace:|#0 \{main\}| {2}thrown in )/,
    ],
  },
  limits: {
    'location: 200 after a POST': PHP_LOCATION,
    'upload: in chunks, its first part arrives before the second is sent': LENGTH_FIRST,
  },
  own: {
    ...own,
    'no Status line: 200, and 302 with a Location': async ({ origin }) => {
      const { status, headers } = await exchange(origin, '/elsewhere.sh');
      expect({ status, location: headers.location }).toEqual({
        status: 302,
        location: 'http://elsewhere.example/',
      });
    },
    'headers: lines that end with a line feed alone': async ({ origin }) => {
      const { status, reason, headers, text } = await exchange(origin, '/line-feeds.sh');
      expect({ status, reason, text }).toEqual({
        status: 203,
        reason: 'Line feeds only',
        text: 'body\n',
      });
      expect(headers).toMatchObject({ 'content-type': 'text/x-test', 'x-empty': '' });
    },
    'script: one that only complains is 502, and its complaint is in the log': async (site) => {
      expect((await exchange(site.origin, '/complaint.sh')).status).toBe(502);
      const complaint = 'error: this script only complains\n';
      await until('the complaint is in the log', () => site.logs().includes(complaint));
    },
  },
} as const satisfies Partial<SetUp>;

const ENDED: Limit = {
  reason: 'Sluice ends a script whose client has left',
  async instead(site) {
    const cleanup = new Cleanup();
    try {
      const gate = await openGate(cleanup);
      const incoming = await site.open(`/endless?gate=${gate.path}`);
      incoming.on('error', () => {}).destroy(); // it is cut short, by this test
      await gate.departure();
    } finally {
      await cleanup.run();
    }
  },
};

const COLLECTED: Limit = {
  reason: 'fcgiwrap passes on what a script wrote when there is enough of it, or the script ends',
};

describeSetUp({
  ...SCRIPTS,
  title: 'CGI scripts, run by Sluice',
  programs: [PHP_CGI],
  start: inFrontOf(async (cleanup) => ({ address: `cgi:${scripts(cleanup)}/`, log: () => '' })),
  also: ['large', 'uploads'],
  facts: {
    ...SCRIPTS.facts,
    paths: { '/%E9': 404 }, // which is no UTF-8, and no file name
    noise: [...SCRIPTS.facts.noise, /^warn: ERR_BACK_END_SCRIPT: a path that is no file name$/],
  },
  limits: {
    ...SCRIPTS.limits,
    'body: the client leaves, and close() of the application is called': ENDED,
  },
});

for (const where of ['port', 'socket'] as const) {
  describeSetUp({
    ...SCRIPTS,
    title: `CGI scripts, run by fcgiwrap on a ${where}`,
    programs: [PHP_CGI, FCGIWRAP, SPAWN_FCGI],
    start: inFrontOf(async (cleanup) => {
      const { address, log } = await startFcgiwrap(cleanup, where);
      return { address: `${address}?root=${scripts(cleanup)}&index=php-cgi.sh`, log };
    }),
    facts: {
      ...SCRIPTS.facts,
      paths: { '/a/./b': 403, '/a/../b': 403 },
      noise: [...SCRIPTS.facts.noise, /^warn: ERR_BACK_END_SCRIPT: the path leads up$/],
    },
    limits: {
      ...SCRIPTS.limits,
      'body: the first block arrives before the second is made': COLLECTED,
    },
  });
}
