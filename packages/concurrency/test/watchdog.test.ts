// The watchdog: who is logged, told and killed, and when; with a clock that the test moves.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Board } from '../src/board.ts';
import { Watchdog, type WatchLimits, type WatchLog } from '../src/watchdog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LIMITS = { slowLog: 0, requestTimeout: 2000 };

/** A worker under a watchdog. */
function watched(limits: WatchLimits, log?: WatchLog) {
  const entries: string[] = [];
  const watchdog = new Watchdog(
    limits,
    log ?? ((level, entry) => void entries.push(`${level}: ${entry}`)),
  );
  const board = new Board();
  const stack = vi.fn(async (): Promise<readonly string[] | undefined> => ['at spin (app.js:1:1)']);
  const kill = vi.fn<() => void>();
  const unwatch = watchdog.watch({ name: 'worker 7', board, stack, kill });
  board.beat();
  /** Lets time pass in which the watchdog looks, and the event loop of the worker turns or not. */
  const pass = async (milliseconds: number, turns: boolean) => {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      await vi.advanceTimersByTimeAsync(100);
      if (turns) board.beat();
      if (passed % 200 === 100) void watchdog.look(); // which may take longer than until the next
      await vi.advanceTimersByTimeAsync(0);
    }
  };
  /** Lets time pass in which nobody runs. */
  const sleep = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
  return { board, entries, kill, pass, sleep, stack, unwatch, watchdog };
}

describe('a worker whose event loop stands still', () => {
  it('is killed when it has done so for the request timeout, and not before', async () => {
    const { board, entries, kill, pass, stack } = watched(LIMITS);
    board.begin('GET', '/waits');
    await pass(1000, true);
    board.begin('GET', '/spins');
    await pass(1800, false);
    expect([kill.mock.calls.length, entries]).toEqual([0, []]);
    await pass(200, false);
    expect([kill.mock.calls.length, stack.mock.calls.length]).toEqual([1, 1]);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatch(
      /^error: worker 7 is killed: .*2\.0 s; last request: GET \/spins, 2\.0 s\n {4}at spin.*\n {4}lost with it: GET \/waits, 3\.0 s$/,
    );
    await pass(5000, false);
    expect([kill.mock.calls.length, entries.length]).toEqual([1, 1]);
  });

  it('is killed without any request too, if it has had one', async () => {
    const { board, entries, kill, pass } = watched(LIMITS);
    await pass(60_000, false); // it is starting
    expect(kill).not.toHaveBeenCalled();
    board.beat();
    board.end(board.begin('GET', '/'));
    await pass(2200, false);
    expect(kill).toHaveBeenCalledTimes(1);
    expect(entries[0]).toMatch(/while no request was running/);
  });

  it('is not judged before its first beat', async () => {
    const { board, kill, watchdog, pass, unwatch } = watched(LIMITS);
    unwatch();
    const fresh = new Board();
    watchdog.watch({ name: 'worker 8', board: fresh, stack: async () => undefined, kill });
    fresh.begin('GET', '/');
    await pass(10_000, true);
    expect([kill.mock.calls.length, board.active]).toEqual([0, 0]);
  });

  it('is not judged when its beat has ended: it leaves', async () => {
    const { board, kill, pass } = watched(LIMITS);
    board.end(board.begin('GET', '/'));
    board.begin('GET', '/');
    await pass(1000, false);
    board.endBeat();
    await pass(10_000, false);
    expect(kill).not.toHaveBeenCalled();
  });

  it('is spared when it turns while its stack is taken', async () => {
    const { board, entries, kill, pass, stack } = watched(LIMITS);
    board.begin('GET', '/');
    stack.mockImplementationOnce(async () => {
      board.beat();
      return [];
    });
    await pass(3000, false);
    expect([kill.mock.calls.length, stack.mock.calls.length, entries]).toEqual([0, 1, []]);
    await pass(2000, false);
    expect(kill).toHaveBeenCalledTimes(1);
  });

  it('is spared when it is not watched any more', async () => {
    const { board, entries, kill, pass, stack, unwatch } = watched(LIMITS);
    board.begin('GET', '/');
    stack.mockImplementationOnce(async () => {
      unwatch();
      return [];
    });
    await pass(10_000, false);
    expect([kill.mock.calls.length, entries]).toEqual([0, []]);
  });

  it.each([
    ['no stack', { stack: async () => undefined }],
    ['a stack that fails', { stack: () => Promise.reject(new Error('no debugger')) }],
    ['a log that fails', { log: () => Promise.reject(new Error('full')) }],
    [
      'a log that throws',
      {
        log: () => {
          throw new Error('full');
        },
      },
    ],
    ['a log that never ends', { log: () => new Promise<void>(() => {}) }],
  ] as [string, { stack?: () => Promise<undefined>; log?: WatchLog }][])(
    'is killed all the same: %s',
    async (_what, { stack, log }) => {
      const worker = watched(LIMITS, log);
      if (stack) worker.stack.mockImplementation(stack);
      worker.board.begin('GET', '/');
      await worker.pass(2400, false);
      expect(worker.kill).toHaveBeenCalledTimes(1);
    },
  );

  it('is not killed without a request timeout', async () => {
    const { board, kill, pass } = watched({ slowLog: 500, requestTimeout: 0 });
    board.begin('GET', '/');
    await pass(60_000, false);
    expect(kill).not.toHaveBeenCalled();
  });
});

