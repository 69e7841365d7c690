// How a server ends: what is in progress is finished, what is stuck is ended, and nothing is left behind.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { get } from './support/load.ts';
import { LISTENERS, MATRIX, MODELS } from './support/matrix.ts';
import { peerFor } from './support/peer.ts';
import { childrenOf, descendantsOf, isAlive } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const DEADLINE = 6; // seconds
const SOON = 3000; // milliseconds for an end that nothing should delay

function started(protocol: string, model: string, words: string[] = [], deadline = DEADLINE) {
  return sluiceServe(app('worker.js'), [
    ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model, '--workers', '2'],
    ...['--shutdown-timeout', String(deadline), ...words],
  ]);
}

describe.each(MATRIX.filter(({ protocol }) => ['http', 'scgi'].includes(protocol)))(
  '$protocol, $model',
  ({ protocol, model }) => {
    it.each((protocol === 'scgi' ? ['SIGTERM', 'SIGINT'] : ['SIGTERM']) as NodeJS.Signals[])(
      '%s: 8 requests in progress are answered',
      async (signal) => {
        const { program, url } = await started(protocol, model);
        const journal = new Journal();
        const answers = Array.from({ length: 8 }, () =>
          get(url, '/wait', journal.variables).catch(String),
        );
        await until('8 requests in progress', () => journal.count('begun') === 8);
        program.signal(signal);
        await nobodyServes(url);
        journal.open('go');
        const texts = await Promise.all(answers);
        expect(texts.filter((text) => text.startsWith('waited '))).toHaveLength(8);
        expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
      },
    );

    it('a connection that says nothing does not delay the end', async () => {
      const { program, url } = await started(protocol, model);
      const peers = Array.from({ length: 4 }, () => peerFor(url));
      await get(url, '/'); // behind them in the queue: they are accepted
      program.signal('SIGTERM');
      expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
      for (const peer of peers) await peer.finish();
    });

    it('half a request delays the end to the deadline at most', async () => {
      const { program, url } = await started(protocol, model, [], 1);
      await peerFor(url).send(protocol === 'http' ? 'GET / HT' : '70:CONTENT');
      await get(url, '/');
      program.signal('SIGTERM');
      const { code } = await within('the end', program.exit, 2000);
      expect(code).toBe(0);
    });

    it('a second signal ends it at once', async () => {
      const { program, url } = await started(protocol, model, [], 30);
      const journal = new Journal();
      const lost = get(url, '/wait', journal.variables).catch(() => 'lost');
      await journal.note('begun');
      program.signal('SIGTERM');
      await nobodyServes(url);
      program.signal('SIGTERM');
      await within('the end', program.exit, SOON);
      expect(await lost).toBe('lost');
    });
  },
);

describe.each(MODELS)('%s', (model) => {
  it('idle kept connections do not delay the end, and busy ones are closed after their answer', async () => {
    const { program, url } = await started('http', model);
    const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
    const idle = Array.from({ length: 8 }, () => peerFor(url));
    for (const peer of idle) {
      await peer.send(request('/'));
      await peer.sees(/\r\n\r\n\d+:\d+/);
    }
    const journal = new Journal();
    const busy = peerFor(url);
    await busy.send(request('/wait', `X-Journal: ${journal.path}\r\n`));
    await journal.note('begun');
    program.signal('SIGTERM');
    for (const peer of idle) expect((await peer.finish()).answer).toMatch(/ 200 OK/);
    journal.open('go');
    const { answer } = await busy.finish(SOON);
    expect(answer).toMatch(/waited/);
    expect(answer).toMatch(/^Connection: close\r$/im);
    expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
  });

  it('signals that mean nothing to it are harmless', async () => {
    const { program, url } = await started('scgi', model);
    for (const signal of ['SIGWINCH', 'SIGPIPE', 'SIGCHLD'] as const) {
      program.signal(signal);
      expect(await get(url, '/')).toMatch(/^\d+:\d+$/);
    }
    expect(program.child.exitCode).toBeNull();
  });
});

describe.each(['fork', 'thread'] as const)('%s', (model) => {
  it('a stuck worker is ended at the deadline', async () => {
    const path = join(scratch(), 's');
    const { program, url } = await started('scgi', model, ['--listen', `scgi+unix:${path}`], 1);
    const stuck = get(url, '/loop', {}, 20_000).catch(() => 'lost');
    const workers = descendantsOf(program.pid);
    await until('the other worker answers', () => get(url, '/', {}, 500).catch(() => undefined));
    const start = performance.now();
    program.signal('SIGTERM');
    const { code } = await within('the end', program.exit);
    const took = performance.now() - start;
    expect(took).toBeLessThan(2000);
    expect(took).toBeGreaterThan(800);
    expect(code).toBe(0);
    expect(await stuck).toBe('lost');
    expect(workers.filter(isAlive)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it('a supervisor killed with -9: its workers leave, and the address is free', async () => {
    const { program, url } = await started('scgi', model);
    const journal = new Journal();
    const inProgress = get(url, '/wait', journal.variables).catch(String);
    await journal.note('begun');
    const workers = descendantsOf(program.pid);
    expect(workers.length).toBeGreaterThan(0);
    program.signal('SIGKILL');
    await program.exit;
    journal.open('go');
    expect(await inProgress).toMatch(/^waited /); // they finish what they have
    await until('no worker is left', () => !workers.some(isAlive), 5000);
    const again = await sluiceServe(app('worker.js'), ['--listen', url, '--concurrency', model]);
    expect(await get(again.url, '/')).toMatch(/^\d+:\d+$/);
  });

  it('TERM to a worker ends that worker gracefully, and another takes its place', async () => {
    const { program, url } = await started('scgi', model);
    const [first] = childrenOf(program.pid) as [number];
    process.kill(first, 'SIGTERM');
    await until('it is gone', () => !isAlive(first));
    await until('there are as many as before', () => {
      return childrenOf(program.pid).length === (model === 'fork' ? 2 : 1);
    });
    expect(await get(url, '/')).toMatch(/^\d+:\d+$/);
  });

  it('Ctrl-C reaches the whole group: requests in progress are answered all the same', async () => {
    const words = ['--listen', 'scgi://127.0.0.1:0', '--concurrency', model, '--workers', '2'];
    const { program, url } = await sluiceServe(app('worker.js'), words, { detached: true });
    const journal = new Journal();
    const answer = get(url, '/wait', journal.variables).catch(String);
    await journal.note('begun');
    process.kill(-program.pid, 'SIGINT');
    await nobodyServes(url);
    journal.open('go');
    expect(await answer).toMatch(/^waited /);
    expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
  });
});

/** Waits until a new request is not served any more. */
async function nobodyServes(url: string): Promise<void> {
  await until('nobody serves any more', () =>
    get(url, '/', {}, 300).then(
      () => false,
      () => true,
    ),
  );
}

it.each(LISTENERS)('an end with nothing in progress takes no time: %s', async (protocol) => {
  const { program } = await started(protocol, 'single');
  program.signal('SIGTERM');
  expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
});
