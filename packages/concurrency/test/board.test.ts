// The board: what is written is read back, whatever was asked for and however much of it.
import { describe, expect, it, vi } from 'vitest';
import { keepBeat } from '../src/beat.ts';
import { Board, type RunningRequest } from '../src/board.ts';

const namesOf = (requests: readonly RunningRequest[]) =>
  requests.map(({ method, url }) => `${method} ${url}`);

/** What a board shows of one request. */
function shown(method: string, url: string): string {
  const board = new Board();
  board.begin(method, url);
  return namesOf(new Board(board.buffer).running())[0] as string;
}

describe('the list', () => {
  it('has what runs, the longest first, for whoever has the buffer', () => {
    const board = new Board();
    const reader = new Board(board.buffer);
    expect(reader.running()).toEqual([]);
    const first = board.begin('GET', '/first?a=b');
    const second = board.begin('POST', '/second');
    board.begin('GET', '/third');
    expect(namesOf(reader.running())).toEqual(['GET /first?a=b', 'POST /second', 'GET /third']);
    board.end(first);
    board.begin('GET', '/fourth'); // in the slot of the first
    expect(namesOf(reader.running())).toEqual(['POST /second', 'GET /third', 'GET /fourth']);
    board.end(second);
    expect(namesOf(reader.running())).toEqual(['GET /third', 'GET /fourth']);
  });

  it('knows ages, and leaves out what is too young', () => {
    vi.useFakeTimers();
    try {
      const board = new Board();
      board.begin('GET', '/old');
      vi.advanceTimersByTime(1000);
      board.begin('GET', '/young');
      vi.advanceTimersByTime(500);
      const ages = board.running().map(({ url, age }) => [url, Math.round(age)]);
      expect(ages).toEqual([
        ['/old', 1500],
        ['/young', 500],
      ]);
      expect(namesOf(board.running(501))).toEqual(['GET /old']);
      expect(namesOf(board.running(1501))).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts what does not fit into it', () => {
    const board = new Board();
    const slots = Array.from({ length: board.slots }, (_, at) => board.begin('GET', `/${at}`));
    expect(new Set(slots).size).toBe(board.slots);
    expect(board.begin('GET', '/unlisted')).toBe(-1);
    expect(board.begin('GET', '/unlisted')).toBe(-1);
    expect([board.active, board.ended, board.running().length]).toEqual([
      board.slots + 2,
      0,
      board.slots,
    ]);
    board.end(-1);
    board.end(slots[7] as number);
    expect([board.active, board.ended, board.running().length]).toEqual([
      board.slots,
      2,
      board.slots - 1,
    ]);
    expect(board.begin('GET', '/listed')).toBe(slots[7]);
    for (const slot of [...slots, -1]) board.end(slot);
    expect([board.active, board.ended, board.running()]).toEqual([0, board.slots + 3, []]);
  });

  it('counts the end of a request once', () => {
    const board = new Board();
    const slot = board.begin('GET', '/');
    board.end(slot);
    board.end(slot);
    expect([board.active, board.ended]).toEqual([0, 1]);
    expect(board.begin('GET', '/')).not.toBe(board.begin('GET', '/'));
  });

  it('tells a request from the next one in its slot', () => {
    const board = new Board();
    board.end(board.begin('GET', '/same'));
    board.begin('GET', '/same');
    const [before] = board.running() as [RunningRequest];
    expect(board.isRunning(before)).toBe(true);
    board.end(before.slot);
    expect(board.isRunning(before)).toBe(false);
    expect(board.begin('GET', '/same')).toBe(before.slot);
    expect(board.isRunning(before)).toBe(false);
    expect(board.running()[0]?.version).not.toBe(before.version);
  });
});

describe('the text', () => {
  it.each([
    ['GET', '/'],
    ['', ''],
    ['GET', '/\0\r\n\x1b[31m'],
    ['GET', '/caf\xe9\xff'],
    ['GET', '/%E2%82%AC €😀'],
    ['BASELINE-CONTROL', `/${'x'.repeat(199)}`],
  ])('%j %j is shown as it is', (method, url) => {
    expect(shown(method, url)).toBe(`${method} ${url}`);
  });

  it.each([
    ['ASCII', `/${'x'.repeat(200)}`, `/${'x'.repeat(199)}...`],
    ['a megabyte', `/${'x'.repeat(1e6)}`, `/${'x'.repeat(199)}...`],
    ['a character that does not fit whole', `/${'€'.repeat(100)}`, `/${'€'.repeat(66)}...`],
    ['made of pieces', ['/a'.repeat(100), 'b'].join('?'), `${'/a'.repeat(100)}...`],
  ])('a long URL is cut, and shows it: %s', (_what, url, cut) => {
    expect(shown('GET', url)).toBe(`GET ${cut}`);
  });

  it('a long method is cut, and touches nothing else', () => {
    expect(shown('M'.repeat(100_000), '/url')).toBe(`${'M'.repeat(16)} /url`);
  });

  it('does not keep anything of the request before', () => {
    const board = new Board();
    board.end(board.begin('PROPFIND', `/${'secret'.repeat(100)}`));
    board.begin('GET', '/');
    expect(namesOf(board.running())).toEqual(['GET /']);
  });
});

describe('the counters', () => {
  it('are read by others', () => {
    const board = new Board();
    const reader = new Board(board.buffer);
    board.waiting = 3;
    board.refused += 2 ** 40;
    board.refused += 1;
    board.end(board.begin('GET', '/'));
    board.begin('GET', '/');
    expect([reader.waiting, reader.refused]).toEqual([3, 2 ** 40 + 1]);
    expect([reader.active, reader.ended]).toEqual([1, 1]);
  });
});

describe('the beat', () => {
  it('is there at once, and again and again until it is ended', () => {
    vi.useFakeTimers();
    try {
      const board = new Board();
      expect(board.lastBeat).toBe(0);
      const stop = keepBeat(board);
      const first = board.lastBeat;
      expect(first).not.toBe(0);
      vi.advanceTimersByTime(1000);
      expect(Math.round(board.lastBeat - first)).toBe(1000);
      stop();
      expect(board.lastBeat).toBe(0); // none is to be expected
      vi.advanceTimersByTime(1000);
      expect(board.lastBeat).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('finds requests that others marked, each once, if they still run', () => {
    vi.useFakeTimers();
    try {
      const board = new Board();
      const watcher = new Board(board.buffer);
      const found: string[] = [];
      const stop = keepBeat(board, ({ url }) => found.push(url));
      for (const url of ['/kept', '/ended', '/unmarked']) board.begin('GET', url);
      const [kept, ended] = watcher.running() as [RunningRequest, RunningRequest];
      watcher.markOverdue(kept);
      watcher.markOverdue(ended);
      board.end(ended.slot);
      board.begin('GET', '/another in its slot');
      vi.advanceTimersByTime(1000);
      expect(found).toEqual(['/kept']);
      watcher.markOverdue(watcher.running().find(({ url }) => url === '/unmarked') ?? kept);
      vi.advanceTimersByTime(1000);
      expect(found).toEqual(['/kept', '/unmarked']);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });
});
