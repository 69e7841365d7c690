// Workers killed at random while requests run: nothing is lost but what was in them, and soon all are there again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Steered, steered } from '../conformance/support/control.ts';
import { childrenOf } from '../conformance/support/processes.ts';
import { Journal } from '../conformance/support/scratch.ts';
import { app } from '../conformance/support/start-server.ts';
import { until } from '../conformance/support/until.ts';
import { Client } from './client.ts';
import { StormLoad, type Trouble } from './load.ts';
import { IS_LARGE, tell } from './sizes.ts';
import { killProcess, Watch } from './victims.ts';
import { WIRES, type WireName } from './wire.ts';

const WORKERS = 4;
const CLIENTS = IS_LARGE ? 32 : 8;
const KILLS = IS_LARGE ? 50 : 3;
const FULL_AGAIN = 1000; // milliseconds, where Node.js starts within a tenth of it; longer where that takes longer
const GROWN_UP = 1100; // milliseconds: an end before counts as a failed start, and the next is put off
const PATIENCE = 30_000; // milliseconds

const PROTOCOLS = Object.keys(WIRES) as WireName[];

/** A way to end a worker; gives the ports of the clients whose connections were in it. */
type Kill = (server: Steered) => Promise<ReadonlySet<number>>;

/** Kills one of the processes below the supervisor. */
const killChild: Kill = async ({ program, url }) => {
  const children = childrenOf(program.pid);
  const child = children[Math.floor(Math.random() * children.length)] as number;
  return await killProcess(child, Number(new URL(url).port));
};

/** Milliseconds that Node.js takes to start and end, with all that runs beside it. */
async function bareStart(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
  return performance.now() - begun;
}

/** Has a thread end itself, whichever takes the request. */
function endThread(journal: Journal): Kill {
  let ended = 0;
  return async ({ url }) => {
    const client = new Client(url, WIRES[/^\w+/.exec(url)?.[0] as WireName]);
    await client.ask('/end').catch(() => {});
    client.drop();
    ended++;
    const line = await until('its last words', () => journal.lines[ended - 1]);
    return new Set(line.split(' ').slice(1).map(Number));
  };
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  it.each([
    ['fork', 'a worker', 1],
    ['thread', 'a thread', 1],
    ['thread', 'the thread host', WORKERS],
  ])('%s, %s killed again and again: only what was inside fails', async (model, victim, lost) => {
    const journal = new Journal();
    const server = await steered(model, ['--workers', `${WORKERS}`], {
      listen: `${protocol}://127.0.0.1:0`,
      application: app('storm.js'),
      env: { ...process.env, SLUICE_TEST_JOURNAL: journal.path },
    });
    const kill = victim === 'a thread' ? endThread(journal) : killChild;
    const watch = new Watch(server);
    const load = new StormLoad(server.url, CLIENTS);
    const unanswered = () => [...load.failures, ...load.races];
    const times: number[] = [];
    const starts: number[] = [];
    const others: Trouble[] = [];
    let inside = 0;
    while (times.length < KILLS) {
      await until('all have grown up', () => watch.ready(GROWN_UP).length === WORKERS, PATIENCE);
      const { done } = load;
      await until('they answer', () => load.done > done + 50, PATIENCE);
      const before = watch.ready();
      const earlier = unanswered().length;
      const doomed = await kill(server);
      const begun = performance.now();
      const areThere = () => {
        const now = watch.ready();
        return (
          now.length === WORKERS && now.filter((name) => !before.includes(name)).length >= lost
        );
      };
      await until('all are there again', areThere, PATIENCE);
      times.push(performance.now() - begun);
      starts.push(await bareStart());
      others.push(
        ...unanswered()
          .slice(earlier)
          .filter(({ port }) => !doomed.has(port ?? 0)),
      );
      inside += doomed.size;
    }
    await load.stop();
    watch.end();
    const slowest = Math.max(...times);
    const slowestStart = Math.max(...starts);
    const mean = times.reduce((sum, time) => sum + time) / KILLS;
    tell(
      `kills ${protocol} ${model}, ${victim}: ${load.done} answered; of ${inside} inside ${unanswered().length} lost; all there again within ${slowest.toFixed(0)} ms, ${mean.toFixed(0)} on average (node -e 0: ${slowestStart.toFixed(0)} ms)`,
    );
    // What a thread accepts in its last turn of the event loop, behind its last words, is inside as well.
    const isLastMinute = ({ text }: Trouble) =>
      victim === 'a thread' && /with 0 bytes of answer 1$/.test(text);
    expect(others.filter((trouble) => !isLastMinute(trouble))).toEqual([]);
    expect(others.length).toBeLessThanOrEqual(KILLS / 3);
    expect(unanswered().length).toBeLessThanOrEqual(inside);
    expect(slowest).toBeLessThan(FULL_AGAIN * Math.max(1, slowestStart / (FULL_AGAIN / 10)));
    expect(childrenOf(server.program.pid)).toHaveLength(model === 'fork' ? WORKERS : 1);
  });
});
