// An application that computes: two workers on two processors answer nearly twice as many requests as one.
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { sluiceServe } from '../conformance/support/command.ts';
import { app } from '../conformance/support/start-server.ts';
import { Client } from './client.ts';
import { IS_LARGE, tell } from './sizes.ts';
import { WIRES } from './wire.ts';

const COST = 20; // milliseconds of computing for each request, about
const CLIENTS = 16;
const ROUNDS = 3;
const ROUND = 5000; // milliseconds
const LEAST = 1.85; // times as many

/** Requests for each second, with clients that ask without a pause. */
async function throughput(url: string): Promise<number> {
  let answered = 0;
  const begun = performance.now();
  const isOver = () => performance.now() - begun > ROUND;
  const run = async () => {
    const client = new Client(url, WIRES.scgi);
    while (!isOver()) {
      await client.ask(`/spin/${COST}`);
      if (!isOver()) answered++;
    }
    client.drop();
  };
  await Promise.all(Array.from({ length: CLIENTS }, run));
  return (answered * 1000) / ROUND;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}

const why = !IS_LARGE
  ? 'it needs a quiet machine: npm run storm'
  : availableParallelism() < 2
    ? 'there is one processor'
    : '';

it.skipIf(why !== '').each(['fork', 'thread'])(`%s${why && ` (${why})`}`, async (model) => {
  const start = async (...words: string[]) =>
    (await sluiceServe(app('storm.js'), ['--listen', 'scgi://127.0.0.1:0', ...words])).url;
  const single = await start();
  const double = await start('--concurrency', model, '--workers', '2');
  const rates: { single: number[]; double: number[] } = { single: [], double: [] };
  for (let round = -1; round < ROUNDS; round++) {
    const [one, two] = [await throughput(single), await throughput(double)];
    if (round < 0) continue; // the first is the compiler's
    rates.single.push(one);
    rates.double.push(two);
  }
  const [one, two] = [median(rates.single), median(rates.double)];
  tell(
    `cpu-bound ${model}: ${two.toFixed(1)} requests a second, single ${one.toFixed(1)}: ${(two / one).toFixed(2)} times`,
  );
  expect(two / one).toBeGreaterThanOrEqual(LEAST);
});
