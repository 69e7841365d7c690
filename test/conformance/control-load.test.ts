// Steering a server that works: no request is lost, and an application that fails is told of.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { steered } from './support/control.ts';
import { get, Load } from './support/load.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

describe.each([
  ['fork', 'scgi://127.0.0.1:0'],
  ['fork', 'http://127.0.0.1:0'],
  ['thread', 'scgi://127.0.0.1:0'],
  ['thread', 'http://127.0.0.1:0'],
])('%s, %s', (model, listen) => {
  it('reload and scale under load: no request fails', async () => {
    const { url, ask } = await steered(model, [], { listen });
    const load = new Load(url, { path: '/' });
    await until('it is under load', () => load.ok > 50);
    const steps = ['/reload', '/scale?workers=4', '/reload?rolling=yes', '/scale?workers=-3'];
    for (const step of [...steps, '/scale?workers=+2', '/reload', '/scale?workers=2']) {
      const { ok } = load;
      expect(await ask('POST', step), step).toMatchObject({ status: 200 });
      await until('requests are answered', () => load.ok > ok + 20);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.seen.size).toBeGreaterThan(6); // pids and threads
  });
});

describe.each(['fork', 'thread'])('%s', (model) => {
  it('a new version that fails: reload says so in time, old workers go on, a good one ends it', async () => {
    const version = join(scratch(), 'version');
    const release = (text: string) => {
      writeFileSync(`${version}.new`, text); // a worker must never read half of it
      renameSync(`${version}.new`, version);
    };
    release('1');
    const env = { ...process.env, SLUICE_TEST_VERSION: version };
    const { url, ctl, ask } = await steered(model, [], { env });
    release('broken');

    const { code, stderr } = await ctl('reload', '--wait', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/not done after 1 s: 2 of 2 workers go on.* the error log says why$/m);
    const told = await ask('POST', '/reload?wait=0');
    expect(told.status).toBe(202);
    expect(JSON.parse(told.text)).toMatchObject({ pending: 'reload', missing: { length: 2 } });
    expect(await get(url, '/version')).toBe('1');

    release('2');
    expect(await ctl('reload')).toMatchObject({ code: 0, stdout: 'reloaded, 2 workers\n' });
    expect(await get(url, '/version')).toBe('2');
  });
});
