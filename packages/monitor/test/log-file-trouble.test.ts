// Log files that cannot be written: nothing is thrown, nothing grows, what is lost is counted and told.
import { execFileSync } from 'node:child_process';
import type fs from 'node:fs';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cleanup } from '../../../test/support/cleanup.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { LogFile } from '../src/log-file.ts';

/** Stands between a log file and the system: how many bytes a write takes, or the error that it makes. */
let fault: ((length: number) => number | string) | undefined;

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const writeSync = (descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
    const outcome = fault?.(length) ?? length;
    if (typeof outcome === 'string')
      throw Object.assign(new Error(`${outcome}: made by a test, write`), { code: outcome });
    return real.writeSync(descriptor, bytes, offset, outcome);
  };
  return { ...real, writeSync };
});

const cleanup = new Cleanup();
let folder: string;
let path: string;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  folder = temporaryFolder(cleanup);
  path = join(folder, 'access.log');
  told = [];
});
afterEach(async () => {
  fault = undefined;
  await cleanup.run();
  vi.useRealTimers();
});

function openLog(target = path): LogFile {
  const file = new LogFile(target, (level, line) => told.push(`${level}: ${line}`));
  cleanup.add(() => file.close());
  return file;
}
const KIB = 'x'.repeat(1023);
/** What is told, without the name of the file. */
const words = () => told.map((line) => line.replace(/^warn: log \S+: /, ''));

