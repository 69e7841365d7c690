// What a script can make CgiResponseReader hold, and how long it can keep it busy.
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../../test/vectors/bytes.ts';
import {
  type CgiResponseEvent,
  type CgiResponseOptions,
  CgiResponseReader,
} from '../src/response-reader.ts';
import { failure, read } from './read.ts';

const MIB = 1 << 20;
const tooLarge = { code: 'ERR_CGI_HEAD_TOO_LARGE', statusHint: 502 };

/** A header block of exactly `size` bytes, of one long line or of many short ones. */
function headOf(size: number, many: boolean): string {
  if (!many) return `X-A: ${'b'.repeat(size - 7)}\n\n`;
  const lines = 'a:\n'.repeat(Math.floor((size - 5) / 3));
  return `${lines}X:${'b'.repeat(size - lines.length - 4)}\n\n`;
}

describe('bytes of headers', () => {
  it.each([
    ['by default', {}, 65536],
    ['by option', { maxHeadBytes: 100 }, 100],
    ['above the default', { maxHeadBytes: MIB }, MIB],
  ])('are limited %s', (_name, options, limit) => {
    for (const many of [false, true]) {
      expect(headOf(limit, many)).toHaveLength(limit);
      expect(read([latin1(headOf(limit, many))], options)).toHaveLength(2);
      const bytes = latin1(headOf(limit + 1, many));
      expect(failure(() => read([bytes], options))).toMatchObject(tooLarge);
      expect(
        failure(() => read([bytes.subarray(0, 50), bytes.subarray(50)], options)),
      ).toMatchObject(tooLarge);
    }
  });

  it('are limited where no line ends', () => {
    const reader = new CgiResponseReader();
    for (let fed = 0; fed < 65536; fed += 4096) reader.feed(new Uint8Array(4096));
    expect(failure(() => reader.feed(new Uint8Array(1)))).toMatchObject(tooLarge);
    expect(reader.feed(new Uint8Array(4096))).toEqual([]);
    expect(reader.finish()).toEqual([]);
  });

  it('do not limit the body behind them', () => {
    const bytes = latin1(`X: y\n\n${'b'.repeat(1000)}`);
    expect(read([bytes], { maxHeadBytes: 6 })).toHaveLength(3);
    expect(failure(() => read([bytes], { maxHeadBytes: 5 }))).toMatchObject(tooLarge);
  });
});

/** Seconds of processor time to read chunks. */
function seconds(chunks: Iterable<Uint8Array>, options: CgiResponseOptions): number {
  const reader = new CgiResponseReader(options);
  const types = new Set<CgiResponseEvent['type']>();
  const start = process.cpuUsage();
  for (const chunk of chunks) for (const event of reader.feed(chunk)) types.add(event.type);
  const { user, system } = process.cpuUsage(start);
  expect(types).toContain('head');
  return (user + system) / 1e6;
}

function* bytewise(text: string): Generator<Uint8Array> {
  const bytes = latin1(text);
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

describe('processor time', () => {
  const options = { maxHeadBytes: MIB };

  it.each([
    ['one line of 1 MiB', headOf(MIB, false)],
    ['350000 lines', headOf(MIB, true)],
    ['a body of 1 MiB', `Status: 200 OK\r\nContent-Length: ${MIB}\r\n\r\n${'-'.repeat(MIB)}`],
  ])('is below 2 s for %s, byte by byte', (_name, text) => {
    expect(seconds(bytewise(text), options)).toBeLessThan(2);
  });

  // A pattern that backtracks needs seconds for these; the limit leaves room for a busy machine.
  it.each(['a', ' ', ',', '"', '\t', ', ', '=;', '\u00a0', '/', '?'])(
    'is below 0.2 s for 64 KiB of %j in a value',
    (unit) => {
      const value = unit.repeat(65000 / unit.length);
      for (const name of ['X-A', 'Location', 'Content-Type']) {
        expect(seconds([latin1(`${name}: .${value}.\n\n`)], options)).toBeLessThan(0.2);
      }
    },
  );

  it.each([
    ['a status', `Status: ${' '.repeat(65000)}200\n\n`],
    ['a status line', `HTTP/1.1 200 ${' '.repeat(65000)}\n\n`],
  ])('is below 0.2 s for 64 KiB of blanks in %s', (_name, head) => {
    expect(seconds([latin1(head)], options)).toBeLessThan(0.2);
  });
});
