// The board of a worker, read while the worker writes it: what is read never mixes two requests.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Board } from '@sluice/concurrency';
import { expect, it, onTestFinished } from 'vitest';
import { until } from './support/until.ts';

const READS = 3000;

it('gives whole requests while another thread begins and ends them without a pause', async () => {
  const board = new Board();
  const script = new URL('../fixtures/watchdog/board-writer.js', import.meta.url);
  const writer = new Worker(script, { workerData: board.buffer });
  onTestFinished(async () => void (await writer.terminate()));
  await once(writer, 'message');
  await until('it has written', () => board.ended > 1000);
  const before = board.ended;
  let seen = 0;
  for (let read = 0; read < READS; read++) {
    const requests = board.running();
    for (const { method, url, age } of requests) {
      const letter = url[1] as string;
      const length = 7 * (letter.charCodeAt(0) - 97) + 10;
      if (method !== letter.toUpperCase().repeat(8) || url !== `/${letter.repeat(length)}`)
        expect.fail(`${method} ${url}`);
      if (age < -1 || age > 10_000) expect.fail(`${age} ms`);
    }
    seen += requests.length;
    expect(requests.length).toBeLessThanOrEqual(41);
    expect(board.active).toBeLessThanOrEqual(41);
  }
  expect(seen).toBeGreaterThan(READS);
  expect(board.ended).toBeGreaterThan(before);
});