describe('time that nobody had', () => {
  it('kills nobody who was suspended', async () => {
    const { board, entries, kill, pass, sleep, watchdog } = watched({ ...LIMITS, slowLog: 1500 });
    board.begin('GET', '/');
    await pass(1000, false);
    await sleep(3_600_000);
    await watchdog.look();
    await pass(400, false);
    expect([kill.mock.calls.length, entries, board.takeOverdue()]).toEqual([0, [], []]);
    await pass(1000, false);
    expect(kill).toHaveBeenCalledTimes(1);
    expect(entries.at(-1)).toMatch(/GET \/, 2\.\d s/);
  });

  it('kills nobody who was suspended before the watchdog came', async () => {
    const board = new Board();
    board.beat();
    board.begin('GET', '/');
    await vi.advanceTimersByTimeAsync(60_000);
    const kill = vi.fn<() => void>();
    const watchdog = new Watchdog(LIMITS, () => {});
    watchdog.watch({ name: 'worker 7', board, stack: async () => undefined, kill });
    await vi.advanceTimersByTimeAsync(200);
    await watchdog.look();
    expect([kill.mock.calls.length, board.takeOverdue()]).toEqual([0, []]);
  });

  it('gives another round even when all time was used before', async () => {
    const { board, kill, pass, sleep, watchdog } = watched(LIMITS);
    board.begin('GET', '/');
    await pass(1800, false);
    await sleep(5000);
    await watchdog.look();
    expect(kill).not.toHaveBeenCalled();
    board.beat();
    await pass(1000, true);
    expect(kill).not.toHaveBeenCalled();
  });
});

describe('an overdue request of a worker that turns', () => {
  it('is marked on the board, once, and the worker lives', async () => {
    const { board, kill, pass } = watched(LIMITS);
    board.begin('GET', '/waits');
    await pass(1800, true);
    expect(board.takeOverdue()).toEqual([]);
    await pass(200, true);
    expect(board.takeOverdue().map(({ url }) => url)).toEqual(['/waits']);
    await pass(10_000, true);
    expect([board.takeOverdue(), kill.mock.calls.length]).toEqual([[], 0]);
  });

  it('is marked when another one has had the slot before', async () => {
    const { board, pass } = watched(LIMITS);
    for (const url of ['/first', '/second']) {
      const slot = board.begin('GET', url);
      await pass(2200, true);
      expect(board.takeOverdue().map((request) => request.url)).toEqual([url]);
      board.end(slot);
    }
  });
});

describe('a slow request', () => {
  const SLOW = { slowLog: 1000, requestTimeout: 0 };

  it('is logged once, with a stack when the event loop stands still', async () => {
    const { board, entries, pass, stack } = watched(SLOW);
    board.begin('GET', '/spins');
    await pass(800, false);
    expect(entries).toEqual([]);
    await pass(10_000, false);
    expect(stack).toHaveBeenCalledTimes(1);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatch(/^warn: worker 7: slow request: GET \/spins, 1\.0 s.*\n {4}at spin/);
  });

  it('is logged once, without a stack when it turns: it disturbs nobody', async () => {
    const { board, entries, pass, stack } = watched(SLOW);
    const slot = board.begin('GET', '/waits');
    await pass(3000, true);
    board.end(slot);
    board.begin('GET', '/next in that slot');
    await pass(3000, true);
    expect(stack).not.toHaveBeenCalled();
    expect(entries.map((entry) => /GET (.*), 1\.0 s so far; it waits/.exec(entry)?.[1])).toEqual([
      '/waits',
      '/next in that slot',
    ]);
  });

  it('has no stack of what came after it', async () => {
    const { board, entries, pass, stack } = watched(SLOW);
    board.begin('GET', '/');
    stack.mockImplementation(async () => {
      board.beat();
      return ['at something else'];
    });
    await pass(1200, false);
    expect(entries).toHaveLength(1);
    expect(entries[0]).not.toMatch('something else');
  });

  it('is not logged without a limit', async () => {
    const { board, entries, pass } = watched({ slowLog: 0, requestTimeout: 0 });
    board.begin('GET', '/');
    await pass(60_000, false);
    expect(entries).toEqual([]);
  });

  it('is killed all the same while the stack for the slow log takes its time', async () => {
    const { board, kill, pass, stack } = watched({ slowLog: 1900, requestTimeout: 2000 });
    stack.mockImplementation(() => new Promise((resolve) => setTimeout(resolve, 500, undefined)));
    board.begin('GET', '/');
    await pass(2600, false);
    expect(kill).toHaveBeenCalledTimes(1);
  });
});

describe('start', () => {
  it('looks all the time until it is ended', async () => {
    const { board, kill, watchdog } = watched(LIMITS);
    const stop = watchdog.start();
    board.begin('GET', '/');
    await vi.advanceTimersByTimeAsync(1000);
    stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kill).not.toHaveBeenCalled();
    const again = watchdog.start();
    await vi.advanceTimersByTimeAsync(3000);
    expect(kill).toHaveBeenCalledTimes(1);
    again();
  });
});
