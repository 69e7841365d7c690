// Unix sockets: permissions from the first instant, and whose file may be replaced or removed.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sluice, sluiceServe } from './support/command.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { childrenOf } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { app, serverForTest, startFailure } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const kindOf = (path: string) => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isSocket() ? 'socket' : found.isFile() ? 'file' : 'other';
};

const MODES: readonly [query: string, words: string[], mode: number][] = [
  ['', [], 0o660],
  ['?mode=600', [], 0o600],
  ['?mode=0666', [], 0o666],
  ['', ['--umask', '0117'], 0o660],
  ['', ['--umask', '077'], 0o700],
  ['?mode=640', ['--umask', '0'], 0o640],
];

describe.each(MODELS)('%s', (concurrency) => {
  it.each(concurrency === 'single' ? MODES : MODES.slice(0, 2))(
    'mode with %j and %j, from the first instant',
    async (query, words, mode) => {
      const path = join(scratch(), 's');
      const program = sluice([
        ...['serve', app('worker.js'), '--listen', `scgi+unix:${path}${query}`],
        ...['--concurrency', concurrency, '--workers', '1', ...words],
      ]);
      const seen = new Set<number>();
      // As tight as can be: an instant is enough for somebody else.
      const looking = new Promise<void>((resolve) => {
        const look = () => {
          for (let times = 0; times < 200; times++) {
            const found = statSync(path, { throwIfNoEntry: false });
            if (found) seen.add(found.mode & 0o777);
          }
          if (/^serving /m.test(program.stderr)) resolve();
          else setImmediate(look);
        };
        look();
      });
      await within('a server', looking, 10_000);
      expect([...seen]).toEqual([mode]);
      expect(await get(`scgi+unix:${path}`, '/')).toMatch(/^\d+:\d+$/);
    },
  );

  it('the file is there once, and gone when the server is', async () => {
    const directory = scratch();
    const path = join(directory, 's');
    const { program } = await sluiceServe(app('worker.js'), [
      ...['--listen', `scgi+unix:${path}`, '--concurrency', concurrency, '--workers', '2'],
    ]);
    expect(kindOf(path)).toBe('socket');
    program.signal('SIGTERM');
    await within('the end', program.exit);
    expect(kindOf(path)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('a live socket is refused, and goes on', async () => {
    const path = join(scratch(), 's');
    const listen = [`scgi+unix:${path}`];
    const options = { listen, concurrency, workers: 1 };
    await serverForTest(app('worker.js'), options);
    const { code, message } = await startFailure(app('worker.js'), options);
    expect(code).toBe('ERR_LISTEN_IN_USE');
    expect(message).toContain(path);
    expect(await get(`scgi+unix:${path}`, '/')).toMatch(/^\d+:\d+$/);
  });

  it('a dead socket is replaced', async () => {
    const path = join(scratch(), 's');
    const words = ['--listen', `scgi+unix:${path}`, '--concurrency', concurrency, '--workers', '1'];
    const { program } = await sluiceServe(app('worker.js'), words);
    const workers = childrenOf(program.pid);
    program.signal('SIGKILL');
    await program.exit;
    await until('its workers are gone', () => workers.every((pid) => childrenOf(pid).length === 0));
    expect(kindOf(path)).toBe('socket');
    await until('nobody listens', () =>
      get(`scgi+unix:${path}`, '/').then(
        () => false,
        () => true,
      ),
    );
    const again = await sluiceServe(app('worker.js'), words);
    expect(await get(again.url, '/')).toMatch(/^\d+:\d+$/);
  });

  it("another server's file is left alone at the end", async () => {
    const path = join(scratch(), 's');
    const { program } = await sluiceServe(app('worker.js'), [
      ...['--listen', `scgi+unix:${path}`, '--concurrency', concurrency, '--workers', '1'],
    ]);
    renameSync(path, `${path}.old`); // as somebody does who replaces a server without a gap
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => void other.close());
    program.signal('SIGTERM');
    await within('the end', program.exit);
    expect(kindOf(path)).toBe('socket');
  });

  it('the umask of the process is as it was', async () => {
    const path = join(scratch(), 's');
    const { url } = await serverForTest(app('umask.js'), {
      listen: [`scgi+unix:${path}`],
      concurrency,
      workers: 1,
    });
    expect(await get(url, '/')).toBe(process.umask().toString(8));
  });
});

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)(isRoot ? 'owner and group' : 'owner and group (skipped: not root)', () => {
  it.each([
    ['by name', '?owner=daemon&group=mail&mode=620', [1, 8, 0o620]],
    ['by number', '?owner=4711&group=4712', [4711, 4712, 0o660]],
    ['owner alone', '?owner=daemon', [1, process.getgid?.(), 0o660]],
    ['group alone', '?group=mail', [0, 8, 0o660]],
  ])('%s, from the first instant', async (_what, query, expected) => {
    const path = join(scratch(), 's');
    const program = sluice(['serve', app('worker.js'), '--listen', `scgi+unix:${path}${query}`]);
    const seen = new Set<string>();
    const looking = new Promise<void>((resolve) => {
      const look = () => {
        for (let times = 0; times < 200; times++) {
          const found = statSync(path, { throwIfNoEntry: false });
          if (found) seen.add(JSON.stringify([found.uid, found.gid, found.mode & 0o777]));
        }
        if (/^serving /m.test(program.stderr)) resolve();
        else setImmediate(look);
      };
      look();
    });
    await within('a server', looking, 10_000);
    expect([...seen]).toEqual([JSON.stringify(expected)]);
    expect(await get(`scgi+unix:${path}`, '/')).toMatch(/^\d+:\d+$/);
  });
});

describe('what is not ours to replace', () => {
  it.each(['a regular file', 'a directory', 'a link to a file', 'a link to nothing'])(
    '%s',
    async (what) => {
      const directory = scratch();
      const path = join(directory, 's');
      const target = join(directory, 'target');
      if (what === 'a regular file') writeFileSync(path, 'precious');
      else if (what === 'a directory') mkdirSync(path);
      else symlinkSync(target, path);
      if (what === 'a link to a file') writeFileSync(target, 'precious');
      const failure = await startFailure(app('worker.js'), { listen: [`scgi+unix:${path}`] });
      expect(failure.code).toBe('ERR_LISTEN_NOT_A_SOCKET');
      expect(failure.message).toContain(path);
      expect(kindOf(path)).toBe(what === 'a regular file' ? 'file' : 'other');
      if (what === 'a link to a file') expect(kindOf(target)).toBe('file');
    },
  );

  it('a link to a live socket is no way around', async () => {
    const directory = scratch();
    const live = join(directory, 'live');
    await serverForTest(app('worker.js'), { listen: [`scgi+unix:${live}`] });
    symlinkSync(live, join(directory, 's'));
    const failure = await startFailure(app('worker.js'), {
      listen: [`scgi+unix:${join(directory, 's')}`],
    });
    expect(failure.code).toMatch(/^ERR_LISTEN_/);
    expect(await get(`scgi+unix:${live}`, '/')).toMatch(/^\d+:\d+$/);
  });

  it('the same path twice in one server', async () => {
    const path = join(scratch(), 's');
    const listen = [`scgi+unix:${path}`, `http+unix:${path}`];
    expect((await startFailure(app('worker.js'), { listen })).code).toBe('ERR_LISTEN_IN_USE');
  });

  it('a directory that is not there, or not ours to write, is named', async () => {
    const listen = ['scgi+unix:/nowhere/at/all/s'];
    const failure = await startFailure(app('worker.js'), { listen });
    expect(failure.code).toBe('ERR_LISTEN_ADDRESS');
    expect(failure.message).toContain('its directory /nowhere/at/all does not exist');
  });

  it('a path that is too long is named, with how long it may be', async () => {
    const path = join(scratch(), 'x'.repeat(120));
    const failure = await startFailure(app('worker.js'), { listen: [`scgi+unix:${path}`] });
    expect(failure.code).toBe('ERR_LISTEN_ADDRESS');
    expect(failure.message).toMatch(/\d+ bytes/);
  });
});
