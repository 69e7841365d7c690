// daemontools: svscan and supervise run the service of docs/daemontools.md, and svc steers it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
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

const programs = ['svscan', 'supervise', 'svc', 'svstat', 'svok', 'multilog', 'setuidgid'];
const DAEMONTOOLS = programs.map((name) => findProgram(`daemontools (${name})`, name));
const PATH = `${process.env.PATH}:/usr/bin`;

describeWith(DAEMONTOOLS, 'daemontools', () => {
  const cleanup = new Cleanup();
  let service: Service;

  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { encoding: 'latin1', env: { ...process.env, PATH } });
  const svc = (...words: string[]) => run('svc', ...words, service.folder);
  const state = () => run('svstat', service.folder);

  /** The process id that supervise knows, while the service is up. */
  const pid = () => Number(/: up \(pid (\d+)\)/.exec(state())?.[1] ?? 0);
  const answers = () => get(service.address, '/').catch(() => false as const);
  const starts = () => service.log().match(/ serving /g)?.length;
  const isSupervised = (folder: string) => spawnSync('svok', [folder]).status === 0;

  beforeAll(async () => {
    service = await writeService(cleanup);
    const folders = [service.folder, `${service.folder}/log`];
    const svscan = startChild(cleanup, 'svscan', [service.parent], {
      env: { ...process.env, PATH },
    });
    cleanup.add(async () => {
      process.kill(svscan.pid, 'SIGTERM'); // before the others, which it would start anew
      await until('the end of svscan', () => !isAlive(svscan.pid));
      for (const folder of folders) if (isSupervised(folder)) run('svc', '-dx', folder);
      await until('the end of supervise', () => !folders.some(isSupervised));
    });
    await until('a service', () => {
      if (svscan.exit) throw new Error(`svscan ended at once:\n${svscan.stderr}`);
      return answers();
    });
    await until('its log', () => starts() === 1);
  });
  afterAll(() => cleanup.run());

  it('the service is up, as the user that setuidgid names', async () => {
    expect(state()).toMatch(/: up \(pid \d+\) \d+ seconds/);
    const { uid } = account();
    for (const each of [pid(), ...childrenOf(pid())])
      expect(statSync(`/proc/${each}`).uid).toBe(uid);
    expect(await get(service.address, '/')).toMatch(/^\d+$/);
  });

  it('multilog has its log, each line with its time, in a file of that user', async () => {
    const lines = service.log().trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^@[0-9a-f]{24} /);
    expect(service.log()).toMatch(/ serving .*held\.js.*, fork with \d+ workers/);
    expect(service.log()).toContain(`  ${service.address} `);
    expect(readdirSync(`${service.folder}/log/main`)).toContain('current');
    expect(statSync(`${service.folder}/log/main/current`).uid).toBe(account().uid);
  });

  it('svc -h replaces the workers, and no request fails', async () => {
    const before = pid();
    const workers = childrenOf(before);
    const load = new Load(service.address);
    svc('-h');
    await until('other workers', () => workers.every((each) => !isAlive(each)));
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.ok).toBeGreaterThan(0);
    expect(pid()).toBe(before);
    expect(childrenOf(before)).toHaveLength(workers.length);
  });

  it('svc -t starts it anew, when a request in progress has finished', async () => {
    const before = pid();
    const gate = await openGate(cleanup);
    const held = get(service.address, '/', { HTTP_X_GATE: gate.path }, 20_000);
    await gate.arrival();
    svc('-t');
    await until('a server that takes no more', async () => (await answers()) === false);
    expect(pid()).toBe(before);
    gate.release();
    expect(await held).toMatch(/^\d+$/);
    await until('another server', () => pid() !== before && pid() !== 0 && answers());
    expect(isAlive(before)).toBe(false);
    await until('its log', () => starts() === 2);
  });

  it('svc -d stops it, and it stays down until svc -u', async () => {
    const all = [pid(), ...childrenOf(pid())];
    svc('-d');
    await until('the end', () => / down \d+ seconds/.test(state()));
    expect(all.filter(isAlive)).toEqual([]);
    expect(await answers()).toBe(false);
    svc('-u');
    await until('a server', answers);
    await until('its log', () => starts() === 3);
  });

  it('one that was killed is started anew, and its workers are gone', async () => {
    const before = pid();
    const workers = childrenOf(before);
    svc('-k');
    await until('another server', () => pid() !== before && pid() !== 0 && answers());
    await until('no workers of the old one', () => !workers.some(isAlive));
  });

  it('no line of the log tells of anything wrong', () => {
    const wrong = service
      .log()
      .split('\n')
      .filter((line) => / (?:warn|error):/.test(line));
    expect(wrong).toEqual([]);
  });
});
