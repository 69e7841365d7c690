// The fuzzer notices what is broken: otherwise its silence means nothing.
import { ProtocolError } from '@sluice/protocol';
import { describe, expect, it } from 'vitest';
import { fuzz, type Reader, type ReaderEvent, type Subject } from './fuzzer.ts';
import { Random } from './random.ts';

const COMMA = 0x2c;

/** Passes bytes on; a comma is an error. All broken codecs differ from it in one thing. */
class Sound implements Reader {
  protected failed = false;

  feed(chunk: Uint8Array): ReaderEvent[] {
    if (this.failed || chunk.length === 0) return [];
    if (chunk.includes(COMMA)) {
      this.failed = true;
      throw new ProtocolError('ERR_TEST', 'a comma');
    }
    return this.pass(chunk);
  }

  finish(): ReaderEvent[] {
    return [];
  }

  protected pass(chunk: Uint8Array): ReaderEvent[] {
    return [{ type: 'body', chunk }];
  }
}

/** The bytes before a comma are reported or not, as they are cut: so only inputs without one, or of one byte. */
function subject(open: () => Reader): Subject {
  return {
    name: 'Broken',
    reaches: [],
    next: (random) => {
      const bytes = random.once(4) ? new Uint8Array([COMMA]) : random.bytes(random.below(40));
      return { bytes: bytes.length > 1 ? bytes.map((byte) => byte | 0x80) : bytes, open };
    },
  };
}

function finding(open: () => Reader, options = {}): string {
  try {
    fuzz(subject(open), { count: 3000, seed: 1, ...options });
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

describe('the fuzzer', () => {
  it('finds nothing in a sound codec', () => {
    const outcomes = fuzz(
      subject(() => new Sound()),
      { count: 3000, seed: 1 },
    );
    expect([...outcomes.keys()].sort()).toEqual(['ERR_TEST', 'ok']);
    expect([...outcomes.values()].reduce((sum, times) => sum + times)).toBe(3000);
  });

  it('notices a codec that throws a TypeError', () => {
    class Broken extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        const names = new Map<number, string>();
        return chunk[0] === 0x90
          ? [{ type: names.get(0x90) as string }].map(typed)
          : super.pass(chunk);
      }
    }
    const typed = (event: ReaderEvent) => ({ type: event.type.toLowerCase() });
    expect(finding(() => new Broken())).toContain('TypeError');
  });

  it('notices a codec that throws what is no error', () => {
    class Broken extends Sound {
      override finish(): ReaderEvent[] {
        throw 'a string';
      }
    }
    expect(finding(() => new Broken())).toContain('a string');
  });

  it('notices a codec that never ends', () => {
    class Broken extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        while (chunk[0] === 0x90);
        return super.pass(chunk);
      }
    }
    const message = finding(() => new Broken(), { patience: 200 });
    expect(message).toContain('timed out');
    expect(message).toMatch(/bytes: (?:[0-9a-f]{2})*90/);
  });

  it('notices a codec that speaks after its failure', () => {
    class Broken extends Sound {
      override finish(): ReaderEvent[] {
        return this.failed ? [{ type: 'end' }] : [];
      }
    }
    expect(finding(() => new Broken())).toContain('after its failure');
  });

  it('notices a codec that goes on reading after its failure', () => {
    class Broken extends Sound {
      override feed(chunk: Uint8Array): ReaderEvent[] {
        this.failed = false;
        return super.feed(chunk);
      }
    }
    expect(finding(() => new Broken())).toMatch(/after its failure|a comma/);
  });

  it('notices a codec that gives more than it got', () => {
    class Broken extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        return [...super.pass(chunk), { type: 'surplus', size: 1 }];
      }
    }
    expect(finding(() => new Broken())).toContain('of surplus from');
  });

  it('notices a codec that gives bytes twice, or copies of them', () => {
    class Twice extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        return [...super.pass(chunk.subarray(1)), ...super.pass(chunk.subarray(1))];
      }
    }
    class Copy extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        return super.pass(chunk.slice());
      }
    }
    expect(finding(() => new Twice())).toMatch(/gap|of surplus from/);
    expect(finding(() => new Copy())).toContain('a copy');
  });

  it('notices a codec that loses a byte where its input is cut', () => {
    class Broken extends Sound {
      #first = true;

      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        const kept = this.#first ? chunk : chunk.subarray(1);
        this.#first = false;
        return super.pass(kept);
      }
    }
    expect(finding(() => new Broken())).toMatch(/reads differently|gap/);
  });

  it('notices a codec that keeps what it is fed', () => {
    const kept: unknown[] = [];
    class Broken extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        kept.push(Array.from({ length: 200 }, () => chunk.length / 3));
        return super.pass(chunk);
      }
    }
    expect(finding(() => new Broken())).toContain('bytes more are in use');
  });

  it('notices an event that must never be', () => {
    const inspect = (event: ReaderEvent) => {
      if (event.type === 'odd') throw new Error('an odd event');
    };
    class Broken extends Sound {
      override finish(): ReaderEvent[] {
        return [{ type: 'odd' }];
      }
    }
    const odd = { ...subject(() => new Broken()), inspect };
    expect(() => fuzz(odd, { count: 10, seed: 1 })).toThrow('an odd event');
  });

  it('tells how to repeat what it found', () => {
    class Broken extends Sound {
      protected override pass(chunk: Uint8Array): ReaderEvent[] {
        if (chunk.includes(0xfe)) throw new RangeError('0xfe');
        return super.pass(chunk);
      }
    }
    const message = finding(() => new Broken(), { seed: 7 });
    const [, seed, count] = /SLUICE_FUZZ_SEED=(\d+) SLUICE_FUZZ_COUNT=(\d+)/.exec(message) ?? [];
    expect(seed).toBe('7');
    expect(finding(() => new Broken(), { seed: 7, count: Number(count) })).toBe(message);
    expect(finding(() => new Broken(), { seed: 7, count: Number(count) - 1 })).toBe('nothing');
    expect(/bytes: ([0-9a-f]*)/.exec(message)?.[1]).toMatch(/^(?:[0-9a-f]{2})*fe/);
  });
});

describe('Random', () => {
  const numbers = (random: Random) => Array.from({ length: 1000 }, () => random.below(256));

  it('repeats with its seed, and only with it', () => {
    expect(numbers(new Random(1, 2))).toEqual(numbers(new Random(1, 2)));
    const others = [new Random(2, 2), new Random(1, 3), new Random(0), new Random(2 ** 32 - 1)];
    for (const other of others) expect(numbers(other)).not.toEqual(numbers(new Random(1, 2)));
  });

  it('reaches every number, and none too large', () => {
    const counts = new Array(256).fill(0);
    for (let stream = 0; stream < 100; stream++)
      for (const number of numbers(new Random(1, stream))) counts[number]++;
    expect(counts).toHaveLength(256);
    expect(Math.min(...counts)).toBeGreaterThan(250); // 390 on average
    expect(Math.max(...counts)).toBeLessThan(550);
  });

  it('cuts bytes without losing any', () => {
    const bytes = new Random(5).bytes(50);
    for (let stream = 0; stream < 100; stream++) {
      const pieces = new Random(5, stream).cut(bytes);
      expect(pieces.flatMap((piece) => [...piece])).toEqual([...bytes]);
    }
  });
});
