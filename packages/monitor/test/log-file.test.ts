// Log files: when lines are written, in what order, and how a file is followed that was moved away.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '@sluice/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cleanup } from '../../../test/support/cleanup.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { LogFile } from '../src/log-file.ts';

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
  await cleanup.run();
  vi.useRealTimers();
});

function openLog(target = path): LogFile {
  const file = new LogFile(target, (level, line) => told.push(`${level}: ${line}`));
  cleanup.add(() => file.close());
  return file;
}
const read = (name = path) => readFileSync(name, 'utf8');

describe('lines', () => {
  it('wait for others, 50 ms at most, and are appended in order', () => {
    writeFileSync(path, 'before\n');
    const file = openLog();
    file.write('one');
    vi.advanceTimersByTime(49);
    file.write('two');
    expect(read()).toBe('before\n');
    vi.advanceTimersByTime(1);
    expect(read()).toBe('before\none\ntwo\n');
    file.write('three');
    vi.advanceTimersByTime(50);
    expect(read()).toBe('before\none\ntwo\nthree\n');
  });

  it('do not wait when there are 64 KiB', () => {
    const file = openLog();
    for (let at = 0; at < 63; at++) file.write('x'.repeat(1023));
    expect(read()).toBe('');
    file.write('x'.repeat(1023));
    expect(read()).toHaveLength(65536);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are written at once when somebody asks for it', () => {
    const file = openLog();
    file.write('one');
    file.flush();
    file.flush();
    expect(read()).toBe('one\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are written when it is closed; later ones are lost and counted', () => {
    const file = openLog();
    file.write('one');
    file.close();
    file.write('two');
    file.flush();
    file.reopen();
    file.close();
    expect([read(), file.lost, vi.getTimerCount()]).toEqual(['one\n', 1, 0]);
  });

  it('of several writers of one file do not mix', () => {
    const files = [openLog(), openLog()];
    for (let at = 0; at < 1000; at++) for (const file of files) file.write('x'.repeat(at));
    for (const file of files) file.close();
    const lines = read().split('\n');
    expect(lines.sort((a, b) => a.length - b.length).map(({ length }) => length)).toEqual([
      0,
      ...Array.from({ length: 2000 }, (_, at) => Math.floor(at / 2)),
    ]);
  });

  it('that are not ASCII are UTF-8', () => {
    openLog().write('café €');
    vi.advanceTimersByTime(50);
    expect(read()).toBe('café €\n');
  });

  it('nothing is kept alive by a line that waits', () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    openLog().write('one');
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect(after).toBe(before);
  });
});

describe('at the end of the process', () => {
  it('what waits is written, and what comes even later too', async () => {
    vi.resetModules();
    const { LogFile: Fresh } = await import('../src/log-file.ts');
    const known = process.listeners('exit');
    const files = [new Fresh(path), new Fresh(join(folder, 'other'))] as const;
    const added = process.listeners('exit').filter((listener) => !known.includes(listener));
    cleanup.add(() => {
      for (const file of files) file.close();
      for (const listener of added) process.off('exit', listener);
    });
    expect(added).toHaveLength(1); // one for all files
    files[0].write('one');
    files[1].write('two');
    added[0]?.(0);
    expect([read(), read(join(folder, 'other'))]).toEqual(['one\n', 'two\n']);
    files[0].write('late');
    expect(read()).toBe('one\nlate\n');
  });
});

describe('a file', () => {
  it('is made, for its owner and group alone', () => {
    const umask = process.umask(0);
    cleanup.add(() => process.umask(umask));
    openLog();
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['in a folder that is not there', () => join(folder, 'no', 'access.log'), 'ENOENT'],
    ['that is a folder', () => folder, 'EISDIR'],
    ['below a file', () => join(path, 'access.log'), 'ENOTDIR'],
  ])('%s cannot be opened', (_what, target, code) => {
    if (code === 'ENOTDIR') writeFileSync(path, '');
    expect(() => openLog(target())).toThrow(OptionError);
    expect(() => openLog(target())).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_FILE', message: expect.stringContaining(target()) }),
    );
    expect(() => openLog(target())).toThrow(code);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that was moved away is left at reopen(), with what was collected for it', () => {
    const file = openLog();
    file.write('one');
    renameSync(path, `${path}.1`);
    file.write('two');
    file.reopen();
    file.write('three');
    file.flush();
    expect([read(`${path}.1`), read()]).toEqual(['one\ntwo\n', 'three\n']);
    expect(told).toEqual([]);
  });

  it('does not leave descriptors behind at reopen()', () => {
    const file = openLog();
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (let at = 0; at < 50; at++) file.reopen();
    expect(descriptors()).toBe(before);
  });

  it('is kept when its folder is gone at reopen(), and found when that is back', () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const file = openLog(join(logs, 'a.log'));
    renameSync(logs, `${logs}.old`);
    file.write('one');
    file.reopen();
    file.write('two');
    vi.advanceTimersByTime(1000);
    expect(read(join(`${logs}.old`, 'a.log'))).toBe('one\ntwo\n');
    expect(told).toEqual([
      `warn: log ${join(logs, 'a.log')}: it cannot be opened anew: ENOENT: no such file or directory, open '${join(logs, 'a.log')}'; 0 lines lost`,
    ]);
    mkdirSync(logs);
    vi.advanceTimersByTime(1000);
    file.write('three');
    vi.advanceTimersByTime(50);
    expect(read(join(logs, 'a.log'))).toBe('three\n');
    vi.advanceTimersByTime(10_000);
    file.write('four');
    vi.advanceTimersByTime(50);
    expect(told.slice(1)).toEqual([
      `warn: log ${join(logs, 'a.log')}: it is written again; 0 lines lost`,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is deleted is made anew at reopen()', () => {
    const file = openLog();
    rmSync(path);
    file.reopen();
    file.write('one');
    file.flush();
    expect(read()).toBe('one\n');
  });

  it('a name that breaks lines breaks none', () => {
    expect(() => openLog(join(folder, 'a\nb', 'c'))).toThrow(/a\\x0ab/);
  });
});

describe('standard streams', () => {
  it.each(['-', 'stdout', 'stderr'])('%s is one, and a path is none', (target) => {
    expect([openLog(target).isStandard, openLog().isStandard]).toEqual([true, false]);
  });
});
