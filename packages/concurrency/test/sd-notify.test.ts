// What systemd is told, by a command that writes it down.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceManager } from '../src/sd-notify.ts';

let folder: string;
const warnings: string[] = [];
const warn = (line: string) => void warnings.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'));
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  warnings.length = 0;
  rmSync(folder, { recursive: true });
});

/** Puts a command in place of the real one. */
function stub(script: string): void {
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
}

/** Writes down where it speaks and what it says, one message in each line. */
function listen(): void {
  stub(`echo "$NOTIFY_SOCKET: $*" >> '${folder}/told'`);
}

function told(): string[] {
  const file = `${folder}/told`;
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

const manager = (env: NodeJS.ProcessEnv = {}) =>
  ServiceManager.fromEnvironment({ NOTIFY_SOCKET: '@here', ...env }, warn) as ServiceManager;

describe('fromEnvironment', () => {
  it('is nothing where nobody wants to be told', () => {
    expect(ServiceManager.fromEnvironment({}, warn)).toBeUndefined();
    expect(ServiceManager.fromEnvironment({ NOTIFY_SOCKET: '' }, warn)).toBeUndefined();
  });

  it('takes its variables out of the environment', () => {
    const env = { NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '1', WATCHDOG_PID: '2', OTHER: '3' };
    ServiceManager.fromEnvironment(env, warn);
    expect(env).toEqual({ OTHER: '3' });
  });
});

describe('what is told', () => {
  it('one after the other, in order', async () => {
    listen();
    const service = manager();
    service.ready('serving\n at  http://h');
    service.status('two workers');
    const before = process.hrtime.bigint() / 1000n;
    service.reloading();
    service.ready();
    service.stopping();
    await service.settled();
    const [ready, status, reloading = '', again, stopping, ...more] = told();
    expect(ready).toBe(`@here: -- READY=1 MAINPID=${process.pid} STATUS=serving at http://h`);
    expect(status).toBe('@here: -- STATUS=two workers');
    const [, microseconds = ''] =
      /^@here: -- RELOADING=1 MONOTONIC_USEC=(\d+)$/.exec(reloading) ?? [];
    expect(BigInt(microseconds) - before).toBeGreaterThanOrEqual(0n);
    expect(BigInt(microseconds) - before).toBeLessThan(1_000_000n);
    expect(again).toBe(`@here: -- READY=1 MAINPID=${process.pid}`);
    expect(stopping).toBe('@here: -- STOPPING=1');
    expect([more, warnings]).toEqual([[], []]);
  });
});

it('a service that is about to end is not told to be up again, and ends once', async () => {
  listen();
  const service = manager();
  service.reloading();
  service.stopping();
  service.ready();
  service.reloading();
  service.stopping();
  await service.settled();
  expect(told().map((line) => line.split(' ')[2])).toEqual(['RELOADING=1', 'STOPPING=1']);
});

describe('the watchdog', () => {
  it('is told twice in each period while the service is alive', async () => {
    listen();
    vi.useFakeTimers();
    const service = manager({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: String(process.pid) });
    let isAlive = true;
    const stop = service.watchdog(() => isAlive);
    vi.advanceTimersByTime(1499);
    await service.settled();
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(1501);
    await service.settled();
    expect(told()).toEqual(['@here: -- WATCHDOG=1', '@here: -- WATCHDOG=1']);
    isAlive = false;
    vi.advanceTimersByTime(3000);
    isAlive = true;
    stop();
    vi.advanceTimersByTime(3000);
    await service.settled();
    expect(told()).toHaveLength(2);
  });

  it.each([
    ['is not set', {}],
    ['watches another process', { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' }],
    ['is no number', { WATCHDOG_USEC: 'soon' }],
    ['is 0', { WATCHDOG_USEC: '0' }],
  ])('that %s is told nothing', async (_what, env) => {
    listen();
    vi.useFakeTimers();
    const service = manager(env);
    const stop = service.watchdog(() => true);
    vi.advanceTimersByTime(10_000);
    stop();
    await service.settled();
    expect(told()).toEqual([]);
  });
});

describe('where it cannot be told', () => {
  it('there is one line, whatever happens then', async () => {
    vi.stubEnv('PATH', folder);
    const service = manager();
    service.ready();
    service.stopping();
    await service.settled();
    expect(warnings).toEqual([
      'systemd cannot be told READY=1: there is no command systemd-notify',
    ]);
  });

  it('the words of the command are passed on, and what comes later is told', async () => {
    stub(
      `[ "$2" = READY=1 ] && echo 'no such socket' >&2 && exit 1; echo "$2" >> '${folder}/told'`,
    );
    const service = manager();
    service.ready();
    service.stopping();
    await service.settled();
    expect(warnings).toEqual(['systemd cannot be told READY=1: no such socket']);
    expect(told()).toEqual(['STOPPING=1']);
  });

  it('without words the exit status is', async () => {
    stub('exit 3');
    const service = manager();
    service.stopping();
    await service.settled();
    expect(warnings).toEqual(['systemd cannot be told STOPPING=1: systemd-notify ended with 3']);
  });
});
