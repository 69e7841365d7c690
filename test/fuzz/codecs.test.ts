// Every codec, in every role, against bytes that nobody should send.
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzzer.ts';
import { SUBJECTS } from './subjects.ts';

const ENOUGH = 20_000; // inputs, to reach every error code
const count = setting('SLUICE_FUZZ_COUNT', ENOUGH);
const seed = setting('SLUICE_FUZZ_SEED', 20080623);

/** A number from the environment: a typing error must not mean "no inputs at all". */
function setting(name: string, fallback: number): number {
  const text = process.env[name] || `${fallback}`;
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${name}=${text} is not a number`);
  return Number(text);
}

describe.each(SUBJECTS)('$name', (subject) => {
  it(`keeps its promises for ${count} inputs of seed ${seed}`, () => {
    const outcomes = fuzz(subject, { count, seed });
    if (count < ENOUGH) return;
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining([...subject.reaches]));
    expect(outcomes.get('ok')).toBeGreaterThan(count / 100);
  });
});