describe.each(['ENOSPC', 'EIO', 'EDQUOT'])('%s', (code) => {
  const trouble = `it cannot be written: ${code}: made by a test, write`;

  it('lines wait, and are written when they can be', () => {
    const file = openLog();
    fault = () => code;
    for (let at = 0; at < 100; at++) file.write(`line ${at}`);
    vi.advanceTimersByTime(50);
    expect(words()).toEqual([`${trouble}; 0 lines lost`]);
    fault = undefined;
    vi.advanceTimersByTime(999);
    expect(readFileSync(path, 'utf8')).toBe('');
    vi.advanceTimersByTime(1);
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}\n`).join('');
    expect([readFileSync(path, 'utf8'), file.lost]).toEqual([lines, 0]);
    file.write('after');
    vi.advanceTimersByTime(50);
    expect(readFileSync(path, 'utf8')).toBe(`${lines}after\n`);
  });

  it('1 MiB waits at most, what is beyond is lost, and a line every ten seconds tells so', () => {
    const file = openLog();
    fault = () => code;
    for (let second = 0; second < 60; second++) {
      for (let at = 0; at < 100; at++) file.write(KIB);
      vi.advanceTimersByTime(1000);
    }
    expect(file.lost).toBe(6000 - 1024);
    expect(words()).toHaveLength(6);
    expect(words()[0]).toBe(`${trouble}; 0 lines lost`);
    fault = undefined;
    vi.advanceTimersByTime(1000);
    expect(readFileSync(path, 'utf8')).toBe(`${KIB}\n`.repeat(1024));
    file.write('after');
    vi.advanceTimersByTime(10_000);
    file.write('after');
    vi.advanceTimersByTime(50);
    expect(words().at(-1)).toMatch(/^it is written again; \d+ lines lost$/);
    const sum = words().reduce((all, line) => all + Number(/(\d+) lines? lost/.exec(line)?.[1]), 0);
    expect(sum).toBe(file.lost);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('while nothing is lost anew, nothing is told anew', () => {
    const file = openLog();
    fault = () => code;
    file.write('one');
    vi.advanceTimersByTime(3_600_000);
    expect(words()).toEqual([`${trouble}; 0 lines lost`]);
  });

  it('it is not tried again for each line', () => {
    const file = openLog();
    let tries = 0;
    fault = () => {
      tries++;
      return code;
    };
    for (let at = 0; at < 1000; at++) file.write(KIB);
    expect(tries).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(tries).toBe(6);
  });

  it('what waits at the end is lost, and told at once', () => {
    const file = openLog();
    fault = () => code;
    file.write('one');
    file.flush();
    file.write('two');
    file.close();
    expect(file.lost).toBe(2);
    expect(words()).toEqual([`${trouble}; 0 lines lost`, `${trouble}; 2 lines lost`]);
  });

  it('so it is at the end of the process', async () => {
    vi.resetModules();
    const { LogFile: Fresh } = await import('../src/log-file.ts');
    const known = process.listeners('exit');
    const file = new Fresh(path, (level, line) => told.push(`${level}: ${line}`));
    const added = process.listeners('exit').filter((listener) => !known.includes(listener));
    fault = () => code;
    file.write('one');
    file.flush();
    for (const listener of added) {
      process.off('exit', listener);
      listener(0);
    }
    expect(words()).toEqual([`${trouble}; 0 lines lost`, `${trouble}; 1 line lost`]);
    file.close();
  });

  it('what waits goes to the new file at reopen()', () => {
    const file = openLog();
    fault = () => code;
    file.write('one');
    file.flush();
    fault = undefined;
    file.reopen();
    expect([readFileSync(path, 'utf8'), file.lost]).toEqual(['one\n', 0]);
  });
});

describe('a write that takes a part', () => {
  it('is continued', () => {
    const file = openLog();
    fault = (length) => Math.min(length, 7);
    for (const line of ['one', 'two', 'a longer one']) file.write(line);
    vi.advanceTimersByTime(50);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\na longer one\n');
  });

  it('a line that was cut is written again as a whole, on a line of its own', () => {
    const file = openLog();
    const room = [6, 0, 0, 2, 0];
    fault = (length) => Math.min(length, room.shift() ?? length) || 'ENOSPC';
    for (const line of ['one', 'two', 'three']) file.write(line);
    vi.advanceTimersByTime(50);
    expect(readFileSync(path, 'utf8')).toBe('one\ntw');
    vi.advanceTimersByTime(1000);
    expect(readFileSync(path, 'utf8')).toBe('one\ntw');
    vi.advanceTimersByTime(1000);
    expect(readFileSync(path, 'utf8')).toBe('one\ntw\nt');
    writeFileSync(path, 'from another process', { flag: 'a' });
    vi.advanceTimersByTime(1000);
    expect(readFileSync(path, 'utf8')).toBe('one\ntw\ntfrom another process\ntwo\nthree\n');
    expect(file.lost).toBe(0);
  });

  it('a new file does not begin with the end of a line of the old one', () => {
    const file = openLog();
    const room = [2, 0];
    fault = (length) => Math.min(length, room.shift() ?? length) || 'ENOSPC';
    file.write('one');
    file.flush();
    execFileSync('mv', [path, `${path}.1`]);
    room.push(0, 0); // nor does the old one have room when it is left
    file.reopen();
    vi.advanceTimersByTime(1000);
    expect([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')]).toEqual([
      'on',
      'one\n',
    ]);
  });
});

it('/dev/full: counted, told once, and nothing is thrown', () => {
  const file = openLog('/dev/full');
  for (let at = 0; at < 2000; at++) file.write(KIB);
  vi.advanceTimersByTime(50);
  file.close();
  expect(file.lost).toBe(2000);
  expect(words()[0]).toMatch(
    /^it cannot be written: ENOSPC: no space left on device, write; \d+ lines? lost$/,
  );
});

/** A file system of 256 KiB, or why there is none. */
function mountSmall(target: string): string | undefined {
  mkdirSync(target);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', target], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

it('a file system that is full, and has room again', (test) => {
  const disk = join(folder, 'disk');
  const why = mountSmall(disk);
  if (why !== undefined) return test.skip(`no file system can be mounted: ${why}`);
  cleanup.add(() => execFileSync('umount', [disk]));
  const target = join(disk, 'access.log');
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(200_000));
  const file = openLog(target);
  cleanup.add(() => file.close()); // before the file system goes
  for (let at = 0; at < 100; at++) file.write(`${at} ${KIB}`);
  vi.advanceTimersByTime(50);
  expect(words()).toEqual([
    'it cannot be written: ENOSPC: no space left on device, write; 0 lines lost',
  ]);
  const full = readFileSync(target, 'utf8');
  expect(full.length).toBeGreaterThan(10_000);
  expect(full).not.toMatch(/\n$/); // cut within a line
  execFileSync('rm', [ballast]);
  vi.advanceTimersByTime(1000);
  const lines = readFileSync(target, 'utf8').split('\n');
  const whole = lines.filter((line) => line.endsWith(KIB)).map((line) => Number.parseInt(line, 10));
  expect(whole).toEqual(Array.from({ length: 100 }, (_, at) => at));
  expect([lines.length, file.lost]).toEqual([102, 0]); // with the one that was cut, and the end
});
