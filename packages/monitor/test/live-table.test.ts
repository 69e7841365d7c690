// The live table: on a terminal, in a pipe, with a server that does not answer, and how it is left.
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KeyInput, LiveTable, type TableOutput } from '../src/live-table.ts';
import type { ServerStatus } from '../src/statistics.ts';
import { NOW, statusOf, workerOf } from './a-status.ts';

class Terminal extends EventEmitter {
  written: string[] = [];
  columns = 100;
  rows = 24;
  isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

class Keyboard extends EventEmitter {
  isRaw = false;
  isFlowing = false;
  isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  resume(): this {
    this.isFlowing = true;
    return this;
  }

  pause(): this {
    this.isFlowing = false;
    return this;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listening = () => SIGNALS.map((signal) => process.listenerCount(signal));
let before: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  before = listening();
});
afterEach(() => {
  expect(listening()).toEqual(before);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** What was written, with `ESC` for the character of that name. */
const legible = (text: string | undefined) => (text ?? '').replaceAll('\x1b', 'ESC');

interface Shown {
  readonly table: LiveTable;
  readonly output: Terminal;
  readonly input: Keyboard;
  readonly run: Promise<void>;
}

async function show(
  ask: () => Promise<ServerStatus>,
  isTTY = true,
  hasKeys = true,
): Promise<Shown> {
  const output = new Terminal(isTTY);
  const input = new Keyboard(hasKeys);
  const table = new LiveTable(ask, {
    interval: 2000,
    input: input as unknown as KeyInput,
    output: output as unknown as TableOutput,
  });
  const run = table.run();
  run.catch(() => {});
  await vi.advanceTimersByTimeAsync(0);
  return { table, output, input, run };
}

const count = (requests: number) => statusOf({ workers: [workerOf({ requests })] });

describe('on a terminal', () => {
  it('is redrawn in place, each line erased to its end', async () => {
    let asked = 0;
    const { table, output, run } = await show(async () => count(asked++));
    expect(output.written[0]).toBe('\x1b[?1049h\x1b[?25l');
    await vi.advanceTimersByTimeAsync(4000);
    table.stop();
    await run;
    const drawn = output.written.slice(1, -1);
    expect(drawn).toHaveLength(3);
    for (const [at, text] of drawn.entries()) {
      expect(legible(text)).toMatch(/^ESC\[Hsluice 0\.1\.0, [\s\S]*ESC\[J$/);
      expect(
        text
          .split('\n')
          .slice(0, -1)
          .every((line) => line.endsWith('\x1b[K')),
      ).toBe(true);
      expect(text).toMatch(new RegExp(`worker 4712 +idle +\\w+ +${at} `));
    }
  });

  it.each(['q', 'Q', '\x03', 'abcq'])('%j leaves, and everything is as it was', async (keys) => {
    const { output, input, run } = await show(async () => count(1));
    expect([input.isRaw, input.isFlowing]).toEqual([true, true]);
    input.emit('data', Buffer.from('x\x1b[A'));
    expect(output.written).toHaveLength(2);
    input.emit('data', Buffer.from(keys));
    await run;
    expect([input.isRaw, input.isFlowing, input.listenerCount('data')]).toEqual([false, false, 0]);
    expect(output.written.at(-1)).toBe('\x1b[?25h\x1b[?1049l');
    expect(['resize', 'error'].map((name) => output.listenerCount(name))).toEqual([0, 0]);
  });

  it.each(SIGNALS)('%s leaves too', async (signal) => {
    const { output, run } = await show(async () => count(1), true, false);
    process.emit(signal, signal);
    await run;
    expect(output.written.at(-1)).toBe('\x1b[?25h\x1b[?1049l');
  });

  it('a server that does not answer is shown as such, and asked again', async () => {
    const answers = [count(1), new Error('connect ENOENT \x1b[2J'), count(3)];
    const { table, output, run } = await show(async () => {
      const answer = answers.shift() ?? count(4);
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await vi.advanceTimersByTimeAsync(4000);
    table.stop();
    await run;
    const [, , trouble, after] = output.written;
    expect(legible(trouble)).toMatch(/^ESC\[Hno answer: connect ENOENT \\x1b\[2JESC\[K\n/);
    expect(trouble).toContain('worker 4712');
    expect(after).not.toContain('no answer');
  });

  it('an answer that comes after it was left changes nothing', async () => {
    let answer: (status: ServerStatus) => void = () => {};
    let asked = 0;
    const { table, output, run } = await show(() =>
      asked++ === 0
        ? Promise.resolve(count(1))
        : new Promise((resolve) => {
            answer = resolve;
          }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(2); // never two questions at once
    table.stop();
    await run;
    const { length } = output.written;
    answer(count(2));
    await vi.advanceTimersByTimeAsync(10_000);
    expect([output.written.length, asked]).toEqual([length, 2]);
  });

  it('fits, and is drawn anew when the size changes', async () => {
    const workers = Array.from({ length: 50 }, (_, at) => workerOf({ name: `worker ${at}` }));
    const { table, output, run } = await show(async () => statusOf({ workers }));
    output.columns = 20;
    output.rows = 10;
    output.emit('resize');
    table.stop();
    await run;
    const [, tall = '', small = ''] = output.written;
    expect(tall.split('\n')).toHaveLength(24);
    const lines = small.split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-2)).toBe('... 46 more\x1b[K');
    const plain = lines.map((line) => legible(line).replace(/ESC\[[HKJ]/g, ''));
    expect(Math.max(...plain.map(({ length }) => length))).toBe(20);
  });
});

it('a terminal that does not know its size has 80 columns and 24 rows', async () => {
  const workers = Array.from({ length: 50 }, () => workerOf({ name: 'x'.repeat(100) }));
  const { table, output, run } = await show(async () => statusOf({ workers }));
  output.columns = output.rows = 0;
  output.emit('resize');
  table.stop();
  await run;
  const lines = legible(output.written.at(-2))
    .replace(/ESC\[[HKJ]/g, '')
    .split('\n');
  expect([lines.length, Math.max(...lines.map(({ length }) => length))]).toEqual([24, 80]);
});

describe('elsewhere', () => {
  it('one table follows the other, whole and without escapes', async () => {
    const { table, output, input, run } = await show(async () => count(1), false);
    await vi.advanceTimersByTimeAsync(2000);
    table.stop();
    await run;
    expect(output.written).toHaveLength(2);
    for (const text of output.written) expect(text).toMatch(/^sluice [\x20-\x7e\n]*\n\n$/);
    expect(input.isRaw).toBe(false);
  });

  it('ends when nobody reads it any more', async () => {
    const { output, run } = await show(async () => count(1), false);
    output.emit('error', new Error('EPIPE'));
    await run;
    output.emit('error', new Error('EPIPE')); // of a write before
  });
});

it('what the first question fails with is thrown, and nothing was drawn', async () => {
  const { output, run } = await show(() => Promise.reject(new Error('no server')));
  await expect(run).rejects.toThrow('no server');
  expect(output.written).toEqual([]);
});
