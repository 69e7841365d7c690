// What a tracer is fed is shown, whatever it is, and never breaks it.
import { PROTOCOLS, type ProtocolName } from 'sluice';
import { describe, expect, it } from 'vitest';
import { ALL } from './support/request-command.ts';

async function tracerOf(name: ProtocolName) {
  const tracer = (await PROTOCOLS[name].backEnd()).trace?.();
  if (!tracer) throw new Error(`${name} has no tracer`);
  return tracer;
}

/** A generator of numbers from 0 to 1 that is the same each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Beginnings of units that tracers know, for mutation. */
const SEEDS = [
  '0101000100080000000100000000000001040001000f010009005041'.concat('5448', '5f494e464f2f6100'),
  '0106000100120600537461747573',
  '010300010008000000000000',
  '1234000e02020008485454502f312e310000012f00',
  '41420012040 0c80002'.replaceAll(' ', ''),
  '4142000403000161',
  '00050000010041010042',
  '6400000132333a',
  '33343a434f4e54454e545f4c454e475448003000534347490031002c',
  '485454502f312e3120323030204f4b0d0a413a620d0a0d0a78',
];

describe.each(ALL)('tracer of %s', (name) => {
  it('shows garbage as numbers', async () => {
    const tracer = await tracerOf(name);
    const garbage = Buffer.from('fe0102030405060708090a', 'hex');
    expect(tracer.received(garbage).join('\n')).toContain('fe 01 02 03');
    expect(tracer.received(garbage).join('\n')).toContain('11 bytes');
    expect(() => tracer.finish()).not.toThrow();
  });

  it('shows what is not complete', async () => {
    for (const bytes of ['A', '\x01', 'AB\0', 'HTTP/1.1 200', '\x01\x06\0\x01\0\x09\0\0Status']) {
      const tracer = await tracerOf(name);
      const shown = [...tracer.received(Buffer.from(bytes, 'latin1')), ...tracer.finish()];
      expect(shown.length).toBeGreaterThan(0);
    }
  });

  it('survives random and mutated bytes, in lines that cannot harm a terminal', async () => {
    const random = numbers(7);
    for (let round = 0; round < 2000; round++) {
      const tracer = await tracerOf(name);
      const seed = Buffer.from(SEEDS[Math.floor(random() * SEEDS.length)] as string, 'hex');
      const bytes = random() < 0.3 ? Buffer.alloc(Math.floor(random() * 60)) : Buffer.from(seed);
      for (let count = random() * 4; count > 0; count--) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const cut = Math.floor(random() * bytes.length);
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut), bytes];
      const lines = pieces.flatMap((piece) =>
        random() < 0.5 ? tracer.sent(piece) : tracer.received(piece),
      );
      lines.push(...tracer.finish());
      for (const line of lines) expect(line).toMatch(/^[ -~…]*$/);
    }
  });

  it('shows the same however bytes are cut', async () => {
    const answers: Partial<Record<ProtocolName, string>> = {
      fastcgi: '010600010012060053746174757300'.padEnd(64, '0'),
      ajp: '414200020501',
    };
    const hex = answers[name] ?? Buffer.from('Status: 200 OK\r\nA: b\r\n\r\n').toString('hex');
    const bytes = Buffer.from(hex, 'hex');
    const whole = await tracerOf(name);
    const expected = whole.received(bytes);
    const bytewise = await tracerOf(name);
    expect([...bytes].flatMap((byte) => bytewise.received(Buffer.of(byte)))).toEqual(expected);
  });
});
