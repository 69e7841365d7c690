// Apache's mod_fcgid, which starts a .fcgi file, stops it, and starts it again.
import { expect } from 'vitest';
import type { Cleanup } from '../support/cleanup.ts';
import { exchange } from '../support/http-client.ts';
import { appPath, LAUNCHER } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { APACHE_INTERNAL_REDIRECT, NO_ENCODED_SLASHES, NORMALISED } from './facts.ts';
import { APACHE, apacheModule, startApache } from './servers/apache.ts';
import { writeConfiguration } from './servers/configuration.ts';
import { describeSetUp, type Running } from './set-up.ts';
import type { Site } from './site.ts';

const seen = new Set<number>(); // process ids

async function start(cleanup: Cleanup): Promise<Running> {
  const scripts = temporaryFolder(cleanup);
  const values = { LAUNCHER, APPLICATION: appPath('every-behaviour.js') };
  writeConfiguration(scripts, 'application.fcgi', values, 0o755);
  // After Apache has been stopped.
  cleanup.add(async () => {
    for (const pid of seen) await until(`process ${pid} ends`, () => !isAlive(pid));
  });
  const apache = await startApache(cleanup, 'apache-fcgid.conf', { SCRIPTS: scripts });
  const { origin, secureOrigin } = apache;
  return { origin, secureOrigin, logs: () => apache.log() };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describeSetUp({
  title: 'Apache, mod_fcgid, a .fcgi file that Apache starts',
  programs: [APACHE, apacheModule('mod_fcgid')],
  mount: '/application',
  start,
  also: ['large', 'https'],
  facts: {
    variables: { 'sluice.protocol': 'fastcgi', 'wsgi.multiprocess': true },
    paths: { ...NORMALISED, ...NO_ENCODED_SLASHES },
    noise: [
      /mod_fcgid: stderr: (?:for the log: line-4711|Error: the application is at fault|\s+at )/,
      /mod_fcgid: ap_pass_brigade failed/, // the client that left
    ],
  },
  limits: { 'location: 200 after a POST': APACHE_INTERNAL_REDIRECT },
  own: {
    'process: one that is killed is replaced': async (site) => {
      const first = await processOf(site);
      process.kill(first, 'SIGKILL');
      await until('the process is gone', () => !isAlive(first));
      await until('another one answers', async () => (await processOf(site)) !== first);
    },
    'process: the same file is a CGI program as well': async ({ origin }) => {
      const { status, text } = await exchange(origin, '/as-cgi/environ/a%20b');
      expect(status, text).toBe(200);
      expect(JSON.parse(text)).toMatchObject({
        'sluice.protocol': 'cgi',
        'wsgi.run_once': true,
        SCRIPT_NAME: '/as-cgi',
        PATH_INFO: '/environ/a b',
      });
    },
  },
});

/** The process that answers. */
async function processOf(site: Site): Promise<number> {
  const { status, text } = await site.exchange('/session');
  expect(status, text).toBe(200);
  const pid: number = JSON.parse(text).process;
  seen.add(pid);
  return pid;
}
