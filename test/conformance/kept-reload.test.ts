// New workers for old ones under clients that keep their connections: no request is lost, but for those that can be sent again.
import { describe, expect, it } from 'vitest';
import { sluiceServe } from './support/command.ts';
import { KEPT_PROTOCOLS, KeptLoad, keptClient } from './support/kept.ts';
import { childrenOf } from './support/processes.ts';
import { Journal } from './support/scratch.ts';
import { app } from './support/start-server.ts';
import { until, within } from './support/until.ts';

const CLIENTS = 20;
const RELOADS = 3;

async function started(protocol: string, model: string) {
  return await sluiceServe(app('worker.js'), [
    ...['--listen', `${protocol}://127.0.0.1:0`, '--concurrency', model, '--workers', '2'],
  ]);
}

const MODELS = ['fork', 'thread'] as const;
const CASES = KEPT_PROTOCOLS.flatMap((protocol) => MODELS.map((model) => ({ protocol, model })));

describe.each(CASES)('$protocol, $model', ({ protocol, model }) => {
  /** Asks for new workers, and waits until all are. */
  async function renew(program: Awaited<ReturnType<typeof started>>['program']): Promise<void> {
    const before = childrenOf(program.pid);
    program.signal('SIGHUP');
    await until(
      'all workers are new ones',
      () => {
        const now = childrenOf(program.pid);
        return now.length === before.length && !now.some((pid) => before.includes(pid));
      },
      15_000,
    );
  }

  it(`HUP under ${CLIENTS} clients that ask without a pause: no request is lost`, async () => {
    const { program, url } = await started(protocol, model);
    const load = new KeptLoad(url, '/pid', CLIENTS);
    await until('it is under load', () => load.ok > 500);
    for (let times = 0; times < RELOADS; times++) {
      await renew(program);
      const { ok } = load;
      await until('they answer', () => load.ok > ok + 500);
    }
    await load.stop();
    expect(load.lost).toEqual([]);
    // Two old workers end one after the other.
    expect(load.repeated).toBeLessThanOrEqual(2 * CLIENTS * RELOADS);
    expect(load.seen.size).toBeGreaterThan(RELOADS);
  });

  it('what is in progress on kept connections is answered by the old workers', async () => {
    const { program, url } = await started(protocol, model);
    const journal = new Journal();
    const all = Array.from({ length: 2 * CLIENTS }, () => keptClient(url));
    for (const client of all) await client.ask();
    // Every worker has some of both kinds.
    const [clients, idle] = [0, 1].map((kind) => all.filter((_, at) => at % 2 === kind)) as [
      typeof all,
      typeof all,
    ];
    const answers = clients.map((client) => client.ask({ path: '/wait', journal: journal.path }));
    await until('all are in progress', () => journal.count('begun') === CLIENTS);
    const old = childrenOf(program.pid);
    program.signal('SIGHUP');
    await within('the end of idle ones', Promise.all(idle.map(({ ended }) => ended)), 15_000);
    journal.open('go');
    const texts = new Set<string>();
    for (const { status, body, isLast } of await Promise.all(answers)) {
      expect({ status, isLast }).toEqual({ status: 200, isLast: protocol === 'ajp' });
      texts.add(body);
    }
    for (const text of texts) expect(old).toContain(Number(/^waited (\d+):/.exec(text)?.[1]));
    await within('they end', Promise.all(clients.map(({ ended }) => ended)));
    expect((await keptClient(url).ask({ path: '/pid' })).status).toBe(200);
  });

  it('a worker that is killed loses what was in it, and nothing else', async () => {
    const { program, url } = await started(protocol, model);
    const load = new KeptLoad(url, '/pid', CLIENTS);
    await until('it is under load', () => load.ok > 500);
    const [first] = childrenOf(program.pid) as [number];
    process.kill(first, 'SIGKILL');
    await until('another is there', () => !childrenOf(program.pid).includes(first));
    const { ok } = load;
    await until('they answer', () => load.ok > ok + 500, 15_000);
    await load.stop();
    // What had not begun to be answered was closed, or refused while no worker was there.
    expect(load.lost.filter((text) => !/ended with 0 bytes/.test(text))).toEqual([]);
  });
});
