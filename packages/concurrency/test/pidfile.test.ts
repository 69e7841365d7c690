// Pidfiles: whole from their first moment, refused while their process lives, and nobody else's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileLock } from '../src/file-lock.ts';
import { Pidfile } from '../src/pidfile.ts';
import { lifeOf } from '../src/process-life.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pidfile-'));
  path = join(folder, 'pid');
});

afterEach(() => rmSync(folder, { recursive: true }));

const failure = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });

/** Another process, which lives as long as the test. */
async function neighbour(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
}

/** A process id that was used, and is not any more. */
async function deadPid(): Promise<number> {
  const child = await neighbour();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return child.pid;
}

describe('Pidfile', () => {
  it('holds the process id, and is gone when it is removed', () => {
    const pidfile = Pidfile.create(path);
    expect(readFileSync(path, 'latin1')).toBe(`${process.pid}\n`);
    expect(statSync(path).mode & 0o022).toBe(0);
    expect(readdirSync(folder)).toEqual(['pid']);
    expect(pidfile.path).toBe(path);
    pidfile.remove();
    expect(readdirSync(folder)).toEqual([]);
    pidfile.remove(); // there is nothing to do
  });

  it('has an absolute path, whatever was given', () => {
    const pidfile = Pidfile.create(relative(process.cwd(), path));
    expect(pidfile.path).toBe(path);
    pidfile.remove();
  });

  it('of a process that lives is refused, and stays', async () => {
    const { pid } = await neighbour();
    writeFileSync(path, `${pid}\n`);
    const refused = failure('ERR_PIDFILE_IN_USE', `process ${pid} runs, and ${path}`);
    expect(() => Pidfile.create(path)).toThrow(refused);
    expect(readFileSync(path, 'latin1')).toBe(`${pid}\n`);
    expect(readdirSync(folder)).toEqual(['pid']);
  });

  it('of root is refused to others as well', () => {
    writeFileSync(path, '1\n'); // which others may not send a signal
    expect(() => Pidfile.create(path)).toThrow(failure('ERR_PIDFILE_IN_USE', 'process 1 runs'));
  });

  it('of a dead process is replaced', async () => {
    writeFileSync(path, `${await deadPid()}\n`);
    Pidfile.create(path);
    expect(readFileSync(path, 'latin1')).toBe(`${process.pid}\n`);
  });

  it.skipIf(lifeOf(process.pid) === undefined)(
    'of a process that was started after it was written is replaced (skipped without /proc)',
    async () => {
      const { pid } = await neighbour();
      writeFileSync(path, `${pid}\n`);
      const before = (lifeOf(pid)?.start ?? 0) / 1000 - 10;
      utimesSync(path, before, before);
      Pidfile.create(path);
      expect(readFileSync(path, 'latin1')).toBe(`${process.pid}\n`);
    },
  );

  it.each(['', '\n', `${process.pid}`])('with %j in it is replaced', (text) => {
    writeFileSync(path, text);
    Pidfile.create(path);
    expect(readFileSync(path, 'latin1')).toBe(`${process.pid}\n`);
  });

  it.each(['export default 1;\n', '1e3', '-1', '1.5', `1${' '.repeat(64)}`])(
    'is no file with %j in it, which stays',
    (text) => {
      writeFileSync(path, text);
      expect(() => Pidfile.create(path)).toThrow(failure('ERR_PIDFILE_PATH', path));
      expect(readFileSync(path, 'latin1')).toBe(text);
    },
  );

  it.each(['a link to a stale one', 'a link to nothing', 'a directory'])('is not %s', (what) => {
    const target = join(folder, 'target');
    if (what === 'a directory') mkdirSync(path);
    else symlinkSync(target, path);
    if (what === 'a link to a stale one') writeFileSync(target, '');
    expect(() => Pidfile.create(path)).toThrow(failure('ERR_PIDFILE_PATH', 'something else'));
    if (what === 'a link to a stale one') expect(readFileSync(target, 'latin1')).toBe('');
    if (what === 'a link to nothing') expect(existsSync(target)).toBe(false);
  });

  it('is written by one process at a time', () => {
    const lock = FileLock.acquire(`${path}.lock`);
    expect(() => Pidfile.create(path)).toThrow(failure('ERR_PIDFILE_IN_USE', 'is writing it'));
    lock?.release();
    Pidfile.create(path);
  });

  it('needs a directory', () => {
    const lost = join(folder, 'none', 'pid');
    expect(() => Pidfile.create(lost)).toThrow(failure('ERR_PIDFILE_PATH', 'ENOENT'));
  });

  it.each(['of another process', 'of another start', 'a link'])('%s is not removed', (what) => {
    const pidfile = Pidfile.create(path);
    const old = `${path}.old`;
    renameSync(path, old);
    if (what === 'a link') symlinkSync(old, path);
    else writeFileSync(path, what === 'of another process' ? '1\n' : `${process.pid}\n`);
    pidfile.remove();
    expect(readdirSync(folder)).toEqual(['pid', 'pid.old']);
  });
});

describe.skipIf(lifeOf(process.pid) === undefined)('lifeOf (skipped without /proc)', () => {
  it('tells when a process was started, and that it is not over', () => {
    const { start = 0, isOver } = lifeOf(process.pid) ?? {};
    expect(Math.abs(Date.now() - start - process.uptime() * 1000)).toBeLessThan(3000);
    expect(isOver).toBe(false);
  });

  it('of a process that has ended and was not waited for is over, and its pidfile stale', async () => {
    // A child that ends when its input does, and a parent that has become a program that asks for none.
    const script = '(read word <&3) & echo $!; exec sleep 60';
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const name = () => readFileSync(`/proc/${child.pid}/comm`, 'latin1');
    await vi.waitUntil(() => name() === 'sleep\n', 5000);
    (child.stdio[3] as Writable).end();
    await vi.waitUntil(() => lifeOf(pid)?.isOver, 5000);
    writeFileSync(path, `${pid}\n`);
    Pidfile.create(path);
    expect(readFileSync(path, 'latin1')).toBe(`${process.pid}\n`);
  });

  it('is not known of a process that is none', () => {
    expect(lifeOf(-1)).toBeUndefined();
  });
});
