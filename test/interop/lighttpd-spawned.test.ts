// FastCGI programs that lighttpd starts, stops, and starts again: a .fcgi file, and the command.
import { expect } from 'vitest';
import type { Cleanup } from '../support/cleanup.ts';
import { appPath, LAUNCHER, SLUICE } from '../support/sluice.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { LIGHTTPD_QUERIES, LIGHTTPD_STDERR, NORMALISED } from './facts.ts';
import { type Values, writeConfiguration } from './servers/configuration.ts';
import { LIGHTTPD, startLighttpd } from './servers/lighttpd.ts';
import { describeSetUp, type Running, type SetUp } from './set-up.ts';
import type { Site } from './site.ts';

async function start(cleanup: Cleanup, site: string, values: Values): Promise<Running> {
  cleanup.add(allEnded);
  const lighttpd = await startLighttpd(cleanup, site, values);
  return { origin: lighttpd.origin, logs: () => lighttpd.log() };
}

const seen = new Set<number>(); // process ids

/** After lighttpd has been stopped. */
async function allEnded(): Promise<void> {
  for (const pid of seen) await until(`process ${pid} ends`, () => !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The process that answers. */
async function processOf(site: Site): Promise<number> {
  const { status, text } = await site.exchange('/session');
  expect(status, text).toBe(200);
  const pid: number = JSON.parse(text).process;
  seen.add(pid);
  return pid;
}

const SPAWNED = {
  programs: [LIGHTTPD],
  mount: '',
  facts: {
    variables: { 'sluice.protocol': 'fastcgi', 'wsgi.multiprocess': true },
    paths: NORMALISED,
    queries: LIGHTTPD_QUERIES,
    noise: [LIGHTTPD_STDERR, /^ {2}fastcgi\+fd:0 *$/],
  },
  own: {
    'process: one that is killed is replaced': async (site) => {
      const first = await processOf(site);
      process.kill(first, 'SIGKILL');
      await until('the process is gone', () => !isAlive(first));
      await until('another one answers', async () => (await processOf(site)) !== first);
    },
  },
} as const satisfies Partial<SetUp>;

describeSetUp({
  ...SPAWNED,
  title: 'lighttpd, mod_fastcgi, a .fcgi file that lighttpd starts',
  mount: '/application.fcgi',
  start(cleanup) {
    const documents = temporaryFolder(cleanup);
    const values = { LAUNCHER, APPLICATION: appPath('every-behaviour.js') };
    writeConfiguration(documents, 'application.fcgi', values, 0o755);
    return start(cleanup, 'lighttpd-fastcgi-file.conf', { DOCUMENTS: documents });
  },
});

describeSetUp({
  ...SPAWNED,
  title: 'lighttpd, mod_fastcgi, sluice serve that lighttpd starts, with workers',
  start(cleanup) {
    const serve = [process.execPath, SLUICE, 'serve', appPath('every-behaviour.js')];
    const options = ['--listen', 'fastcgi+fd:0', '--concurrency', 'fork', '--workers', '2'];
    const program = [...serve, ...options].join(' ');
    return start(cleanup, 'lighttpd-fastcgi-spawned.conf', { PROGRAM: program });
  },
});
