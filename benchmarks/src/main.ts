// `npm run bench`: CPU time of all server processes for each request, and requests for each second;
// memory of idle connections; and how long a CGI request takes.
//
// The scenarios take turns, a short round each, so that a noisy moment of the machine hits all of them;
// the median of the rounds counts, and ratios within one run are what can be compared.
// The load comes from several processes, so that the servers are always busy: a worker that waits is woken
// by every connection, even if another one takes it, and that costs nothing but time that nobody else wanted.
// Options: --load PROCESSES --rounds N --requests N --idle CONNECTIONS --only TEXT
//          --strict (exit status 1 when a ratio is missed)
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { measureColdStarts } from './cold-start.ts';
import { type IdleConnections, measureIdle } from './idle-connections.ts';
import { Unavailable } from './launch.ts';
import { CLIENTS, MORE_WHEN_KEPT, measure, type Running, startLoads } from './measure.ts';
import { report } from './report.ts';
import { KEEPERS, SCENARIOS, type Scenario } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '16000' },
    idle: { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
    strict: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const loadAverage = loadavg()[0] ?? Number.NaN;

const folder = mkdtempSync(`${tmpdir()}/sluice-benchmark-`);
const leftOut: string[] = [];
const peers = new Set<string>();
const running: Running[] = [];
const idle: IdleConnections[] = [];
const loads = startLoads(Number(values.load));
try {
  for (const scenario of SCENARIOS) {
    if (scenario.name.includes(values.only) || scenario.against === scenario.name)
      await start(scenario);
  }
  for (let round = -1; round < rounds; round++) {
    // Half as many to warm up: the first round must not be the compiler's.
    const counts = round >= 0;
    for (const server of running)
      await measure(server, loads, counts ? requests : requests / 2, counts);
  }
} finally {
  for (const { server } of running) server.stop();
  for (const process of loads) process.kill();
  rmSync(folder, { recursive: true, force: true });
}
for (const keeper of KEEPERS) {
  if (keeper.name.includes(values.only)) idle.push(await measureIdle(keeper, Number(values.idle)));
}
const coldStarts = measureColdStarts(rounds * 3);

const about = {
  node: process.version,
  processors: cpus().length,
  loadAverage,
  rounds,
  requests,
  requestsWhenKept: requests * MORE_WHEN_KEPT,
  clients: `${loads.length} × ${CLIENTS}`,
  peers: [...peers],
  leftOut,
};
// Figures of a part are not kept: the tables would miss the rest.
const folderOfResults = values.only === '' ? new URL('../results/', import.meta.url) : undefined;
const isReached = report(about, { running, idle, coldStarts }, folderOfResults);
if (!isReached && values.strict) process.exitCode = 1;

async function start(scenario: Scenario): Promise<void> {
  const own = `${folder}/${SCENARIOS.indexOf(scenario)}`;
  mkdirSync(own);
  try {
    const server = await scenario.server.start(own);
    running.push({ scenario, server, cpu: [], time: [] });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    leftOut.push(`${scenario.name}: ${error.message}`);
    return;
  }
  const version = scenario.server.version?.();
  if (version !== undefined) peers.add(version);
}
