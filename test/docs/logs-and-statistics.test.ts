// docs/logs-and-statistics.md: log files, rotation, the error log and statistics are what is said of them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLog,
  LOG_LEVELS,
  PROMETHEUS_TYPE,
  prometheusText,
  type ServerStatus,
  statusJson,
} from '@sluice/monitor';
import { ServeOptions } from 'sluice';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { startSluice } from '../support/sluice.ts';
import { inTime, until } from '../support/until.ts';
import { ask } from './ask.ts';
import { blocksOf, read, rowsOf, section } from './markdown.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const DOCUMENT = 'docs/logs-and-statistics.md';
const text = read(DOCUMENT);
const part = (heading: string) => section(DOCUMENT, heading);
/** The words between backticks. */
const named = (sentence: string) => [...sentence.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

describe('sluice serve', () => {
  const serve = (workshop: Workshop, ...more: string[]) => {
    const words = ['app.mjs', '--listen', 'http://127.0.0.1:0', ...more];
    return startSluice(cleanup, words, { cwd: workshop.folder });
  };

  it.each(['single', 'fork', 'thread'])(
    '%s: a line for each request, in one file',
    async (model) => {
      const workshop = await openWorkshop(cleanup);
      const path = join(workshop.folder, 'access.log');
      const format = ['--access-log', path, '--access-log-format', '"%r" %>s %B'];
      const { child, addresses } = await serve(
        workshop,
        '--concurrency',
        model,
        '--workers',
        '2',
        ...format,
      );
      const paths = Array.from({ length: 50 }, (_, at) => `/${at}`);
      await Promise.all(paths.map((each) => ask(addresses[0] as string, each)));
      expect(await child.stop()).toEqual({ code: 0, signal: null });
      const lines = paths.map((each) => `"GET ${each} HTTP/1.1" 200 ${each.length + 5}`);
      expect(readFileSync(path, 'utf8').split('\n').filter(Boolean).sort()).toEqual(lines.sort());
      expect(statSync(path).mode & 0o777).toBe(0o640);
    },
  );

  it('-: the standard output', async () => {
    const { child, addresses } = await serve(await openWorkshop(cleanup), '--access-log', '-');
    await ask(addresses[0] as string, '/a');
    await until('the line is there', () =>
      / "GET \/a HTTP\/1\.1" 200 7 "-" "[^"]*"\n$/.test(child.stdout),
    );
  });

  it('a full disk ends and holds up nothing, and is told once', async () => {
    const workshop = await openWorkshop(cleanup);
    const { child, addresses } = await serve(workshop, '--access-log', '/dev/full');
    for (let at = 0; at < 20; at++)
      expect(await ask(addresses[0] as string, '/a')).toBe('GET /a\n');
    await until('it is told', () => child.stderr.includes('/dev/full'));
    expect(await ask(addresses[0] as string, '/a')).toBe('GET /a\n');
    expect(
      child.stderr.match(
        /^warn: log \/dev\/full: it cannot be written: ENOSPC.*; \d+ lines? lost$/gm,
      ),
    ).toHaveLength(1);
  });

  it('a file that cannot be opened ends the start', async () => {
    const workshop = await openWorkshop(cleanup);
    const missing = join(workshop.folder, 'no', 'access.log');
    await expect(serve(workshop, '--access-log', missing)).rejects.toThrow(missing);
  });
});

