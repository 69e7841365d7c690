// Signals and exit statuses are what the README says.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { openGate } from '../support/gate.ts';
import { SLUICE, startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { ask } from './ask.ts';
import { rowsOf, section } from './markdown.ts';
import { openWorkshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MODELS = ['single', 'fork', 'thread'] as const;

/** Waits at the gate for requests below /wait; says which worker it is for others. */
const GATED = `
import { connect } from 'node:net';
import { once } from 'node:events';
import { threadId } from 'node:worker_threads';
export default async (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  if (environ.PATH_INFO === '/wait') await once(connect(process.env.GATE).resume(), 'close');
  return [\`\${process.pid}-\${threadId}\`];
};
`;

async function startGated(model: string, ...more: readonly string[]) {
  const gate = await openGate(cleanup);
  const workshop = await openWorkshop(cleanup);
  workshop.write('gated.mjs', GATED);
  const words = ['gated.mjs', '--listen', 'http://127.0.0.1:0', '--concurrency', model];
  const { child, addresses } = await startSluice(cleanup, [...words, '--workers', '2', ...more], {
    cwd: workshop.folder,
    env: { ...process.env, GATE: gate.path },
  });
  const address = addresses[0] as string;
  return { gate, child, path: (path: string) => ask(address, path) };
}

/** The name of a worker that answers. */
type Worker = string;

describe.each(MODELS)('signals to sluice serve --concurrency %s', (model) => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s lets a request finish', async (signal) => {
    const { gate, child, path } = await startGated(model);
    const held = path('/wait');
    await gate.arrival();
    const end = child.stop(signal);
    gate.release();
    expect(await held).toMatch(/^\d+-\d+$/);
    expect(await end).toEqual({ code: 0, signal: null });
  });

  it('a second one ends it at once', async () => {
    const { gate, child, path } = await startGated(model, '--shutdown-timeout', '60');
    const held = path('/wait').catch(() => 'cut');
    await gate.arrival();
    process.kill(child.pid, 'SIGINT');
    const exit = await child.stop('SIGTERM');
    expect([await held, exit]).toEqual(['cut', { code: 0, signal: null }]);
  });

  it('HUP replaces workers, and does nothing where there are none', async () => {
    const { child, path } = await startGated(model);
    const before: Worker = await path('/');
    process.kill(child.pid, 'SIGHUP');
    if (model !== 'single') {
      const seen = new Set<Worker>([before]);
      await until('both workers are new ones', async () => seen.add(await path('/')).size > 2);
    }
    expect(await path('/')).toMatch(model === 'single' ? before : /^\d+-\d+$/);
  });
});

it('the help, the README and the page of processes know the same signals', () => {
  const help = spawnSync(process.execPath, [SLUICE, 'serve', '--help'], { encoding: 'utf8' });
  const named = (text = '') => new Set(text.match(/\b(?:INT|TERM|QUIT|HUP|USR[12]|TTIN|TTOU)\b/g));
  const inHelp = named(/^Signals: [\s\S]*?\n\n/m.exec(help.stdout)?.[0]);
  const page = rowsOf(section('docs/processes.md', 'Signals'), 'Signal');
  expect(named(page.map(([signals]) => signals).join())).toEqual(inHelp);
  expect(named(section('README.md', 'Signals and exit statuses'))).toEqual(inHelp);
  expect(inHelp.size).toBe(8);
});

describe('exit statuses', () => {
  const statuses = rowsOf(section('README.md', 'Signals and exit statuses'), 'Exit status');
  const request = { REQUEST_METHOD: 'GET', PATH_INFO: '/' };
  const listen = ['--listen', 'http://127.0.0.1:0'];
  const cases: readonly [status: string, words: readonly string[], env?: NodeJS.ProcessEnv][] = [
    ['0', ['serve', '--help']],
    ['0', ['cgi', 'app.mjs'], request],
    ['1', ['cgi', 'app.mjs']],
    ['1', ['cgi', 'missing.mjs'], request],
    ['2', ['serve', 'app.mjs', ...listen, '--unknown']],
    ['2', ['serve', 'app.mjs', '--listen', 'ftp://127.0.0.1']],
    ['2', ['serve', 'missing.mjs', ...listen]],
    ['2', ['serve', 'missing.mjs', ...listen, '--concurrency', 'fork', '--workers', '2']],
    ['3', ['serve', 'throws.mjs', ...listen, '--concurrency', 'fork', '--workers', '2']],
    ['4', ['ctl', 'status', '--control', 'nobody.ctl']],
  ];

  it('are all tried', () => {
    const tried = [...cases.map(([status]) => status), '42'];
    expect([...new Set(tried)]).toEqual(statuses.map(([status]) => status));
    const ofServe = rowsOf(section('docs/processes.md', 'Signals'), 'Exit status');
    const notOfServe = new Set(['4']);
    expect(ofServe.map(([status]) => status)).toEqual(
      [...new Set(tried)].filter((status) => !notOfServe.has(status)),
    );
  });

  it('42: HUP, for a loop that starts the program anew', async () => {
    const { child } = await startGated('single', '--on-hup', 'exit42');
    process.kill(child.pid, 'SIGHUP');
    expect(await inTime('sluice ends', child.ended)).toEqual({ code: 42, signal: null });
  });

  it.each(cases)('%s: sluice %j', async (status, words, env) => {
    const { folder, write } = await openWorkshop(cleanup);
    write('throws.mjs', 'throw new Error("no database");');
    const { REQUEST_METHOD: _, ...rest } = process.env;
    const child = startChild(cleanup, process.execPath, [SLUICE, ...words], {
      cwd: folder,
      env: { ...rest, ...env },
    });
    expect(await inTime('sluice ends', child.ended)).toEqual({
      code: Number(status),
      signal: null,
    });
  });

  it('1: an uncaught exception of the application', async () => {
    const workshop = await openWorkshop(cleanup);
    workshop.write(
      'broken.mjs',
      'export default () => { setImmediate(() => { throw new Error(); }); return []; };\n',
    );
    const words = [join(workshop.folder, 'broken.mjs'), ...listen];
    const { child, addresses } = await startSluice(cleanup, words);
    await ask(addresses[0] as string, '/').catch(() => {});
    expect(await inTime('sluice ends', child.ended)).toEqual({ code: 1, signal: null });
  });
});
