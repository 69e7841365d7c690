// Each package lists the error codes that it throws, all of them and no others.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PACKAGES = new URL('../../packages/', import.meta.url);

interface Package {
  readonly name: string;
  /** Codes in its error-codes.ts. */
  readonly listed: readonly string[];
  /** Codes that its other sources make errors with. */
  readonly thrown: ReadonlySet<string>;
  /** Codes that comments and README name. */
  readonly mentioned: ReadonlySet<string>;
}

const LISTED = /^ +(ERR_[A-Z0-9_]+):/gm;
const LITERAL = /'(ERR_[A-Z0-9_]+)'/g;
/** Telling an error by its code is not throwing it: the code may be another package's, or Node's. */
const COMPARED = /(?:[=!]==\s*|\bcase\s+)'ERR_[A-Z0-9_]+'|'ERR_[A-Z0-9_]+'\s*[=!]==/g;
const MENTIONED = /`(ERR_[A-Z0-9_]+)`/g;
const WELL_FORMED = /^ERR_[A-Z0-9]+(?:_[A-Z0-9]+)+$/;

function codes(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] as string);
}

function read(name: string): Package {
  const folder = new URL(`${name}/`, PACKAGES);
  const files = readdirSync(folder, { encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  const sources = readdirSync(new URL('src/', folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'error-codes.ts')
    .map((file) => readFileSync(new URL(`src/${file}`, folder), 'utf8'))
    .join('\n');
  const docs = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n');
  return {
    name,
    listed: codes(LISTED, readFileSync(new URL('src/error-codes.ts', folder), 'utf8')),
    thrown: new Set(codes(LITERAL, sources.replace(COMPARED, ''))),
    mentioned: new Set(codes(MENTIONED, sources + docs)),
  };
}

const packages = readdirSync(PACKAGES).map(read);
const everywhere = packages.flatMap(({ listed }) => listed);

describe.each(packages)('$name', ({ listed, thrown, mentioned }) => {
  it('lists the codes that it throws, and no others', () => {
    expect([...listed].sort()).toEqual([...thrown].sort());
  });

  it('names no code that does not exist', () => {
    expect([...mentioned].filter((code) => !everywhere.includes(code))).toEqual([]);
  });
});

it('no code is listed twice: a code names one failure of one package', () => {
  expect(everywhere.filter((code, at) => everywhere.indexOf(code) !== at)).toEqual([]);
});

it('codes are ERR_<AREA>_<WHAT>', () => {
  expect(everywhere.length).toBeGreaterThan(40);
  expect(everywhere.filter((code) => !WELL_FORMED.test(code))).toEqual([]);
});

describe('the patterns', () => {
  const thrown = (source: string) => codes(LITERAL, source.replace(COMPARED, ''));

  it('see a code where an error is made', () => {
    expect(thrown("throw refuse(\n  'ERR_A_B',\n  `why`)")).toEqual(['ERR_A_B']);
    expect(thrown("code === undefined ? 'ERR_A_B' : 'ERR_A_C'")).toEqual(['ERR_A_B', 'ERR_A_C']);
  });

  it('see none where an error is told by its code', () => {
    expect(thrown("error.code === 'ERR_A_B' || x !==\n  'ERR_A_C' || 'ERR_A_D' === y")).toEqual([]);
    expect(thrown("switch (code) { case 'ERR_A_B': }")).toEqual([]);
    expect(thrown('/** @throws `ERR_A_B` */')).toEqual([]);
  });
});