describe('rotation', () => {
  const rotate = (): string | undefined =>
    ['/usr/sbin/logrotate', '/usr/bin/logrotate'].find((path) => existsSync(path));

  it('by logrotate: nothing is lost', async (test) => {
    const program = rotate();
    if (!program && !process.env.SLUICE_REQUIRE_SERVERS)
      return test.skip('logrotate is not installed');
    const { folder, local, write } = await openWorkshop(cleanup, DOCUMENT);
    const [example] = blocksOf(DOCUMENT).filter(({ file }) => file === 'rotating.mjs');
    write('rotating.mjs', (example?.text ?? '').replace('listen(8000', 'listen(0'));
    const [config] = blocksOf(DOCUMENT).filter(({ language }) => language === 'logrotate');
    write('logrotate.conf', local(config?.text ?? ''));
    execFileSync('chmod', ['644', join(folder, 'logrotate.conf')]);
    const of = (name: string) => readFileSync(join(folder, name), 'utf8');

    const words = [join(folder, 'rotating.mjs')];
    const child = startChild(cleanup, process.execPath, words, { cwd: folder });
    await until('it listens', () => existsSync(join(folder, 'sluice.pid')));
    const port = await until('it says where', () => /on port (\d+)/.exec(of('error.log'))?.[1]);
    const get = (path: string) => ask(`http://127.0.0.1:${port}`, path);
    const rotated = (name: string) => existsSync(join(folder, name));
    await get('/one');
    await until('the log is not empty', () => of('access.log').includes('/one'));
    const state = ['--state', join(folder, 'state')];
    execFileSync(program as string, ['--force', ...state, join(folder, 'logrotate.conf')]);
    await until('the files are new ones', () => rotated('access.log') && rotated('error.log'));
    await get('/two');
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(of('access.log.1')).toMatch(/^127\.0\.0\.1 .* "GET \/one .*\n$/);
    expect(of('access.log')).toMatch(/^127\.0\.0\.1 .* "GET \/two .*\n$/);
    expect(of('error.log.1')).toMatch(/ info: listens on port \d+\n$/);
    expect(child.stderr).toBe('');
  });
});

describe('error log', () => {
  it('lists the levels and the default', () => {
    const [sentence = ''] = /^`logLevel` is [^.]*\./ms.exec(text) ?? [];
    expect(named(sentence)).toEqual(['logLevel', ...LOG_LEVELS]);
    expect(sentence).toContain(`\`${new ServeOptions().logLevel}\` (the default)`);
  });

  it('in a file, of a thread: the line is as shown, and there although the process is killed', async () => {
    const workshop = await openWorkshop(cleanup);
    workshop.write(
      'killed.mjs',
      `import { isMainThread, Worker } from 'node:worker_threads';
import { createLog, LogFile } from '@sluice/monitor';
if (isMainThread) new Worker(new URL(import.meta.url));
else {
  createLog({ target: new LogFile('error.log') })('error', 'a message');
  process.kill(process.pid, 'SIGKILL');
}
`,
    );
    const words = [join(workshop.folder, 'killed.mjs')];
    const child = startChild(cleanup, process.execPath, words, { cwd: workshop.folder });
    expect((await inTime('it is killed', child.ended)).signal).toBe('SIGKILL');
    const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d \d+\/\d+ error: a message\n$/;
    expect(readFileSync(join(workshop.folder, 'error.log'), 'utf8')).toMatch(form);
    const [shown] = blocksOf(DOCUMENT).filter(({ language }) => language === 'text');
    expect(shown?.text).toMatch(form);
  });

  it('on the standard error stream: level and message', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    createLog()('warn', 'a message');
    const [[line] = []] = write.mock.calls;
    write.mockRestore();
    expect(line).toBe('warn: a message\n');
  });
});

describe('statistics', () => {
  const worker: ServerStatus['workers'][number] = {
    name: 'worker 1',
    pid: 1,
    thread: undefined,
    state: 'busy',
    since: 0,
    requests: 0,
    active: 1,
    waiting: 0,
    refused: 0,
    rss: 0,
    heap: 0,
    current: [{ method: 'GET', url: '/', since: 0 }],
  };
  const status: ServerStatus = {
    version: '0',
    pid: 1,
    since: 0,
    concurrency: 'fork',
    addresses: [],
    size: 1,
    restarts: 0,
    reloads: 0,
    workers: [worker],
  };
  const rows = (column: string) => rowsOf(part('Statistics'), column);
  const namesOf = (column: string) => rows(column).map(([name]) => name);

  it('lists the fields of JSON', () => {
    const shown = JSON.parse(statusJson(status));
    expect(namesOf('Field')).toEqual(Object.keys(shown));
    expect(namesOf('Field of a worker')).toEqual(Object.keys(shown.workers[0]));
    const [, current = ''] = rows('Field of a worker').find(([name]) => name === 'current') ?? [];
    expect(named(current)).toEqual(Object.keys(shown.workers[0].current[0]));
  });

  it('lists the metrics with type and labels', () => {
    const metrics = new Map<string, [type: string, labels: readonly (string | undefined)[]]>();
    for (const line of prometheusText(status).split('\n')) {
      const [, metric = '', type] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
      if (type) metrics.set(metric, [type, []]);
      const [, sample = '', labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      const known = metrics.get(sample);
      const names = [...labels.matchAll(/(\w+)=/g)].map(([, name]) => name);
      if (known) metrics.set(sample, [known[0], names]);
    }
    const listed = rows('Metric').map(([metric, type, labels = '']) => [
      metric,
      [type, labels.replaceAll('`', '').split(', ').filter(Boolean)],
    ]);
    expect(listed).toEqual([...metrics]);
    expect(text).toContain(`\`${PROMETHEUS_TYPE}\``);
  });
});
