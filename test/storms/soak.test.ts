// A long time of everything: nothing grows, neither memory nor descriptors nor children, and no request is lost.
import { expect, it } from 'vitest';
import { sluiceServe } from '../conformance/support/command.ts';
import { childrenOf } from '../conformance/support/processes.ts';
import { app } from '../conformance/support/start-server.ts';
import { holds, until } from '../conformance/support/until.ts';
import { Client } from './client.ts';
import { MixedLoad } from './mixed-load.ts';
import { type Sample, sampleOf } from './quiet-sample.ts';
import { tell } from './sizes.ts';
import { WIRES } from './wire.ts';

const { SLUICE_SOAK_MINUTES: minutes } = process.env;
const SPAN = minutes ? Number(minutes) * 60_000 : 20_000; // milliseconds, for all of it
const ROUNDS = minutes ? 12 : 3; // of load, with a rest and a look behind each
const MEBIBYTE = 1_048_576;
const WORKERS = 2;

/** By how much the last third of the rounds may lie above the first: what a collector of garbage leaves now and then. */
const NOISE = minutes
  ? { supervisor: 4 * MEBIBYTE, workers: 16 * MEBIBYTE, heap: 1 * MEBIBYTE }
  : { supervisor: 16 * MEBIBYTE, workers: 64 * MEBIBYTE, heap: 4 * MEBIBYTE };

const LISTEN = ['scgi', 'fastcgi', 'ajp', 'http', 'uwsgi'];

async function started(model: string) {
  const listen = LISTEN.flatMap((protocol) => ['--listen', `${protocol}://127.0.0.1:0`]);
  return await sluiceServe(app('storm.js'), [
    ...[...listen, '--concurrency', model, '--workers', `${WORKERS}`],
  ]);
}

/** By how much the median of the last third lies above that of the first. */
function growth(values: readonly number[]): number {
  const third = Math.max(1, Math.floor(values.length / 3));
  return median(values.slice(-third)) - median(values.slice(0, third));
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}

/** Rounds of load, and what was held after each; the first is for what is made once. */
async function soak(
  server: Awaited<ReturnType<typeof started>>,
  trouble: () => Promise<void>,
): Promise<{ samples: Sample[]; failures: string[]; done: number }> {
  const { program, urls } = server;
  const samples: Sample[] = [];
  const failures: string[] = [];
  let done = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const load = new MixedLoad(urls);
    const over = holds('it runs', () => program.child.exitCode === null, SPAN / 4 / (ROUNDS + 1));
    await trouble();
    await over;
    await load.stop();
    failures.push(...load.failures);
    done += load.done;
    const sample = await sampleOf(program.pid, urls[0] as string, WORKERS);
    if (round > 0) samples.push(sample);
  }
  return { samples, failures, done };
}

function report(what: string, samples: readonly Sample[], done: number): void {
  const inMebibytes = (key: 'supervisor' | 'workers' | 'heap') =>
    samples.map((sample) => (sample[key] / MEBIBYTE).toFixed(1)).join(' ');
  const descriptors = samples.map((sample) => sample.descriptors.join('+')).join(' ');
  tell(`soak ${what}: ${done} things done; descriptors ${descriptors}`);
  for (const key of ['supervisor', 'workers', 'heap'] as const)
    tell(`  ${key}, MiB: ${inMebibytes(key)}`);
}

it.each(['fork', 'thread'])('%s, left alone: the workers do not grow', async (model) => {
  const server = await started(model);
  const { samples, failures, done } = await soak(server, async () => {});
  report(model, samples, done);
  expect(failures).toEqual([]);
  expect(new Set(samples.map(({ descriptors }) => descriptors.join(' '))).size).toBe(1);
  for (const key of ['supervisor', 'workers', 'heap'] as const)
    expect(growth(samples.map((sample) => sample[key])), key).toBeLessThan(NOISE[key]);
});

it.each(['fork', 'thread'])(
  '%s, reloaded and crashing: the supervisor does not grow',
  async (model) => {
    const server = await started(model);
    const { program, urls } = server;
    const children = childrenOf(program.pid).length;
    const { samples, done } = await soak(server, async () => {
      for (const signal of ['SIGHUP', 'SIGUSR1'] as const) {
        const before = childrenOf(program.pid);
        program.signal(signal);
        const isNew = () => !childrenOf(program.pid).some((pid) => before.includes(pid));
        await until('all workers are new ones', isNew, 30_000);
      }
      const client = new Client(urls[0] as string, WIRES.scgi);
      await client.ask('/end').catch(() => {});
      client.drop();
    });
    report(`${model} with reloads`, samples, done);
    for (const { descriptors } of samples) expect(descriptors).toHaveLength(1 + children);
    expect(new Set(samples.map(({ descriptors }) => descriptors[0])).size).toBe(1);
    expect(growth(samples.map(({ supervisor }) => supervisor))).toBeLessThan(NOISE.supervisor);
  },
);
