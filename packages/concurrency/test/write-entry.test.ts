// Entries on the standard error stream: whole and in order, even through a pipe that takes a few bytes at a time.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { entryWriter, writeEntry } from '../src/write-entry.ts';

type Written = (error: NodeJS.ErrnoException | null, written: number) => void;

const fd2 = vi.hoisted(() => ({
  text: '',
  answers: [] as (number | string)[], // bytes that are taken, or a code; then everything
}));

vi.mock('node:fs', () => ({
  write(fd: number, bytes: Buffer, done: Written) {
    const answer = fd2.answers.shift() ?? bytes.length;
    setImmediate(() => {
      if (typeof answer === 'string') return done(Object.assign(new Error(), { code: answer }), 0);
      if (fd === 2) fd2.text += bytes.subarray(0, answer);
      done(null, answer);
    });
  },
}));

beforeEach(() => void Object.assign(fd2, { text: '', answers: [] }));

it('writes level, entry and line feed', async () => {
  await writeEntry('warn', 'first\n    second');
  expect(fd2.text).toBe('warn: first\n    second\n');
});

it('writes one after the other, whatever it takes', async () => {
  fd2.answers = [3, 'EAGAIN', 'EAGAIN', 1];
  void writeEntry('error', 'long');
  await writeEntry('error', 'next');
  expect(fd2.text).toBe('error: long\nerror: next\n');
});

it.each(['EPIPE', 'ENOSPC', 'EBADF'])('gives up where nothing can be written: %s', async (code) => {
  fd2.answers = [2, code];
  await writeEntry('error', 'lost');
  await writeEntry('error', 'next');
  expect(fd2.text).toBe('ererror: next\n');
});

it('writes to a file with time and process, and to the stream where it cannot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entries-'));
  const file = join(folder, 'error.log');
  await entryWriter(file)('warn', 'slow');
  await entryWriter(join(folder, 'no', 'error.log'))('error', 'stuck');
  expect(await readFile(file, 'utf8')).toMatch(/^[-\d]{10}T[:.\d]+Z \d+ warn: slow\n$/);
  expect(fd2.text).toBe('error: stuck\n');
  await rm(folder, { recursive: true });
});
