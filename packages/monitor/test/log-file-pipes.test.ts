// Logs that go into a pipe: a slow reader holds nothing up, and one that is gone is not forgotten.
import { execFileSync } from 'node:child_process';
import type fs from 'node:fs';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cleanup } from '../../../test/support/cleanup.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { LogFile } from '../src/log-file.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, writeSync: vi.fn(real.writeSync) };
});

const cleanup = new Cleanup();
let folder: string;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  folder = temporaryFolder(cleanup);
  told = [];
});
afterEach(async () => {
  await cleanup.run();
  vi.useRealTimers();
});

function openLog(target: string): LogFile {
  const file = new LogFile(target, (level, line) => told.push(`${level}: ${line}`));
  cleanup.add(() => file.close());
  return file;
}
const KIB = 'x'.repeat(1023);
/** What is told, without the name of the file. */
const words = () => told.map((line) => line.replace(/^warn: log \S+: /, ''));

describe('a FIFO', () => {
  const PIPE_SIZE = 65536;
  let fifo: string;

  beforeEach(() => {
    fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
  });
  function openReader(): number {
    return openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  }
  function readAll(reader: number): string {
    const buffer = Buffer.alloc(PIPE_SIZE * 2);
    try {
      return buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch {
      return ''; // EAGAIN: it is empty
    }
  }

  it('that nobody reads cannot be opened, and holds nothing up', () => {
    expect(() => openLog(fifo)).toThrow('ENXIO');
  });

  it('whose reader is slow: lines wait, no call waits, and only losses are told', () => {
    const reader = openReader();
    cleanup.add(() => closeSync(reader));
    const file = openLog(fifo);
    for (let at = 0; at < 200; at++) file.write(`${at} ${KIB}`);
    vi.advanceTimersByTime(20_000);
    expect([file.lost, told]).toEqual([0, []]);
    let all = '';
    while (!all.includes('199 ')) {
      all += readAll(reader);
      vi.advanceTimersByTime(50);
    }
    expect(
      all
        .split('\n')
        .map((line) => Number.parseInt(line, 10))
        .slice(0, -1),
    ).toEqual(Array.from({ length: 200 }, (_, at) => at));
    for (let at = 0; at < 2000; at++) file.write(KIB);
    vi.advanceTimersByTime(50);
    expect(words()).toEqual([`what reads it is too slow; ${file.lost} lines lost`]);
    expect(file.lost).toBeGreaterThan(500);
  });

  it('gets whole lines in pieces that the system does not mix', () => {
    const reader = openReader();
    cleanup.add(() => closeSync(reader));
    const file = openLog(fifo);
    for (let at = 0; at < 20; at++) file.write('x'.repeat(999));
    file.write('y'.repeat(9000)); // nothing can be done for it
    file.write('z');
    vi.mocked(writeSync).mockClear();
    file.flush();
    const sizes = vi.mocked(writeSync).mock.calls.map((words) => words[3]);
    expect(sizes).toEqual([4000, 4000, 4000, 4000, 4000, 9001, 2]);
    expect(readAll(reader)).toHaveLength(29_003);
  });

  it('whose reader is gone: EPIPE, and the next reader gets what waited', () => {
    let reader = openReader();
    const file = openLog(fifo);
    closeSync(reader);
    file.write('one');
    vi.advanceTimersByTime(50);
    expect(words()).toEqual(['it cannot be written: EPIPE: broken pipe, write; 0 lines lost']);
    vi.advanceTimersByTime(5000);
    reader = openReader();
    cleanup.add(() => closeSync(reader));
    vi.advanceTimersByTime(1000);
    expect([readAll(reader), file.lost]).toEqual(['one\n', 0]);
  });
});
