// runit: runsv runs the service of docs/daemontools.md, and sv steers it.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { get, Load } from '../conformance/support/load.ts';
import { childrenOf, isAlive } from '../conformance/support/processes.ts';
import { startChild } from '../support/child.ts';
import { Cleanup } from '../support/cleanup.ts';
import { openGate } from '../support/gate.ts';
import { until } from '../support/until.ts';
import { account } from './servers/configuration.ts';
import { describeWith, findProgram } from './servers/program.ts';
import { type Service, writeService } from './servers/service.ts';

const RUNIT = ['runsv', 'sv', 'svlogd', 'chpst'].map((name) =>
  findProgram(`runit (${name})`, name),
);
const PATH = `${process.env.PATH}:/usr/bin`;

describeWith(RUNIT, 'runit', () => {
  const cleanup = new Cleanup();
  let service: Service;

  const sv = (...words: string[]) =>
    execFileSync('sv', [...words, service.folder], { encoding: 'latin1' });
  const pid = () => Number(/^run: .*?: \(pid (\d+)\)/.exec(sv('status'))?.[1] ?? 0);
  const answers = () => get(service.address, '/').catch(() => false as const);

  beforeAll(async () => {
    service = await writeService(cleanup, ' (runit)');
    const env = { ...process.env, PATH };
    const runsv = startChild(cleanup, 'runsv', [service.folder], { env });
    await until('a service', () => {
      if (runsv.exit) throw new Error(`runsv ended at once:\n${runsv.stderr}`);
      return answers();
    });
    await until('its log', () => / serving /.test(service.log()));
  });
  afterAll(() => cleanup.run());

  it('the service is up, as the user that chpst names, and svlogd has its log', async () => {
    const { uid } = account();
    for (const each of [pid(), ...childrenOf(pid())])
      expect(statSync(`/proc/${each}`).uid).toBe(uid);
    for (const line of service.log().trimEnd().split('\n'))
      expect(line).toMatch(/^\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.\d+ /);
  });

  it('sv hup replaces the workers, and no request fails', async () => {
    const before = pid();
    const workers = childrenOf(before);
    const load = new Load(service.address);
    sv('hup');
    await until('other workers', () => workers.every((each) => !isAlive(each)));
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(pid()).toBe(before);
  });

  it('sv restart starts it anew, when a request in progress has finished', async () => {
    const before = pid();
    const gate = await openGate(cleanup);
    const held = get(service.address, '/', { HTTP_X_GATE: gate.path }, 20_000);
    await gate.arrival();
    sv('term');
    await until('a server that takes no more', async () => (await answers()) === false);
    gate.release();
    expect(await held).toMatch(/^\d+$/);
    await until('another server', () => pid() !== before && pid() !== 0 && answers());
  });

  it('sv down stops it, and it stays down until sv up', async () => {
    const all = [pid(), ...childrenOf(pid())];
    sv('down');
    await until('the end', () => sv('status').startsWith('down: '));
    expect(all.filter(isAlive)).toEqual([]);
    expect(await answers()).toBe(false);
    sv('up');
    await until('a server', answers);
  });
});
