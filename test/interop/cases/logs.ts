// The last case: what all the others left in the logs.
import { expect } from 'vitest';
import type { Case } from '../site.ts';

const EXPECTED = [
  /^serving |^ {2}\S+ +try: |AH00489|AH00094|server started/, // starts
  /^(?:error: )*(?:for the (?:log|console): line-4711|Error: the application is at fault)/,
  /^(?:error: )*\s+at /, // the stack of the latter
  /^$/,
];

/** Clients that leave, bodies that nobody reads and everything else that is no fault is not told. */
export const logCases = {
  'log: nothing else is in it': async (site) => {
    const expected = [...EXPECTED, ...site.facts.noise];
    const lines = site.logs().split('\n');
    expect(lines.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([]);
  },
} satisfies Record<string, Case>;
