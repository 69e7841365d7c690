// The ini format: sections, entries, lines that continue, mistakes with their line, values in values.
import { describe, expect, it } from 'vitest';
import { interpolate, parseIni } from '../src/config/ini.ts';

const place = (line: number) => `site.ini:${line}`;

/** What a text says, as plain objects: `{ section: { key: [value, line] } }`. */
function read(text: string): Record<string, Record<string, [string, number]>> {
  return Object.fromEntries(
    [...parseIni(text, place).values()].map(({ name, entries }) => [
      name,
      Object.fromEntries([...entries.values()].map(({ key, value, line }) => [key, [value, line]])),
    ]),
  );
}

describe('parseIni', () => {
  it.each<[what: string, text: string, expected: ReturnType<typeof read>]>([
    ['nothing', '', {}],
    ['an empty section', '[a]', { a: {} }],
    [
      'entries, by either sign',
      '[a]\nx = 1\ny: 2\nz=3',
      { a: { x: ['1', 2], y: ['2', 3], z: ['3', 4] } },
    ],
    [
      'the first sign counts',
      '[a]\nuse = egg:sluice#scgi\nb: c = d',
      { a: { use: ['egg:sluice#scgi', 2], b: ['c = d', 3] } },
    ],
    ['names keep their case', '[A]\nmaxSpare = 1', { A: { maxSpare: ['1', 2] } }],
    ['a name may have blanks', '[a]\nset debug = true', { a: { 'set debug': ['true', 2] } }],
    [
      'blanks around everything',
      '  \n[ server:main ]  \n\nx   =   1  2  ',
      { 'server:main': { x: ['1  2', 4] } },
    ],
    [
      'comments',
      '# one\n; two\n[a]\n  # three\nx = 1\n; four\ny = 2 # no comment',
      { a: { x: ['1', 5], y: ['2 # no comment', 7] } },
    ],
    ['an empty value', '[a]\nx =\ny = 1', { a: { x: ['', 2], y: ['1', 3] } }],
    [
      'lines that continue',
      '[a]\nx = 1\n  2\n\t3\ny = 4',
      { a: { x: ['1\n2\n3', 2], y: ['4', 5] } },
    ],
    [
      'a value that begins on the next line',
      '[a]\nx =\n  1\n\n  # not this\n  2',
      { a: { x: ['1\n2', 2] } },
    ],
    ['carriage returns', '[a]\r\nx = 1\r\n  2\r\n', { a: { x: ['1\n2', 2] } }],
    ['a mark of byte order', '\uFEFF[a]\nx = 1', { a: { x: ['1', 2] } }],
    [
      'line separators of Unicode are no ends of lines',
      '[a]\nx = 1\u20282',
      { a: { x: ['1\u20282', 2] } },
    ],
  ])('%s', (_what, text, expected) => {
    expect(JSON.stringify(read(text))).toBe(JSON.stringify(expected));
  });

  it.each([
    ['[a\nx = 1', 'site.ini:1: a section begins with its name in brackets'],
    ['[]', 'site.ini:1: a section begins'],
    ['[ ]', 'site.ini:1: a section begins'],
    ['[a] x', 'site.ini:1: a section begins'],
    ['[a]\n\nwords', 'site.ini:3: this is neither a section [name] nor name = value: "words"'],
    ['[a]\n= 1', 'site.ini:2: this is neither'],
    ['x = 1', 'site.ini:1: x is in no section'],
    ['  x = 1', 'site.ini:1: an indented line continues a value, and there is none'],
    ['[a]\n  x = 1', 'site.ini:2: an indented line'],
    ['[a]\nx = 1\n[b]\n  y', 'site.ini:4: an indented line'],
    ['[a]\n[b]\n[a]', 'site.ini:3: section [a] is there already, in line 1'],
    ['[a]\nx = 1\ny = 2\nx = 1', 'site.ini:4: x is there already in [a], line 2'],
  ])('%j is refused', (text, message) => {
    expect(() => parseIni(text, place)).toThrow(
      expect.objectContaining({
        name: 'OptionError',
        code: 'ERR_CONFIG_SYNTAX',
        message: expect.stringContaining(message),
      }),
    );
  });
});

it('names of properties are names like any other', () => {
  const section = parseIni('[__proto__]\nconstructor = 1', place).get('__proto__');
  expect(section?.entries.get('constructor')?.value).toBe('1');
  expect(section?.entries.get('toString')).toBeUndefined();
});

describe('interpolate', () => {
  const values: Record<string, string> = {
    here: '/srv',
    logs: '%(here)s/logs',
    deep: '%(logs)s/%(logs)s',
    round: 'x%(about)s',
    about: '%(round)s',
    rate: '100%%',
    broken: '%(',
  };
  const fail = (why: string): never => {
    throw new Error(why);
  };
  const put = (text: string) =>
    interpolate(text, (name) => (Object.hasOwn(values, name) ? values[name] : undefined), fail);

  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['%(here)s/app.js', '/srv/app.js'],
    ['%(logs)s', '/srv/logs'],
    ['%(deep)s', '/srv/logs//srv/logs'],
    ['%%', '%'],
    ['%%(here)s', '%(here)s'],
    ['%(rate)s', '100%'],
  ])('%s is %s', (text, expected) => {
    expect(put(text)).toBe(expected);
  });

  it.each([
    ['%', /% is written %%/],
    ['100 %', /% is written %%/],
    ['%(here)', /% is written %%/],
    ['%h', /% is written %%/],
    ['%(her)s', /%\(her\)s: neither this section nor \[DEFAULT\] has her/],
    ['%()s', /neither/],
    ['%(constructor)s', /neither/],
    ['%(broken)s', /% is written %%/],
    ['%(round)s', /contains itself/],
  ])('%s fails', (text, message) => {
    expect(() => put(text)).toThrow(message);
  });
});
