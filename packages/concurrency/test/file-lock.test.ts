// A lock beside a path: one holder at a time, and no file left.
import { mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileLock } from '../src/file-lock.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('FileLock', () => {
  it('keeps others out until it is released, and leaves no file', () => {
    const lock = FileLock.acquire(path);
    expect(lock).toBeDefined();
    expect(FileLock.acquire(path)).toBeUndefined();
    lock?.release();
    expect(readdirSync(folder)).toEqual([]);
    const next = FileLock.acquire(path);
    expect(next).toBeDefined();
    lock?.release(); // the second time: not the next one's
    expect(FileLock.acquire(path)).toBeUndefined();
    next?.release();
  });

  it('a file that somebody has left is taken over', () => {
    writeFileSync(path, '');
    FileLock.acquire(path)?.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a file with anything in it is locked, and stays', () => {
    writeFileSync(path, 'precious');
    const lock = FileLock.acquire(path);
    expect(FileLock.acquire(path)).toBeUndefined();
    lock?.release();
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it("another's file in its place is left alone", () => {
    const lock = FileLock.acquire(path);
    renameSync(path, `${path}.old`);
    const other = FileLock.acquire(path);
    expect(other).toBeDefined(); // it locks another file
    lock?.release();
    expect(readdirSync(folder)).toEqual(['lock', 'lock.old']);
    expect(FileLock.acquire(path)).toBeUndefined();
    other?.release();
  });

  it('without the command nobody is kept out', () => {
    vi.stubEnv('PATH', folder);
    const locks = [FileLock.acquire(path), FileLock.acquire(path)];
    expect(locks).not.toContain(undefined);
    for (const lock of locks) lock?.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('links are not followed, and a missing directory is an error of the system', () => {
    symlinkSync(join(folder, 'target'), path);
    expect(() => FileLock.acquire(path)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    const lost = () => FileLock.acquire(join(folder, 'none', 'lock'));
    expect(lost).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});
