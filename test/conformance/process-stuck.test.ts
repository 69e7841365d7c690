// Requests that take too long: those that wait are answered, workers that stand still are killed, and others go on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { sluiceServe } from './support/command.ts';
import { get, Load } from './support/load.ts';
import { LISTENERS, MODELS } from './support/matrix.ts';
import { childrenOf } from './support/processes.ts';
import { scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';
import { Held, request, watched } from './support/watched.ts';

const LIMIT = ['--request-timeout', '2'];
const LATE = 6000; // milliseconds: 3 seconds, and time that a loaded machine does not have
const WORKERS = ['fork', 'thread'] as const;

/** The entry of the log that tells who was killed, with the lines that belong to it. */
function killed(log: readonly string[]): string[] {
  const at = log.findIndex((line) => line.includes(' is killed: '));
  const rest = log.slice(at);
  const end = rest.findIndex((line, index) => index > 0 && !line.startsWith('    '));
  return at < 0 ? [] : rest.slice(0, end < 0 ? undefined : end);
}

describe.each(WORKERS)('%s: an endless loop', (model) => {
  it('is killed, the log says who and where, and others go on', async () => {
    const { program, url, status } = await watched(model, ['--workers', '2', ...LIMIT]);
    const before = (await status()).workers;
    const load = new Load(url);
    await until('both answer', () => load.seen.size === 2);
    const began = performance.now();
    const stuck = get(url, '/loop', { QUERY_STRING: 'why=not' }, 20_000).catch(() => 'cut');
    expect(await within('the end of the stuck one', stuck, LATE)).toBe('cut');
    expect(performance.now() - began).toBeGreaterThan(1900);
    await until('a new worker answers', () => load.seen.size === 3, LATE);
    await load.stop();
    expect(load.refused).toEqual([]);
    expect(load.failures.length).toBeLessThanOrEqual(4); // what was in the worker that was killed

    const [first = '', ...stack] = killed(program.log);
    const [, name, age] =
      /^error: (.+) is killed: its event loop has stood still for [23]\.\d s; last request: GET \/loop\S*, ([23]\.\d) s$/.exec(
        first,
      ) ?? [];
    const names = before.map(({ pid, thread }) =>
      model === 'fork' ? `worker ${pid}` : `thread ${thread} of process ${pid}`,
    );
    expect(names, first).toContain(name);
    expect(Number(age)).toBeLessThanOrEqual(3);
    expect(stack[0]).toMatch(/^ {4}at \/loop \(file:\/\/\S+\/worker\.js:\d+:\d+\)$/);
  });
});

describe.each([
  ['TCP', () => 'http://127.0.0.1:0'],
  ['a Unix socket', () => `scgi+unix:${join(scratch(), 's')}`],
])('thread, over %s', (_name, listen) => {
  it('threads are ended one after the other: the process stays, and the address never refuses', async () => {
    const words = ['--concurrency', 'thread', '--workers', '3', '--request-timeout', '1'];
    const { program, url } = await sluiceServe(app('worker.js'), ['--listen', listen(), ...words]);
    const load = new Load(url);
    const [host] = childrenOf(program.pid);
    for (let times = 1; times <= 3; times++) {
      await until('three answer', () => load.seen.size >= 2 + times);
      await get(url, '/loop', {}, 20_000).catch(() => 'cut');
      await until('a new thread answers', () => load.seen.size >= 3 + times, LATE);
    }
    await load.stop();
    expect(load.refused).toEqual([]);
    expect(load.failures.length).toBeLessThanOrEqual(3 * 4);
    expect(childrenOf(program.pid)).toEqual([host]);
  });
});

describe.each(LISTENERS)('%s', (protocol) => {
  it.each(protocol === 'scgi' ? MODELS : (['fork'] as const))(
    '%s: a request that waits for too long gets 504, and others are finished',
    async (model) => {
      const words = model === 'single' ? LIMIT : ['--workers', '1', ...LIMIT];
      const { program, url } = await watched(model, words, { protocol });
      const backEnd = await backEndFor(url);
      const before = (await request(backEnd, '/')).text;
      const began = performance.now();
      const overdue = await Held.at(url, 1);
      await until('it is old', () => performance.now() - began > 1200);
      const young = await Held.at(url, 1);
      const [answer] = await Promise.all([
        overdue.outcome(),
        until('its end', () => program.log.some((line) => line.includes('taken too long')), LATE),
      ]);
      expect(answer.status).toMatch(/^504 /);
      expect(answer.text).toMatch(/504/);
      const [{ text } = { text: '' }] = await young.release();
      expect(text).toBe(`waited ${before}`);
      await program.line(/^error: GET \/wait, 2\.\d s: it has taken too long, and is ended$/);
      if (model === 'single') return;
      await program.line(/^info: .* leaves: a request took too long$/);
      await until('another worker', async () => (await request(backEnd, '/')).text !== before);
      overdue.journal.open('go');
    },
  );
});

describe('single', () => {
  it('an endless loop ends the process by KILL, and the log says where', async () => {
    const { program, url } = await watched('single', LIMIT);
    await get(url, '/');
    const stuck = get(url, '/loop', {}, 20_000).catch(() => 'cut');
    expect(await program.ended(LATE)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await stuck).toBe('cut');
    const [first, ...stack] = killed(program.log);
    expect(first).toMatch(
      new RegExp(`^error: process ${program.pid} is killed: .*; last request: GET /loop, `),
    );
    expect(stack[0]).toContain('worker.js');
  });
});

describe.each(MODELS)('%s', (model) => {
  it('a slow request is logged once, and goes on', async () => {
    const words = ['--slow-request', '1', ...(model === 'single' ? [] : ['--workers', '1'])];
    const { program, url } = await watched(model, words);
    const held = await Held.at(url, 1);
    const line = await program.line(/slow request/, LATE);
    expect(line).toMatch(
      /^warn: \S.*: slow request: GET \/wait, 1\.\d s so far; it waits, the event loop turns$/,
    );
    const [{ text } = { text: '' }] = await held.release();
    expect(text).toMatch(/^waited /);
    await get(url, '/');
    expect(program.log.filter((other) => other.includes('slow'))).toEqual([line]);
  });

  it('with an error log, all of it is there', async () => {
    const log = join(scratch(), 'error.log');
    const words = ['--error-log', log, '--slow-request', '1', ...LIMIT];
    const { program, url } = await watched(model, [
      ...words,
      ...(model === 'single' ? [] : ['--workers', '2']),
    ]);
    const stuck = get(url, '/loop', {}, 20_000).catch(() => 'cut');
    await until(
      'it is told',
      () => /is killed: .*GET \/loop/.test(readFileSync(log, 'utf8')),
      LATE,
    );
    expect(await stuck).toBe('cut');
    const entry = /^\S+T\S+ \d+(?:\/\d+)? error: .+ is killed: .*\n {4}at .*worker\.js/m;
    expect(readFileSync(log, 'utf8')).toMatch(entry);
    expect(readFileSync(log, 'utf8')).toMatch(/ warn: .*: slow request: GET \/loop/);
    expect(program.stderr).not.toMatch(/slow|killed/);
    if (model === 'single') return;
    await until('its replacement is told', () => /replaced/.test(readFileSync(log, 'utf8')), LATE);
    expect(program.stderr).not.toMatch(/replaced/);
  });
});
