// Log lines on the standard error stream.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stderrLog } from '../src/log.ts';

describe('stderrLog', () => {
  afterEach(() => vi.restoreAllMocks());

  it('writes level and message as one line', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    stderrLog('warn', 'a message');
    stderrLog('error', 'another');
    expect(write.mock.calls).toEqual([['warn: a message\n'], ['error: another\n']]);
  });

  it('listens once for the error of a stream that nobody reads', () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    stderrLog('info', 'first');
    const listeners = process.stderr.listenerCount('error');
    expect(listeners).toBeGreaterThan(0);
    for (let at = 0; at < 20; at++) stderrLog('info', 'again');
    expect(process.stderr.listenerCount('error')).toBe(listeners);
  });
});
