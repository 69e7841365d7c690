// `npm run bench`: CPU time of all server processes for each request, and requests for each second.
//
// The scenarios take turns, a short round each, so that a noisy moment of the machine hits all of them;
// the median of the rounds counts, and ratios within one run are what can be compared.
// The load comes from several processes, so that the servers are always busy: a worker that waits is woken
// by every connection, even if another one takes it, and that costs nothing but time that nobody else wanted.
// Options: --load PROCESSES --rounds N --requests N --only TEXT --strict (exit status 1 when a ratio is missed)
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type ColdStart, measureColdStarts } from './cold-start.ts';
import { cpuOf } from './cpu.ts';
import type { LoadTask } from './load-process.ts';
import { median } from './median.ts';
import { conversationFor } from './requests.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { BODY } from './servers/application.ts';

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '16000' },
    only: { type: 'string', default: '' },
    strict: { type: 'boolean', default: false },
  },
});
const CLIENTS = 8; // of each load process
const loads = Array.from({ length: Number(values.load) }, () =>
  fork(new URL('./load-process.js', import.meta.url)),
);

interface Running {
  readonly scenario: Scenario;
  readonly child: ChildProcess;
  readonly port: number;
  readonly cpu: number[];
  readonly time: number[];
}

const running: Running[] = [];
try {
  for (const scenario of SCENARIOS) {
    if (scenario.name.includes(values.only) || scenario.against === scenario.name)
      running.push(await start(scenario));
  }
  const rounds = Number(values.rounds);
  for (let round = -1; round < rounds; round++) {
    for (const server of running) await measure(server, round >= 0);
  }
} finally {
  for (const { child } of running) child.kill();
  for (const process of loads) process.kill();
}
report(running, measureColdStarts(Number(values.rounds) * 3));

async function start(scenario: Scenario): Promise<Running> {
  const [script, ...args] = scenario.server;
  const child = fork(new URL(`./servers/${script}.js`, import.meta.url), args);
  const [port] = (await once(child, 'message')) as [number];
  return { scenario, child, port, cpu: [], time: [] };
}

async function measure(
  { scenario, child, port, cpu, time }: Running,
  counts: boolean,
): Promise<void> {
  // Half as many to warm up: the first round must not be the compiler's.
  const requests = Number(values.requests) / (counts ? 1 : 2);
  const { protocol, kept } = scenario;
  const load = { kept, clients: CLIENTS, requests: Math.round(requests / loads.length) };
  const { request, end } = conversationFor(protocol);
  const body = BODY.toString();
  const task: LoadTask = {
    port,
    load,
    request: latin1(request),
    body,
    end: end ? latin1(end) : body,
  };
  const before = cpuOf(child.pid as number);
  const start = performance.now();
  await Promise.all(loads.map((process) => work(process, task)));
  const sent = load.requests * loads.length;
  if (!counts) return;
  cpu.push((cpuOf(child.pid as number) - before) / sent);
  time.push(((performance.now() - start) * 1000) / sent);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

async function work(process: ChildProcess, task: LoadTask): Promise<void> {
  process.send(task);
  const [answer] = (await once(process, 'message')) as ['done' | { failure: string }];
  if (answer !== 'done') throw new Error(answer.failure);
}

function report(results: readonly Running[], coldStarts: readonly ColdStart[]): void {
  const costs = new Map(results.map(({ scenario, cpu }) => [scenario.name, median(cpu)]));
  const rows = results.map(({ scenario, cpu, time }) => {
    const cost = median(cpu);
    const ratio = cost / (costs.get(scenario.against) ?? Number.NaN);
    const { name, against, kept, atMost } = scenario;
    return {
      name,
      connection: kept ? 'kept' : 'one request',
      cpuMicroseconds: cost,
      requestsPerSecond: 1e6 / median(time),
      against,
      ratio,
      atMost,
    };
  });
  console.log(
    `Node ${process.version}, ${cpus().length} processors, ${values.rounds} rounds of ${values.requests} requests, ${loads.length} × ${CLIENTS} clients\n`,
  );
  console.log('| server | connection | CPU µs per request | requests/s | ratio | of | at most |');
  console.log('| --- | --- | ---: | ---: | ---: | --- | ---: |');
  for (const row of rows) {
    console.log(
      `| ${row.name} | ${row.connection} | ${row.cpuMicroseconds.toFixed(1)} | ${row.requestsPerSecond.toFixed(0)} | ${row.ratio.toFixed(2)} | ${row.against} | ${row.atMost ?? ''} |`,
    );
  }
  console.log('\n| one CGI request | ms from start to end | ratio | at most |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const { name, milliseconds, ratio, atMost } of coldStarts) {
    console.log(`| ${name} | ${milliseconds.toFixed(1)} | ${ratio.toFixed(2)} | ${atMost ?? ''} |`);
  }
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL('latest.json', folder),
    `${JSON.stringify({ node: process.version, processors: cpus().length, rounds: values.rounds, requests: values.requests, rows, coldStarts }, null, 2)}\n`,
  );
  const missed = [...rows, ...coldStarts].filter(
    ({ ratio, atMost }) => atMost !== undefined && ratio > atMost,
  );
  for (const { name, ratio, atMost } of missed)
    console.log(`\nmissed: ${name} at ${ratio.toFixed(2)}, at most ${atMost}`);
  if (missed.length > 0 && values.strict) process.exitCode = 1;
}
