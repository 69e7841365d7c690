// More requests than a worker takes at once: they wait for their turn, and those that find no room are told so.
import { testEnviron } from '@sluice/gateway/testing';
import { describe, expect, it } from 'vitest';
import { backEndFor } from './support/back-end.ts';
import { LISTENERS, MATRIX } from './support/matrix.ts';
import { Journal } from './support/scratch.ts';
import { until } from './support/until.ts';
import { Held, request, type Watched, watched } from './support/watched.ts';

const ONE = ['--workers', '1', '--max-concurrent', '1', '--queue', '2'];

async function oneWorker({ status }: Watched) {
  return (await status()).workers[0];
}

describe.each(MATRIX)('$protocol, $model', ({ protocol, model }) => {
  it('one is served, two wait and are served in their turn, the next one gets 503', async () => {
    const words = model === 'single' ? ONE.slice(2) : ONE;
    const server = await watched(model, words, { protocol });
    const held = await Held.at(server.url, 1);
    await held.more(server.url, 2);
    await until('two wait', async () => (await oneWorker(server))?.waiting === 2);
    const backEnd = await backEndFor(server.url);
    for (let times = 0; times < 2; times++) {
      const refused = await request(backEnd, '/wait', held.journal.variables);
      expect(refused.status).toMatch(/^503 /);
      expect(refused.text).toMatch(/503/);
    }
    expect(await oneWorker(server)).toMatchObject({ active: 1, waiting: 2, refused: 2 });
    expect(held.journal.count('begun')).toBe(1);
    const answers = await held.release();
    expect(answers.map(({ text }) => text.split(' ')[0])).toEqual(Array(3).fill('waited'));
    expect(held.journal.count('begun')).toBe(3);
    expect((await request(backEnd, '/')).status).toBe('200 OK');
  });
});

describe.each(LISTENERS)('%s', (protocol) => {
  it('a client that leaves while it waits never reaches the application, and makes room', async () => {
    const server = await watched('fork', ONE, { protocol });
    const held = await Held.at(server.url, 1);
    const gone = new Journal();
    const clients = [new AbortController(), new AbortController()];
    const backEnd = await backEndFor(server.url);
    for (const { signal } of clients) {
      const environ = testEnviron({
        ...{ PATH_INFO: '/wait', REQUEST_URI: '/wait', REMOTE_ADDR: '127.0.0.1' },
        ...gone.variables,
        'sluice.signal': signal,
      });
      void (async () => backEnd(environ, () => async () => true))().catch(() => {});
    }
    await until('two wait', async () => (await oneWorker(server))?.waiting === 2);
    for (const client of clients) client.abort();
    await until('nobody waits', async () => (await oneWorker(server))?.waiting === 0);
    await held.more(server.url, 1); // there is room again
    gone.open('go');
    const answers = await held.release();
    expect(answers.map(({ status }) => status)).toEqual(['200 OK', '200 OK']);
    expect((await request(backEnd, '/')).status).toBe('200 OK');
    expect(gone.lines).toEqual([]);
  });
});

it('requests that wait are finished at a stop', async () => {
  const { program, url } = await watched('fork', ONE);
  const held = await Held.at(url, 1);
  const server = { program, url };
  await held.more(server.url, 2);
  const backEnd = await backEndFor(url);
  await until('the queue is full', async () => {
    const { status } = await request(backEnd, '/').catch(() => ({ status: '' }));
    return status.startsWith('503');
  });
  program.signal('SIGTERM');
  const answers = await held.release();
  expect(answers.map(({ text }) => text.split(' ')[0])).toEqual(Array(3).fill('waited'));
  expect(await program.ended()).toEqual({ code: 0, signal: null });
});
