// Threads that are watched by their process: one that is stuck is ended, one that is slow goes on, others notice nothing.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Program, runProgram } from './support/program.ts';
import { until } from './support/until.ts';

const SCRIPT = fileURLToPath(new URL('../fixtures/watchdog/stuck-threads.js', import.meta.url));

/** Starts a process with two threads, of which one is under test; all times in milliseconds. */
function watched(what: string, slowLog: number, timeout: number, name: string[] = []): Program {
  return runProgram([SCRIPT, what, `${slowLog}`, `${timeout}`, ...name]);
}

it.each([
  ['without a name', []],
  ['with a name', ['zed']],
])('a stuck thread is logged with its stack and ended: %s', async (_what, name) => {
  const program = watched('spins', 0, 2000, name);
  await until('the request', () => program.stdout.includes('begun'));
  const start = performance.now();
  await until('its end', () => program.stdout.includes('gone: 1'));
  expect(performance.now() - start).toBeLessThan(3000);
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).not.toMatch('is gone');
  expect(program.stdout).toMatch(/gone: 1\nthe healthy one answers\n$/);
  const [first, second] = program.log;
  expect(first).toMatch(
    /^error: thread 2 is killed: its event loop has stood still for 2\.\d s; last request: GET \/spins, 2\.\d s$/,
  );
  expect(second).toMatch(/^ {4}at spinForEver \(file:.*stuck-threads\.js:\d+:\d+\)$/);
  expect(program.stderr.match(/^\w/gm)).toHaveLength(1);
});

it('a slow request of a thread is logged with its stack, and answered', async () => {
  const program = watched('computes', 400, 0);
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).toMatch(/answered\nthe healthy one answers\n$/);
  expect(program.log[0]).toMatch(
    /^warn: thread 2: slow request: GET \/computes, \d\.\d s so far; /,
  );
  expect(program.stderr).toMatch(/\n {4}at useProcessor \(file:.*stuck-threads\.js:\d+:\d+\)\n/);
  expect(program.stderr.match(/^\w/gm)).toHaveLength(1);
});
