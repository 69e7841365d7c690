// Requests while workers are replaced and their number changes, again and again: none fails.
import { describe, expect, it } from 'vitest';
import { sluiceServe } from '../conformance/support/command.ts';
import { childrenOf } from '../conformance/support/processes.ts';
import type { Program } from '../conformance/support/program.ts';
import { app } from '../conformance/support/start-server.ts';
import { until } from '../conformance/support/until.ts';
import { StormLoad } from './load.ts';
import { IS_LARGE, REQUESTS, tell } from './sizes.ts';
import { WIRES } from './wire.ts';

const WORKERS = 3;
const CLIENTS = 32;
const RELOADS = IS_LARGE ? 20 : 4;
const SCALES = IS_LARGE ? 50 : 10; // even: what is added is taken again
const PATIENCE = 60_000; // milliseconds for one replacement under load

const CASES = Object.keys(WIRES).flatMap((protocol) =>
  ['fork', 'thread'].map((model) => ({ protocol, model })),
);

interface Event {
  /** Requests that are to be answered before. */
  readonly at: number;
  readonly signal: NodeJS.Signals;
}

/** Events spread over the requests. */
function spread(signals: readonly NodeJS.Signals[]): Event[] {
  return signals.map((signal, index) => ({
    signal,
    at: (REQUESTS * (index + 1)) / (signals.length + 1),
  }));
}

/** HUP and USR1 in turns; up, up, down, down. */
const EVENTS = [
  ...spread(Array.from({ length: RELOADS }, (_, at) => (at % 2 === 0 ? 'SIGHUP' : 'SIGUSR1'))),
  ...spread(Array.from({ length: SCALES }, (_, at) => (at % 4 < 2 ? 'SIGTTIN' : 'SIGTTOU'))),
].sort((one, other) => one.at - other.at);

/** Waits until the processes that were there are gone. */
async function replaced(program: Program, before: readonly number[]): Promise<void> {
  const isGone = () => !childrenOf(program.pid).some((pid) => before.includes(pid));
  await until('all workers are new ones', isGone, PATIENCE);
}

describe.each(CASES)('$protocol, $model', ({ protocol, model }) => {
  it(`${REQUESTS} requests, ${RELOADS} reloads, ${SCALES} changes of size: none fails`, async () => {
    const { program, url } = await sluiceServe(app('storm.js'), [
      ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model],
      ...['--workers', `${WORKERS}`],
    ]);
    const begun = performance.now();
    const load = new StormLoad(url, CLIENTS);
    let renewed = Promise.resolve();
    for (const { at, signal } of EVENTS) {
      await until(`${at} requests`, () => load.done >= at, PATIENCE);
      if (signal === 'SIGHUP' || signal === 'SIGUSR1') {
        await renewed; // asked for during another one, it would only make that one begin again
        renewed = replaced(program, childrenOf(program.pid));
      }
      program.signal(signal);
    }
    await renewed;
    await until(`${REQUESTS} requests`, () => load.done >= REQUESTS, PATIENCE);
    await load.stop();
    const seconds = (performance.now() - begun) / 1000;
    tell(
      `storm ${protocol} ${model}: ${load.done} answered in ${seconds.toFixed(0)} s by ${load.seen.size} workers, ${load.failures.length} failed, ${load.races.length} sent again`,
    );
    expect(load.failures).toEqual([]);
    // HTTP and AJP13 say which answer is the last; what a client does not read in time is sent again.
    const most = protocol === 'fastcgi' ? load.done / 100 : CLIENTS;
    expect(load.races.length).toBeLessThanOrEqual(most);
    expect(load.seen.size).toBeGreaterThan(RELOADS);
    expect(program.log.filter((line) => /^(?:warn|error)/.test(line))).toEqual([]);
  });
});
