// The thread that watches a process: only when it is wanted, and of no consequence when it fails.
import type { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { Board } from '../src/board.ts';
import { watchProcess } from '../src/watch-process.ts';

const threads = vi.hoisted(() => [] as FakeThread[]);

interface FakeThread extends EventEmitter {
  readonly script: URL;
  readonly options: Record<string, unknown>;
  readonly unref: () => void;
  readonly terminate: () => void;
}

vi.mock('node:worker_threads', async () => {
  const { EventEmitter } = await import('node:events');
  class Worker extends EventEmitter {
    readonly unref = vi.fn();
    readonly terminate = vi.fn();
    readonly script: URL;
    readonly options: Record<string, unknown>;
    constructor(script: URL, options: Record<string, unknown>) {
      super();
      this.script = script;
      this.options = options;
      threads.push(this);
    }
  }
  return { Worker };
});

beforeEach(() => void threads.splice(0));

function watch(slowLog: number, requestTimeout: number) {
  const report = vi.fn();
  const board = new Board();
  const limits = { slowLog, requestTimeout };
  const stop = watchProcess(board, { name: 'worker 7', limits, report });
  return { board, limits, report, stop };
}

it('starts nothing without a limit', () => {
  watch(0, 0).stop();
  expect(threads).toEqual([]);
});

it.each([
  [1, 0],
  [0, 1],
])('starts one thread, which keeps nothing alive, with %i and %i', (slowLog, requestTimeout) => {
  const { board, limits, stop } = watch(slowLog, requestTimeout);
  const [thread] = threads as [FakeThread];
  expect(threads).toHaveLength(1);
  expect(thread.script.pathname).toMatch(/\/watchdog-thread\.js$/);
  expect(thread.options).toMatchObject({ execArgv: [], env: {} });
  expect(thread.options.workerData).toEqual({ name: 'worker 7', buffer: board.buffer, limits });
  expect(thread.unref).toHaveBeenCalledTimes(1);
  expect(thread.terminate).not.toHaveBeenCalled();
  stop();
  expect(thread.terminate).toHaveBeenCalledTimes(1);
});

it('reports that it failed, and the process goes on', () => {
  const { report } = watch(1, 1);
  (threads[0] as EventEmitter).emit('error', new Error('out of memory'));
  expect(report.mock.calls).toEqual([
    ['warn', 'worker 7 is not watched for stuck requests any more: out of memory'],
  ]);
});
