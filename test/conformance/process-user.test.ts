// A server that root starts for another user: who its workers are, and whose its logs and sockets.
import { chmodSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixturePath, SLUICE } from '../support/sluice.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { childrenOf } from './support/processes.ts';
import { runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = isRoot ? idOf('passwd', 'nobody') : 0;
const NOGROUP = isRoot ? Number(entryOf('passwd', 'nobody')[3]) : 0;

function entryOf(database: string, name: string): string[] {
  const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
}

function idOf(database: string, name: string): number {
  return Number(entryOf(database, name)[2]);
}

/** A folder of root's that others may look into, as /var/log is. */
function rootFolder(): string {
  const folder = scratch();
  chmodSync(folder, 0o755);
  return folder;
}

async function started(model: string, words: readonly string[], folder = rootFolder()) {
  const application = fixturePath('apps/conformance/identity.js');
  const path = join(folder, 's');
  const options = ['--concurrency', model, '--workers', '2', '--user', 'nobody'];
  const listen = words.includes('--listen') ? [] : ['--listen', `scgi+unix:${path}`];
  const program = runProgram([SLUICE, 'serve', application, ...listen, ...options, ...words], {
    cwd: folder,
  });
  await program.line(/^serving /, 15_000);
  return { program, folder, url: `scgi+unix:${path}` };
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe.skipIf(!isRoot).each(MODELS)(`%s${isRoot ? '' : ' (skipped: not root)'}`, (model) => {
  const LOGS = ['--access-log', 'access.log', '--error-log', 'error.log'];

  it('the application is that user from its import on, in each thread, and cannot come back', async () => {
    const { url } = await started(model, []);
    const { atImport, now, root } = JSON.parse(await get(url, '/'));
    const ids = (id: number) => Array(4).fill(id).join(' ');
    const is = `Uid: ${ids(NOBODY)}; Gid: ${ids(NOGROUP)}; Groups: ${NOGROUP}; CapEff: 0000000000000000`;
    expect([atImport, now]).toEqual([[is], [is]]);
    expect(root).toMatch(/^E/);
  });

  it('writes logs that root has opened, and goes on in new ones', async () => {
    const { program, folder, url } = await started(model, LOGS);
    const [access, error] = [join(folder, 'access.log'), join(folder, 'error.log')];
    for (const path of [access, error]) {
      const { uid, gid, mode } = statSync(path);
      expect([uid, gid, mode & 0o777]).toEqual([NOBODY, NOGROUP, 0o640]);
    }
    await get(url, '/');
    await until('its line', () => linesOf(access).length === 1);
    renameSync(access, `${access}.1`);
    program.signal('SIGUSR2');
    if (model === 'single') {
      // It is not root any more, and cannot make a file in a folder of root's: the old one goes on.
      await until('it is told', () =>
        /access\.log: it cannot be opened anew/.test(program.stderr + readFileSync(error, 'utf8')),
      );
      await get(url, '/');
      await until('its line', () => linesOf(`${access}.1`).length === 2);
      return;
    }
    await until('the new file', () => statSync(access, { throwIfNoEntry: false })?.uid === NOBODY);
    await until('a line in it', async () => {
      await get(url, '/');
      return linesOf(access).length > 0;
    });
    const before = childrenOf(program.pid);
    program.signal('SIGHUP');
    await until(
      'new workers',
      () => !childrenOf(program.pid).some((pid) => before.includes(pid)),
      15_000,
    );
    const { length } = linesOf(access);
    await get(url, '/');
    await until('their line', () => linesOf(access).length > length);
    expect(program.stderr).not.toMatch(/error|warn/);
  });

  it('a socket belongs to whom its address says, before and after', async () => {
    const path = join(rootFolder(), 'x');
    const listen = `scgi+unix:${path}?owner=nobody&group=daemon&mode=640`;
    const { program } = await started(model, ['--listen', listen]);
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o777]).toEqual([NOBODY, idOf('group', 'daemon'), 0o640]);
    await get(`scgi+unix:${path}`, '/');
    program.signal('SIGTERM');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    // Only root may remove it from a folder of root's.
    expect(statSync(path, { throwIfNoEntry: false }) === undefined).toBe(model !== 'single');
  });
});

describe.skipIf(!isRoot)(`logs that lead elsewhere${isRoot ? '' : ' (skipped: not root)'}`, () => {
  it('a link is not given away, nor what it leads to', async () => {
    const folder = rootFolder();
    writeFileSync(join(folder, 'secret'), '', { mode: 0o600 });
    symlinkSync('secret', join(folder, 'access.log'));
    const words = ['--access-log', 'access.log', '--concurrency', 'single'];
    const { program } = await started('single', words, folder);
    expect(statSync(join(folder, 'secret')).uid).toBe(0);
    expect(program.stderr).toMatch(/^warn: log file access\.log stays that of root: ELOOP/m);
  });

  it('the standard streams are nobody’s to give', async () => {
    const { program } = await started('fork', ['--access-log', '-', '--error-log', 'stderr']);
    expect(program.stderr).not.toMatch(/error|warn/);
  });
});

it.each(['fork', 'single'])(
  'who is not root cannot become another user, and is told: %s',
  async (model) => {
    const program = runProgram(
      [
        SLUICE,
        'serve',
        'demo',
        '--listen',
        'scgi://127.0.0.1:0',
        '--user',
        'root',
        '--concurrency',
        model,
      ],
      isRoot ? { uid: NOBODY, gid: NOGROUP, cwd: '/' } : {},
    );
    expect(await program.ended(15_000)).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(/only root can become user 0/);
  },
);
