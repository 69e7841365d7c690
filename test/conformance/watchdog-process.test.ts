// A process that is watched by a thread of its own: killed when it is stuck, unharmed when it is slow.
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Program, runProgram } from './support/program.ts';
import { scratch } from './support/scratch.ts';
import { until } from './support/until.ts';

const SCRIPT = fileURLToPath(new URL('../fixtures/watchdog/stuck-process.js', import.meta.url));

/** Starts a process that begins two requests and does something to the second; all times in milliseconds. */
function watched(what: string, limits: { slowLog?: number; timeout?: number }, env = {}): Program {
  const { slowLog = 0, timeout = 0 } = limits;
  const words = [SCRIPT, what, `${slowLog}`, `${timeout}`];
  return runProgram(words, { env: { ...process.env, ...env } });
}

async function begun(program: Program): Promise<number> {
  await until('the request', () => program.stdout.includes('begun'));
  return performance.now();
}

/** A file that blocks whoever opens it, until it is written. */
function namedPipe(): string {
  const path = join(scratch(), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

const threadsOf = (pid: number) => readdirSync(`/proc/${pid}/task`).length;

describe('a stuck process', () => {
  it('is killed within a second after the limit, and the log says where it was', async () => {
    const program = watched('spins', { timeout: 2000 });
    const start = await begun(program);
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(1900);
    expect(took).toBeLessThan(3000);
    const [first, ...others] = program.log;
    expect(first).toBe(
      `error: worker ${program.pid} is killed: its event loop has stood still for ${/for (2\.\d s)/.exec(first ?? '')?.[1]}; ` +
        `last request: GET /path?a=b\\x1b[31m, ${/, (2\.\d s)$/.exec(first ?? '')?.[1]}`,
    );
    expect(others[0]).toMatch(/^ {4}at spinForEver \(file:.*stuck-process\.js:\d+:\d+\)$/);
    expect(others.at(-1)).toMatch(/^ {4}lost with it: POST \/sibling, 2\.\d s$/);
    for (const line of others) expect(line).toMatch(/^ {4}(at|lost with it:) /);
  });

  it('is killed where no timer of its own ever runs again: promises without end', async () => {
    const program = watched('spinsInMicrotasks', { timeout: 1000 });
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(program.log[1]).toMatch(/^ {4}at \w+ \((file|node):.*:\d+:\d+\)$/); // it may be between two promises
  });

  it('is killed without a stack where it is in native code', async () => {
    const program = watched('blocks', { timeout: 1000 }, { FIFO: namedPipe() });
    const start = await begun(program);
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(program.log[0]).toMatch(/last request: GET \/path/);
    expect(program.log[1]).toMatch(/no stack: .*native code/);
  });

  it('is killed when it is stuck after its requests', async () => {
    const program = watched('spinsAfterwards', { timeout: 1000 });
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(program.log[0]).toMatch(/while no request was running$/);
    expect(program.log[1]).toMatch(/at spinForEver/);
  });

  it('is not killed when it was suspended, however long', async () => {
    const program = watched('computesShortly', { timeout: 2500 });
    const start = await begun(program);
    program.signal('SIGSTOP');
    await until('more than the limit', () => performance.now() - start > 4000, 5000);
    program.signal('SIGCONT');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('begun\nanswered\n');
    expect(program.stderr).toBe('');
  });
});

describe('an overdue request', () => {
  it('is the own business of a process whose event loop turns', async () => {
    const program = watched('waitsForEver', { timeout: 1000 });
    expect(await program.ended()).toEqual({ code: 3, signal: null });
    expect(program.stdout).toMatch(/overdue: GET \/path\?a=b\\x1b\[31m, 1\.\d s\n/);
    expect(program.stdout).toMatch(/overdue: POST \/sibling, 1\.\d s\n/);
    expect(program.stdout.match(/overdue/g)).toHaveLength(2);
    expect(program.stderr).toBe('');
  });
});

describe('a slow request', () => {
  it('is logged with a stack, and goes on as if nothing had been', async () => {
    const program = watched('computes', { slowLog: 400 });
    expect(await program.ended(25_000)).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('begun\nanswered\n');
    const [request, sibling] = program.stderr.split(/^(?=\w)/m);
    expect(request).toMatch(
      new RegExp(`^warn: worker ${program.pid}: slow request: GET /path\\?a=b\\\\x1b\\[31m, `),
    );
    expect(request).toMatch(/\n {4}at useProcessor \(file:.*stuck-process\.js:\d+:\d+\)\n/);
    expect(sibling).toMatch(/^warn: .*: slow request: POST \/sibling, [^\n]*\n {4}its stack is in/);
    expect(program.stderr.match(/slow request/g)).toHaveLength(2);
  });

  it('is logged without a stack in native code, from which it comes back unharmed', async () => {
    const FIFO = namedPipe();
    const program = watched('blocks', { slowLog: 400 }, { FIFO });
    await program.line(/no stack/);
    writeFileSync(FIFO, '');
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('begun\nanswered\n');
    expect(program.stderr.match(/slow request/g)).toHaveLength(2);
  });

  it('is logged without a stack when it waits', async () => {
    const program = watched('waits', { slowLog: 400 });
    expect(await program.ended()).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('begun\nanswered\n');
    expect(program.log).toHaveLength(2);
    for (const line of program.log) expect(line).toMatch(/0\.\d s so far; it waits, the event/);
  });
});

describe('the thread', () => {
  it('is there only when a limit is set, and keeps nothing alive', async () => {
    const FIFO = namedPipe();
    const counts: number[] = [];
    for (const limits of [{}, { slowLog: 60_000 }, { timeout: 60_000 }]) {
      const program = watched('blocks', limits, { FIFO });
      await begun(program);
      counts.push(threadsOf(program.pid));
      writeFileSync(FIFO, '');
      expect(await program.ended()).toEqual({ code: 0, signal: null });
      expect(program.stderr).toBe('');
    }
    const [without, slow, stuck] = counts as [number, number, number];
    expect([slow - without, stuck - without]).toEqual([1, 1]);
  });
});
