// A running server is steered through its control socket: every verb, under each model.
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { steered } from './support/control.ts';
import { get } from './support/load.ts';
import { MODELS } from './support/matrix.ts';
import { childrenOf } from './support/processes.ts';
import { Journal, scratch } from './support/scratch.ts';
import { until, within } from './support/until.ts';

const SOON = 5000; // milliseconds for an end that nothing should delay

describe.each(MODELS)('%s', (model) => {
  const size = model === 'single' ? 1 : 2;

  it('status: the server, its workers and what they do, in three formats', async () => {
    const { program, url, ctl, ask } = await steered(model);
    const journal = new Journal();
    const answer = get(url, '/wait', journal.variables);
    await journal.note('begun');

    const json = JSON.parse((await ctl('status', '--format', 'json')).stdout);
    expect(json).toMatchObject({ pid: program.pid, concurrency: model, addresses: [url], size });
    expect(json.workers).toHaveLength(size);
    const [busy] = json.workers.filter(({ state }: { state: string }) => state === 'busy');
    expect(busy).toMatchObject({ active: 1, current: [{ method: 'GET', url: '/wait' }] });

    const text = await ctl('status');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(new RegExp(`^sluice .*, ${model}, pid ${program.pid}, `));
    expect(text.stdout).toMatch(/ busy .* GET \/wait$/m);

    const metrics = (await ctl('status', '--format', 'prometheus')).stdout;
    expect(metrics).toMatch(/^sluice_workers\{state="busy"\} 1$/m);
    expect(await ask('GET', '/metrics')).toMatchObject({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect((await ask('GET', '/status')).type).toBe('application/json');
    journal.open('go');
    await answer;
    await until('it is counted', async () => {
      const { workers } = JSON.parse((await ask('GET', '/status')).text);
      return workers.some(({ requests }: { requests: number }) => requests === 1);
    });
  });

  it('stop: requests in progress are answered, and it says when all of it is over', async () => {
    const { program, url, path, ctl, ask } = await steered(model);
    const journal = new Journal();
    const answer = get(url, '/wait', journal.variables);
    await journal.note('begun');

    for (let times = 0; times < 3; times++) {
      const late = await ctl('stop', '--wait', '0.1'); // asked again, and no more in a hurry
      expect(late).toMatchObject({ code: 1, stdout: '' });
      expect(late.stderr).toMatch(/^sluice ctl: not stopped after 0\.1 s: .*, with 1 request/);
    }
    const stopped = ask('POST', '/stop');
    await ask('GET', '/status');
    journal.open('go');
    expect(await answer).toMatch(/^waited /);
    expect(await stopped).toMatchObject({ status: 200, text: '{"done":"stopped"}\n' });
    expect(await within('the end', program.exit, SOON)).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(false);
  });

  it('stop --now: what is in progress is cut', async () => {
    const { program, url, ctl } = await steered(model, ['--shutdown-timeout', '60']);
    const journal = new Journal();
    const lost = get(url, '/wait', journal.variables).catch(() => 'lost');
    await journal.note('begun');
    expect(await ctl('stop', '--now')).toEqual({ code: 0, stdout: 'stopped\n', stderr: '' });
    expect(await lost).toBe('lost');
    expect(await within('the end', program.exit, SOON)).toMatchObject({ signal: null });
  });

  it('while it is stopped, other verbs are refused and status goes on', async () => {
    const { url, ctl, ask } = await steered(model, ['--shutdown-timeout', '60']);
    const journal = new Journal();
    void get(url, '/wait', journal.variables).catch(() => {});
    await journal.note('begun');
    const stopped = ask('POST', '/stop');
    await until('it stops', async () => (await ask('POST', '/scale?workers=2')).status === 409);
    expect(await ctl('status')).toMatchObject({ code: 0 });
    expect(await ctl('reload')).toMatchObject({ code: 1 });
    journal.open('go');
    expect(await stopped).toMatchObject({ status: 200, text: '{"done":"stopped"}\n' });
  });

  it('TERM ends it too, with whoever waits for the end', async () => {
    const { program, url, ask } = await steered(model);
    const journal = new Journal();
    void get(url, '/wait', journal.variables).catch(() => {});
    await journal.note('begun');
    const stopped = ask('POST', '/stop');
    await until('it stops', async () => (await ask('POST', '/scale?workers=2')).status === 409);
    program.signal('SIGTERM'); // after a stop: at once
    expect(await stopped).toMatchObject({ status: 200, text: '{"done":"stopped"}\n' });
  });

  it('stop behind a TERM waits for what TERM waits for', async () => {
    const { program, url, ask } = await steered(model, ['--shutdown-timeout', '60']);
    const journal = new Journal();
    const answer = get(url, '/wait', journal.variables);
    await journal.note('begun');
    program.signal('SIGTERM');
    await until('it stops', async () => (await ask('POST', '/scale?workers=2')).status === 409);
    const stopped = ask('POST', '/stop');
    await ask('GET', '/status');
    journal.open('go');
    expect(await answer).toMatch(/^waited /);
    expect(await stopped).toMatchObject({ status: 200, text: '{"done":"stopped"}\n' });
  });

  it('reopen: log files that were moved away are opened anew', async () => {
    const file = join(scratch(), 'access.log');
    const { url, ctl } = await steered(model, ['--access-log', file]);
    await get(url, '/pid');
    await until('the first request is logged', () => /\/pid/.test(readFileSync(file, 'utf8')));
    renameSync(file, `${file}.1`);
    expect(await ctl('reopen')).toEqual({ code: 0, stdout: 'reopened\n', stderr: '' });
    await until('the file is there again', () => existsSync(file));
    await until('requests are logged there', async () => {
      await get(url, '/version');
      return /\/version/.test(readFileSync(file, 'utf8'));
    });
    expect(readFileSync(`${file}.1`, 'utf8')).not.toMatch(/ - \n/);
  });

  it('top: the table goes on until it is left', async () => {
    const { path } = await steered(model);
    const top = sluice(['ctl', '--control', path, 'top', '--interval', '0.05']);
    await until('three tables', () => (top.stdout.match(/^WORKER /gm) ?? []).length >= 3);
    top.signal('SIGINT');
    expect(await top.ended()).toEqual({ code: 0, signal: null });
    expect(top.stderr).toBe('');
  });
});

describe.each(['fork', 'thread'] as const)('%s', (model) => {
  const each = model === 'thread' ? ' in each process' : '';
  const workers = async (ask: (method: string, target: string) => Promise<{ text: string }>) =>
    JSON.parse((await ask('GET', '/status')).text).workers.length;

  it('scale: to a number, up and down', async () => {
    const { ask, ctl } = await steered(model);
    const steps = [
      [['scale', '4'], 4],
      [['scale', '+2'], 6],
      [['scale', '-3'], 3],
      [['scale', '1'], 1],
    ] as const;
    for (const [words, size] of steps) {
      const stdout = `scaled, ${size} worker${size === 1 ? '' : 's'}${each}\n`;
      expect(await ctl(...words)).toEqual({ code: 0, stdout, stderr: '' });
      await until(`there are ${size}`, async () => (await workers(ask)) === size);
    }
    const last = await ctl('scale', '-1');
    expect(last).toMatchObject({ code: 1, stdout: '' });
    expect(last.stderr).toMatch(/one worker at least; there are 1$/m);
  });

  it('scale by HTTP: as a parameter, as a form, alone', async () => {
    const { ask } = await steered(model);
    const told = async (...asked: [target: string, body?: string]) =>
      JSON.parse((await ask('POST', ...asked)).text).workers;
    expect(await told('/scale?workers=3')).toBe(3);
    expect(await told('/scale?workers=+1')).toBe(4);
    expect(await told('/scale?workers=%2B1')).toBe(5);
    expect(await told('/scale', 'workers=-2')).toBe(3);
    expect(await told('/scale', 'workers=+1')).toBe(4);
    expect(await told('/scale', '2\n')).toBe(2);
  });

  it.each([['reload'], ['reload', '--rolling']])(
    '%s %s: all workers are new ones',
    async (...words) => {
      const { program, ctl, ask } = await steered(model);
      const before = childrenOf(program.pid);
      expect(await ctl(...words.filter(Boolean))).toEqual({
        code: 0,
        stdout: 'reloaded, 2 workers\n',
        stderr: '',
      });
      await until(
        'old ones are gone',
        () => !childrenOf(program.pid).some((pid) => before.includes(pid)),
      );
      expect(JSON.parse((await ask('GET', '/status')).text)).toMatchObject({
        reloads: 1,
        restarts: 0,
      });
    },
  );
});

it.each([
  [true, 1],
  [false, 2],
])('rolling=%s: %d new workers are started at once', async (rolling, expected) => {
  const { ask } = await steered('fork');
  let isOver = false;
  const reloaded = ask('POST', `/reload?rolling=${rolling ? 'yes' : 'no'}`).finally(() => {
    isOver = true;
  });
  let most = 0;
  await until('all workers are new ones', async () => {
    const { workers } = JSON.parse((await ask('GET', '/status')).text);
    const starting = workers.filter(({ state }: { state: string }) => state === 'starting');
    most = Math.max(most, starting.length);
    return isOver;
  });
  expect(await reloaded).toMatchObject({ status: 200 });
  expect(most).toBe(expected);
});

it('an adaptive pool has bounds, and scale says so', async () => {
  const { ctl } = await steered('fork', ['--max-spare', '2', '--max-children', '4']);
  const { code, stderr } = await ctl('scale', '3');
  expect(code).toBe(1);
  expect(stderr).toMatch(/minSpare, maxSpare and maxChildren are its bounds$/m);
});

it('single has no workers: reload and scale say so', async () => {
  const { ask, ctl } = await steered('single');
  for (const verb of ['reload', 'scale']) {
    const { code, stderr } = await ctl(...(verb === 'scale' ? ['scale', '2'] : ['reload']));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sluice ctl: single .*choose concurrency fork or thread$/m);
  }
  expect((await ask('POST', '/reload')).status).toBe(409);
});
