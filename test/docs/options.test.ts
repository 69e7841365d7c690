// docs/options.md, the READMEs and the help text name every option as it is declared.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { DEFAULT_BACK_END_OPTIONS } from '@sluice/back-ends';
import { DEFAULT_LIMITS } from '@sluice/front-ends';
import { PROTOCOLS, ServeOptions } from 'sluice';
import { describe, expect, it } from 'vitest';
import type { optionsOf as OptionsOf } from '../../packages/sluice/src/options/option.ts';
import { SLUICE } from '../support/sluice.ts';
import { read, rowsOf, section } from './markdown.ts';

const built = new URL('../../packages/sluice/dist/options/option.js', import.meta.url);
const { optionsOf }: { optionsOf: typeof OptionsOf } = await import(built.href);
const declared = optionsOf(ServeOptions);
const defaults = new ServeOptions() as unknown as Record<string, unknown>;

/** A default as the documents write it. */
function written(name: string): string {
  const value = defaults[name];
  if (value === undefined) return 'not set';
  if (name === 'workers' && value === availableParallelism()) return 'number of processors';
  return name === 'umask' ? `0o${(value as number).toString(8)}` : JSON.stringify(value);
}

describe('docs/options.md', () => {
  const text = read('docs/options.md');

  it('lists the options with default, flag and environment variable', () => {
    const expected = declared.map(({ name, flag, placeholder, env, internal }) => [
      name,
      written(name),
      internal ? '' : `--${flag}${placeholder ? ` ${placeholder}` : ''}`,
      env ?? '',
    ]);
    expect(rowsOf(text, 'Option')).toEqual(expected);
  });

  it.each(declared)('says what $name means', ({ name }) => {
    expect(text).toMatch(new RegExp(`^- \`${name}\`: \\S`, 'm'));
  });

  it('lists the values of those that have only some', () => {
    for (const { name, choices } of declared) {
      const [line] = text.split('\n').filter((candidate) => candidate.startsWith(`- \`${name}\``));
      for (const choice of choices ?? []) expect(line).toContain(`\`${choice}\``);
    }
  });

  it('lists the time limits', () => {
    const rows = rowsOf(section('docs/options.md', 'Time limits'), 'Limit');
    expect(rows.map(([name, value]) => [name, Number(value)])).toEqual(
      Object.entries(DEFAULT_LIMITS),
    );
  });
});

describe('other lists', () => {
  it('the limits of back-ends', () => {
    const rows = rowsOf(section('packages/back-ends/README.md', 'Options'), 'Option');
    expect(rows.map(([name, value]) => [name, value])).toEqual(
      Object.entries(DEFAULT_BACK_END_OPTIONS).map(([name, value]) => [name, String(value)]),
    );
  });

  it('the addresses of the README begin with every protocol, and with no other', () => {
    const rows = rowsOf(section('README.md', 'Addresses'), 'Address');
    const schemes = new Set(rows.map(([address]) => /^\w+/.exec(address as string)?.[0]));
    expect([...schemes].sort()).toEqual(Object.keys(PROTOCOLS).sort());
  });
});

describe('sluice serve --help', () => {
  const help = execFileSync(process.execPath, [SLUICE, 'serve', '--help'], { encoding: 'utf8' });

  it.each(declared.filter(({ internal }) => !internal))(
    'names --$flag',
    ({ flag, help: words }) => {
      expect(help).toMatch(new RegExp(`^ +--${flag} `, 'm'));
      expect(help).toContain(words);
    },
  );

  it.each(declared.filter(({ internal }) => internal))('does not name $name', ({ flag }) => {
    expect(help).not.toContain(`--${flag}`);
  });
});
