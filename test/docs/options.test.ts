// docs/options.md, the READMEs and the help text name every option as it is declared.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DEFAULT_BACK_END_OPTIONS } from '@sluice/back-ends';
import { DEFAULT_LIMITS } from '@sluice/front-ends';
import { loadApplication, PROTOCOLS, ServeOptions, serve } from 'sluice';
import { describe, expect, it } from 'vitest';
import type { optionsOf as OptionsOf } from '../../packages/sluice/src/options/option.ts';
import { SLUICE } from '../support/sluice.ts';
import { read, rowsOf, section } from './markdown.ts';

const built = new URL('../../packages/sluice/dist/options/option.js', import.meta.url);
const { optionsOf }: { optionsOf: typeof OptionsOf } = await import(built.href);
const commandOptions = new URL(
  '../../packages/sluice/dist/options/command-options.js',
  import.meta.url,
);
const { CommandOptions }: { CommandOptions: typeof ServeOptions } = await import(
  commandOptions.href
);
const declared = optionsOf(ServeOptions);
const names = new Set(declared.map(({ name }) => name));
const ofCommand = optionsOf(CommandOptions).filter(({ name }) => !names.has(name));

describe('docs/options.md', () => {
  const text = read('docs/options.md');

  it('has the tables that npm run docs:options makes of the declarations', () => {
    const script = fileURLToPath(new URL('./write-options.js', import.meta.url));
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    expect([stderr, status]).toEqual(['', 0]);
  });

  it('has both tables', () => {
    const rows = (heading: string) =>
      rowsOf(section('docs/options.md', heading), 'Option').map(([name]) => name);
    expect(rows('Options')).toEqual(declared.map(({ name }) => name));
    expect(rows('Options of the command alone')).toEqual(ofCommand.map(({ name }) => name));
  });

  it.each([...declared, ...ofCommand])('says what $name means', ({ name }) => {
    expect(text).toMatch(new RegExp(`^- \`${name}\`: \\S`, 'm'));
  });

  it('lists the values of those that have only some', () => {
    for (const { name, choices } of [...declared, ...ofCommand]) {
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

/** Rows of a protocol's options: name and protocol. */
function rowsFor(scheme: string, options: Readonly<Record<string, string>> = {}): string[][] {
  const names = Object.keys(options);
  if (names.includes('secret')) names.push('secretFile');
  return names.map((name) => [name, scheme]);
}

/** The options that a message names, which has to come. */
async function namedBy(failing: Promise<unknown>): Promise<string[]> {
  const message = await failing.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );
  return /; there are (.*)$/.exec(message)?.[1]?.split(', ') ?? [message];
}

const NO_OPTION = 'quite-another-one';
const byName = (one: readonly string[], other: readonly string[]) =>
  one.join() < other.join() ? -1 : 1;

describe('options behind addresses', () => {
  const schemes = Object.entries(PROTOCOLS);

  it('those of listeners, by protocol', async () => {
    const rows = rowsOf(section('docs/options.md', 'Options of one listener'), 'Option');
    const listed = rows.map(([name, scheme]) => [name as string, scheme as string]);
    const shared = await namedBy(serve('demo', { listen: [`scgi://127.0.0.1:0?${NO_OPTION}=1`] }));
    const expected = shared.map((name) => [name, 'all']);
    for (const [scheme, { frontEnd }] of schemes)
      expected.push(...rowsFor(scheme, (await frontEnd()).options));
    expect(listed.sort(byName)).toEqual(expected.sort(byName));
  });

  it('those of servers, by protocol', async () => {
    const text = section('docs/options.md', 'Servers and scripts as applications');
    const listed = rowsOf(text, 'Option').map(([name, scheme]) => [
      name as string,
      scheme as string,
    ]);
    const expected = [['arg', 'cgi']];
    for (const [scheme, { backEnd }] of schemes)
      expected.push(...rowsFor(scheme, (await backEnd()).options));
    expect(listed.sort(byName)).toEqual(expected.sort(byName));
  });

  it('those of every server', async () => {
    const text = section('docs/options.md', 'Servers and scripts as applications');
    const [sentence = ''] =
      /^`connectTimeout`[^.]*\bmay\s+stand behind each address/m.exec(text) ?? [];
    const listed = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(listed).toEqual(await namedBy(loadApplication(`scgi://127.0.0.1?${NO_OPTION}=1`)));
  });

  it('those of the standard streams', () => {
    const address = `scgi+stdio:?${NO_OPTION}=1`;
    const { stderr } = spawnSync(process.execPath, [SLUICE, 'serve', 'demo', '--listen', address], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/there is no option quite-another-one here; there are stderr$/m);
    const text = section('docs/options.md', 'Options of one listener');
    expect(text).toMatch(/Addresses with `\+stdio:`[^.]* `stderr`:/);
  });
});

describe('other lists', () => {
  it('the options of back-ends', () => {
    const rows = rowsOf(section('packages/back-ends/README.md', 'Options'), 'Option');
    const shown = (value: unknown) => {
      if (value === undefined) return 'not set';
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    };
    expect(rows.map(([name, value]) => [name, value])).toEqual(
      Object.entries(DEFAULT_BACK_END_OPTIONS).map(([name, value]) => [name, shown(value)]),
    );
  });

  it('the addresses of the README begin with every protocol, and with no other', () => {
    const rows = rowsOf(section('README.md', 'Addresses'), 'Address');
    const schemes = new Set(rows.map(([address]) => /^\w+/.exec(address as string)?.[0]));
    expect([...schemes].sort()).toEqual(Object.keys(PROTOCOLS).sort());
  });

  it('the ports of the README', async () => {
    const text = section('README.md', 'Addresses').replace(/\s+/g, ' ');
    for (const [scheme, { frontEnd }] of Object.entries(PROTOCOLS)) {
      const { defaultPort } = await frontEnd();
      if (defaultPort !== undefined) expect(text).toContain(`\`${scheme}\` ${defaultPort}`);
    }
  });
});

describe('sluice serve --help', () => {
  const help = execFileSync(process.execPath, [SLUICE, 'serve', '--help'], { encoding: 'utf8' });

  it.each(declared.filter(({ only }) => only === undefined || only === 'command'))(
    'names --$flag',
    ({ flag, help: words }) => {
      expect(help).toMatch(new RegExp(`^ +--${flag} `, 'm'));
      expect(help).toContain(words);
    },
  );

  it.each(declared.filter(({ only }) => only === 'call' || only === 'code'))(
    'does not name $name',
    ({ flag }) => {
      expect(help.match(/--[a-z-]+/g)).not.toContain(`--${flag}`);
    },
  );
});

it('sluice request --help names what docs/request.md lists', () => {
  const help = execFileSync(process.execPath, [SLUICE, 'request', '--help'], { encoding: 'utf8' });
  const rows = rowsOf(read('docs/request.md'), 'Option').map(([names]) => names as string);
  const flags = (text: string) => [...text.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
  expect(rows.flatMap(flags)).toEqual(
    help.split('\n').flatMap((line) => flags(/^ {2}(?:-\w,| {3}) --[a-z-]+/.exec(line)?.[0] ?? '')),
  );
});
