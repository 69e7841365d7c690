// Options: declared once, completed and checked in one place.
import { describe, expect, it } from 'vitest';
import { CommandOptions } from '../src/options/command-options.ts';
import { type OptionDeclaration, option, optionsOf } from '../src/options/option.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { ServeOptions } from '../src/options/serve-options.ts';

class Example {
  text = 'default';
  count = 3;
  mask = 0o22;
  yes = false;
  names: readonly string[] = ['a'];
  exact: readonly string[] = [];
  mount: string | null | undefined = undefined;
  model = 'single';
  anything: unknown = undefined;
}

/** What the decorator of a field says, with the type that the compiler would tell. */
function declare(name: keyof Example, type: unknown, declaration: Partial<OptionDeclaration> = {}) {
  Reflect.defineMetadata('design:type', type, Example.prototype, name);
  option({ help: `about ${name}`, ...declaration })(Example.prototype, name);
}

declare('text', String, { env: 'EXAMPLE_TEXT' });
declare('count', Number, { min: 1, env: 'EXAMPLE_COUNT' });
declare('mask', Number, { octal: true });
declare('yes', Boolean);
declare('names', Array);
declare('exact', Array, { verbatim: true });
declare('mount', String, { nullWord: 'none', env: 'EXAMPLE_MOUNT' });
declare('model', String, { choices: ['single', 'fork'] });
declare('anything', Object);

function resolve(given: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}) {
  return resolveOptions(Example, given, env);
}

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'OptionError', code, message: expect.stringMatching(message) });

describe('declarations', () => {
  it('are found in their order, with type and flag', () => {
    expect(optionsOf(Example).map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'text: string',
      'count: number',
      'mask: number',
      'yes: boolean',
      'names: list',
      'exact: list',
      'mount: string',
      'model: string',
      'anything: object',
    ]);
    expect(optionsOf(Example)[0]).toMatchObject({ flag: 'text', help: 'about text' });
    expect(optionsOf(class {})).toEqual([]);
  });

  it('a flag has dashes where its name has capitals', () => {
    const flags = optionsOf(ServeOptions).map(({ flag }) => flag);
    expect(flags).toContain('max-body-bytes');
    for (const flag of flags) expect(flag).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
  });

  it('each has a variable of the environment by one rule, but for those of calls and code', () => {
    for (const { flag, only, variables } of optionsOf(CommandOptions)) {
      const rule = `SLUICE_${flag.toUpperCase().replaceAll('-', '_')}`;
      expect(variables[0]).toBe(only === 'call' || only === 'code' ? undefined : rule);
    }
  });

  it('no two of them share a name, a flag or a variable', () => {
    const options = optionsOf(CommandOptions);
    const names = options.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    const all = [
      ...names.map((name) => name.toLowerCase()),
      ...options.flatMap(({ variables }) => variables),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('what is given', () => {
  it('nothing: the defaults, frozen', () => {
    const options = resolve();
    expect({ ...options }).toEqual({ ...new Example() });
    expect(Object.isFrozen(options)).toBe(true);
    expect(options).toBeInstanceOf(Example);
  });

  it('goes before the environment, and that before the default', () => {
    const env = { EXAMPLE_TEXT: 'env', EXAMPLE_COUNT: '7' };
    expect(resolve({ text: 'given' }, env)).toMatchObject({ text: 'given', count: 7 });
    expect(resolve({ text: undefined }, env).text).toBe('env');
    expect(resolve({}, { OTHER: 'x' }).text).toBe('default');
  });

  it('a variable of the environment is checked like a value', () => {
    const wrong = failure('ERR_OPTION_VALUE', /count.*"many"/);
    expect(() => resolve({}, { EXAMPLE_COUNT: 'many' })).toThrow(wrong);
  });

  it('null is null, and so is its word', () => {
    expect(resolve({ mount: null }, { EXAMPLE_MOUNT: '/env' }).mount).toBeNull();
    expect(resolve({ mount: 'none' }).mount).toBeNull();
    expect(resolve({}, { EXAMPLE_MOUNT: 'none' }).mount).toBeNull();
    expect(resolve({ text: 'none' }).text).toBe('none');
    expect(resolve({ mount: '' }).mount).toBe('');
  });

  it.each([
    ['lext', /no option lext; did you mean text\?/],
    ['Text', /no option Text; did you mean text\?/],
    ['quantity', /no option quantity; there are text, count/],
    ['constructor', /no option constructor/],
    ['toString', /no option toString/],
  ])('%s is no option', (name, message) => {
    expect(() => resolve({ [name]: 1 })).toThrow(failure('ERR_OPTION_UNKNOWN', message));
  });
});

describe('values', () => {
  it.each([
    ['count', 1, 1],
    ['count', '12', 12],
    ['count', '007', 7],
    ['mask', '117', 0o117],
    ['mask', '0117', 0o117],
    ['mask', '0o117', 0o117],
    ['mask', '0', 0],
    ['mask', 0o117, 0o117],
    ['yes', true, true],
    ['names', 'a', ['a']],
    ['names', ' a, b\tc,d ', ['a', 'b', 'c', 'd']],
    ['names', ['a b', ''], ['a b', '']],
    ['names', [], []],
    ['exact', ['a,b c'], ['a,b c']],
    ['exact', ' a,b\n c ', ['a,b', 'c']],
    ['model', 'fork', 'fork'],
    ['text', '', ''],
    ['anything', { a: 1 }, { a: 1 }],
  ])('%s: %j is %j', (name, value, expected) => {
    expect(resolve({ [name]: value })[name as keyof Example]).toEqual(expected);
  });

  it.each([
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '0', '-1', '1.5', '1e3'],
    ...['0x5', ' 5', '5 ', '', 'five', '9'.repeat(16), true, [5], {}],
  ])('count cannot be %j', (value) => {
    const wrong = failure('ERR_OPTION_VALUE', /option count .*a whole number from 1 up/);
    expect(() => resolve({ count: value })).toThrow(wrong);
  });

  it.each(['8', '0o8', '77777', '-1', '', 'u=rwx', '0x11', ' 22', -1])(
    'mask cannot be %j',
    (value) => {
      const wrong = failure('ERR_OPTION_VALUE', /mask.*an octal number such as 022/);
      expect(() => resolve({ mask: value })).toThrow(wrong);
    },
  );

  it.each([
    ['yes', 'true', /yes.*"true".*true or false/],
    ['yes', 1, /true or false/],
    ['text', 5, /text.*a text/],
    ['text', ['a'], /a text/],
    ['model', 'thread', /model.*"thread".*one of single, fork/],
    ['model', 'Fork', /one of single, fork/],
    ['names', '', /names.*a list/],
    ['names', '  ', /a list/],
    ['names', 5, /a list/],
    ['names', ['a', 5], /a list of texts/],
    ['text', null, /a text/],
    ['count', null, /a whole number/],
    ['anything', null, /anything cannot be null/],
  ])('%s cannot be %j', (name, value, message) => {
    expect(() => resolve({ [name]: value })).toThrow(failure('ERR_OPTION_VALUE', message));
  });

  it('a list is a copy of its own, and frozen', () => {
    const given = ['a'];
    const { names } = resolve({ names: given });
    given.push('b');
    expect(names).toEqual(['a']);
    expect(Object.isFrozen(names)).toBe(true);
  });
});
