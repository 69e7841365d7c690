// The last case: what all the others left in the logs.
import { expect } from 'vitest';
import type { Case } from '../site.ts';

const EXPECTED = [
  /^serving |^ {2}\S+ +try: |AH00489|AH00094|server started/, // starts
  /^(?:error: )*(?:for the (?:log|console): line-4711|Error: the application is at fault)/,
  /^(?:error: )*\s+at /, // the stack of the latter
  /^$/,
];

/** Of the client that leaves in the middle of an upload: only Sluice and the web server can tell. */
const LEFT = [
  /^warn: ERR_\w+_TRUNCATED(?:_BODY)?: /,
  /^warn: http from \S+ HPE_INVALID_EOF_STATE|^warn: ERR_HTTP_REQUEST: the body of the request is broken/,
  /AH02822|AH01075.*\(reading input brigade\)|AH10099|AH00859|AH02608|AH01097|AH01270/, // Apache
  /"msg":"unexpected EOF".*"\/upload/, // Caddy
];

/** Clients that leave, bodies that nobody reads and everything else that is no fault is not told. */
export const logCases = {
  'log: nothing else is in it': async (site) => {
    const expected = [...EXPECTED, ...LEFT, ...site.facts.noise];
    const lines = site.logs().split('\n');
    expect(lines.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([]);
  },
} satisfies Record<string, Case>;
