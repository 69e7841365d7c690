// The error log: levels, forms, and that an error is there at once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cleanup } from '../../../test/support/cleanup.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createLog, LOG_LEVELS } from '../src/log.ts';
import { LogFile } from '../src/log-file.ts';

const cleanup = new Cleanup();
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await cleanup.run();
});

function openTarget() {
  const path = join(temporaryFolder(cleanup), 'error.log');
  const target = new LogFile(path);
  cleanup.add(() => target.close());
  return { target, read: () => readFileSync(path, 'utf8') };
}

describe('on the standard error stream', () => {
  it('a line is its level and its message, of level info and graver ones', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const log = createLog();
    for (const level of LOG_LEVELS) log(level, 'a message');
    expect(write.mock.calls.flat()).toEqual([
      'error: a message\n',
      'warn: a message\n',
      'info: a message\n',
    ]);
  });
});

describe('in a file', () => {
  it('a line has its time and process before it', () => {
    const { target, read } = openTarget();
    createLog({ target })('error', 'a message');
    expect(read()).toMatch(
      new RegExp(
        `^\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{3}[+-]\\d\\d:\\d\\d ${process.pid} error: a message\n$`,
      ),
    );
  });

  it('its time is that of the call', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 67) });
    const { target, read } = openTarget();
    createLog({ target })('error', 'a message');
    const [time = ''] = read().split(' ');
    expect(new Date(time)).toEqual(new Date(Date.now()));
  });

  it('an error is there when the call returns, with what came before it', () => {
    const { target, read } = openTarget();
    const log = createLog({ target, level: 'debug', format: 'plain' });
    log('debug', 'one');
    log('warn', 'two');
    expect(read()).toBe('');
    log('error', 'three');
    expect(read()).toBe('debug: one\nwarn: two\nerror: three\n');
  });

  it('what comes after it was closed is not lost', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { target } = openTarget();
    const log = createLog({ target });
    target.close();
    log('error', 'late');
    expect(write.mock.calls.flat()).toEqual(['error: late\n']);
    expect(target.lost).toBe(0);
  });

  it.each([
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const)('level %s leaves out what is less grave', (level, count) => {
    const { target, read } = openTarget();
    const log = createLog({ target, level, format: 'plain' });
    for (const of of LOG_LEVELS) log(of, 'x');
    target.flush();
    expect(read()).toBe(
      LOG_LEVELS.slice(0, count)
        .map((of) => `${of}: x\n`)
        .join(''),
    );
  });
});
