// Layers of options: which source wins, what is remembered of it, what is said of its mistakes.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWords } from '../src/commands/words.ts';
import { CommandOptions } from '../src/options/command-options.ts';
import { misspeltVariables } from '../src/options/misspelt-variables.ts';
import { findByName, type Option, optionsOf } from '../src/options/option.ts';
import { describeOrigin, type Origin } from '../src/options/origin.ts';
import {
  callLayer,
  environmentLayer,
  giveOnce,
  type Layer,
  resolveLayers,
  resolveOptions,
} from '../src/options/resolve.ts';

const FILE = join(process.cwd(), 'site.ini');

/** A configuration that says this, each from a line of its own. */
function fileLayer(values: Record<string, string>): Layer {
  return new Map(
    Object.entries(values).map(([key, value], index) => [
      (findByName(optionsOf(CommandOptions), key) as Option).name,
      { value, origin: { from: 'file', file: FILE, line: index + 1, key }, isText: true },
    ]),
  );
}

/** The layers of the command: flags, environment, configuration. */
function resolve(words: string[], env: NodeJS.ProcessEnv = {}, file: Record<string, string> = {}) {
  return resolveLayers(CommandOptions, [
    readWords(words, CommandOptions).layer,
    environmentLayer(CommandOptions, env),
    fileLayer(file),
  ]);
}

describe('precedence', () => {
  /** What each source says of an option, weakest first; and the options's default. */
  const MATRIX: [
    name: keyof CommandOptions,
    file: string,
    variable: [string, string],
    flags: string[],
    values: unknown[],
  ][] = [
    ['workers', '11', ['SLUICE_WORKERS', '22'], ['--workers', '33'], [11, 22, 33]],
    ['umask', '011', ['SLUICE_UMASK', '022'], ['--umask', '033'], [0o11, 0o22, 0o33]],
    ['debug', 'on', ['SLUICE_DEBUG', 'f'], ['--debug'], [true, false, true]],
    ['debug', 'off', ['SLUICE_DEBUG', 'y'], ['--no-debug'], [false, true, false]],
    [
      'allow',
      '1.1.1.1, 2.2.2.2',
      ['SLUICE_ALLOW', '3.3.3.3 4.4.4.4'],
      ['--allow', '5.5.5.5', '--allowed-servers', '6.6.6.6'],
      [
        ['1.1.1.1', '2.2.2.2'],
        ['3.3.3.3', '4.4.4.4'],
        ['5.5.5.5', '6.6.6.6'],
      ],
    ],
    [
      'listen',
      'http://h:1?a=b,c\nscgi://h:2',
      ['SLUICE_LISTEN', 'ajp://h:3'],
      ['--listen', 'uwsgi://h:4', '--listen', 'a b'],
      [['http://h:1?a=b,c', 'scgi://h:2'], ['ajp://h:3'], ['uwsgi://h:4', 'a b']],
    ],
    [
      'scriptName',
      '/file',
      ['SLUICE_SCRIPT_NAME', 'none'],
      ['--script-name', ''],
      ['/file', null, ''],
    ],
    [
      'scriptName',
      'none',
      ['WSGI_SCRIPT_NAME', '/env'],
      ['--script-name', 'none'],
      [null, '/env', null],
    ],
    ['maxChildren', '1', ['SLUICE_MAX_CHILDREN', '2'], ['--max-threads', '3'], [1, 2, 3]],
    [
      'onHup',
      'exit42',
      ['SLUICE_ON_HUP', 'reload'],
      ['--on-hup', 'exit42'],
      ['exit42', 'reload', 'exit42'],
    ],
  ];

  it.each(MATRIX)(
    '%s',
    (name, inFile, [variable, inEnvironment], flags, [file, environment, flag]) => {
      const sources = [{ [name]: inFile }, { [variable]: inEnvironment }] as const;
      const of = ({ options, origins }: ReturnType<typeof resolve>) => [
        options[name],
        describeOrigin(origins.get(name) as Origin),
      ];
      expect(of(resolve([]))).toEqual([new CommandOptions()[name], 'default']);
      expect(of(resolve([], {}, sources[0]))).toEqual([file, 'site.ini:1']);
      expect(of(resolve([], sources[1], sources[0]))).toEqual([
        environment,
        `environment variable ${variable}`,
      ]);
      const last = flags.filter((word) => word.startsWith('--')).at(-1);
      expect(of(resolve(flags, sources[1], sources[0]))).toEqual([flag, `flag ${last}`]);
      expect(of(resolve(flags, sources[1]))).toEqual([flag, `flag ${last}`]);
      expect(of(resolve([], sources[1]))).toEqual([
        environment,
        `environment variable ${variable}`,
      ]);
    },
  );

  it('the name by the rule goes before another one', () => {
    const env = { WSGI_SCRIPT_NAME: '/other', SLUICE_SCRIPT_NAME: '/rule' };
    expect(resolve([], env).options.scriptName).toBe('/rule');
  });

  it('the last of a flag counts', () => {
    expect(resolve(['--workers', '1', '--workers', '2']).options.workers).toBe(2);
    expect(resolve(['--debug', '--no-debug']).options.debug).toBe(false);
  });

  it('what only calls and code can give has no flag and no variable', () => {
    const { options } = resolve([], {
      SLUICE_STATISTICS: 'yes',
      SLUICE_ENVIRON: 'x',
      SLUICE_SIGNAL: 'x',
    });
    expect(options).toMatchObject({ statistics: false, environ: {}, signal: undefined });
    expect(() => resolve(['--statistics'])).toThrow(/no option --statistics/);
    expect(() => resolve(['--no-workers'])).toThrow(/no option --no-workers/);
  });
});

describe('booleans are in the words of Paste', () => {
  it.each(['true', 'yes', 'on', 'y', 't', '1', 'TRUE', 'On'])('%s is true', (word) => {
    expect(resolve([], { SLUICE_DEBUG: word }).options.debug).toBe(true);
  });

  it.each(['false', 'no', 'off', 'n', 'f', '0', 'False'])('%s is false', (word) => {
    expect(resolve([], {}, { debug: word }).options.debug).toBe(false);
  });

  it.each(['', '2', 'tru', 'enabled', 'none'])('%j is neither', (word) => {
    expect(() => resolve([], {}, { debug: word })).toThrow(
      /site\.ini:1: option debug cannot be.*one of true, yes/,
    );
  });
});

describe('a mistake names the option, its place and what would be right', () => {
  it.each([
    [
      ['--workers', 'x'],
      {},
      {},
      'option workers (flag --workers) cannot be "x": it has to be a whole number from 1 up',
    ],
    [['--max-threads', '0'], {}, {}, 'option maxChildren (flag --max-threads) cannot be "0"'],
    [
      [],
      { SLUICE_WORKERS: '' },
      {},
      'option workers (environment variable SLUICE_WORKERS) cannot be ""',
    ],
    [
      [],
      { SLUICE_UMASK: '0o9' },
      {},
      'option umask (environment variable SLUICE_UMASK) cannot be "0o9": it has to be an octal',
    ],
    [
      [],
      {},
      { debug: 'on', umask: '028' },
      'site.ini:2: option umask cannot be "028": it has to be an octal number such as 022',
    ],
    [[], {}, { maxThreads: 'many' }, 'site.ini:1: option maxThreads cannot be "many"'],
    [
      [],
      {},
      { pidfile: '' },
      'site.ini:1: option pidfile cannot be "": it has to be the name of a file',
    ],
    [[], {}, { allow: ' ' }, 'site.ini:1: option allow cannot be " ": it has to be a list'],
    [
      [],
      {},
      { logLevel: 'loud' },
      'site.ini:1: option logLevel cannot be "loud": it has to be one of error, warn, info, debug',
    ],
    [
      ['--concurrency', 'threads'],
      {},
      {},
      'it has to be one of single, fork, thread; did you mean thread?',
    ],
    [
      [],
      {},
      { debug: 'on', umask: '1777' },
      'site.ini:2: option umask cannot be "1777": it has to be an octal number such as 022, 777 at most',
    ],
    [
      [],
      {},
      { debug: 'on', allowedServers: '127.0.0.1 foo' },
      'site.ini:2: option allowedServers: "foo" is neither an address nor a network',
    ],
    [['--trust', '10.0.0.0/99'], {}, {}, 'option trust (flag --trust): "10.0.0.0/99" is neither'],
  ])('%j %j %j', (words, env, file, message) => {
    expect(() => resolve(words, env, file as unknown as Record<string, string>)).toThrow(
      expect.objectContaining({
        name: 'OptionError',
        code: 'ERR_OPTION_VALUE',
        message: expect.stringContaining(message),
      }),
    );
  });

  it.each([
    [{ limits: { haed: 1 } }, 'option limits: there is no limit haed; did you mean head?'],
    [{ limits: { head: 'x' } }, 'option limits: head has to be a whole number, not "x"'],
    [{ limits: { head: -1 } }, 'option limits: head has to be a whole number, not -1'],
    [{ limits: 5 }, 'option limits: it has to be an object of numbers, not 5'],
    [{ environ: { A: 3 } }, 'option environ: A has to be a text, not 3'],
    [{ environ: 'A' }, 'option environ: it has to be an object of texts, not "A"'],
    [{ environ: ['A'] }, 'option environ: it has to be an object of texts, not ["A"]'],
    [{ log: 'x' }, 'option log: it has to be a function, not "x"'],
    [{ signal: {} }, 'option signal: it has to be an AbortSignal, not {}'],
    [{ umask: 0o1777 }, 'option umask cannot be 1023'],
  ])('%j', (given, message) => {
    expect(() => resolveOptions(CommandOptions, given, {})).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_VALUE',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('objects that are right are taken as they are', () => {
    const log = () => {};
    const { signal } = new AbortController();
    const given = { limits: { head: 5, idle: 0 }, environ: { HTTPS: 'on' }, log, signal };
    expect(resolveOptions(CommandOptions, given, {})).toMatchObject(given);
  });

  it('all of them, where they are collected', () => {
    const messages: string[] = [];
    const layers = [fileLayer({ workers: '0', debug: 'x', umask: '022', maxAge: '-1' })];
    const { options } = resolveLayers(CommandOptions, layers, ({ message }) =>
      messages.push(message),
    );
    expect(messages.map((message) => /option (\w+)/.exec(message)?.[1]).sort()).toEqual([
      'debug',
      'maxAge',
      'workers',
    ]);
    expect(options).toMatchObject({ debug: false, umask: 0o22, maxAge: 0 });
  });

  it('one that is weaker than a right value does not matter', () => {
    expect(resolve(['--workers', '3'], { SLUICE_WORKERS: 'x' }).options.workers).toBe(3);
  });

  it('JSON has no octal numbers, so that a number for an umask is refused', () => {
    const origin = { from: 'file', file: '/srv/c.json', line: 1, key: 'umask' } as const;
    const layer = (value: unknown) => [new Map([['umask', { value, origin }]])];
    expect(() => resolveLayers(CommandOptions, layer(22))).toThrow(/a text with an octal number/);
    expect(resolveLayers(CommandOptions, layer('22')).options.umask).toBe(0o22);
  });
});

describe('a name that is none leads to the one that is meant', () => {
  it.each([
    ['--port', '; did you mean listen?'],
    ['--bind-address', '; did you mean listen?'],
    ['--threads', '; did you mean workers?'],
    ['--harakiri', '; did you mean request-timeout?'],
    ['--prefix', '; did you mean script-name?'],
    ['--model', '; did you mean concurrency?'],
    [
      '--environ',
      ' here: it is for calls of the library, and for configuration files in JavaScript',
    ],
    ['--signal', ' here: it is for calls of the library'],
  ])('%s', (word, hint) => {
    expect(() => resolve([word, '1'])).toThrow(`there is no option ${word}${hint}`);
  });

  it('no word that is meant is an option itself', () => {
    const options = optionsOf(CommandOptions);
    for (const { meant = [] } of options)
      for (const word of meant) expect(findByName(options, word)).toBeUndefined();
  });
});

it('variables that look like options are told, and those of others are not', () => {
  const env = {
    ...{ SLUICE_WORKER: '3', SLUICE_ACCESSLOG: 'x', SLUICE_WORKERS: '3', SLUICE_DAEMON: 'x' },
    ...{ SLUICE_PORT: 'tcp://10.0.0.1:80', SLUICE_SETTINGS_MODULE: 'a', SLUICE_SERVICE_HOST: 'x' },
    ...{ SLUICE_TEST_IMPORTS: 'x', WORKERS: '3' },
  };
  expect(misspeltVariables(CommandOptions, env)).toEqual([
    'environment variable SLUICE_WORKER means nothing here; did you mean SLUICE_WORKERS?',
    'environment variable SLUICE_ACCESSLOG means nothing here; did you mean SLUICE_ACCESS_LOG?',
  ]);
});

describe('one option by two names', () => {
  it('is refused in one source', () => {
    expect(() => callLayer(CommandOptions, { maxThreads: 1, maxChildren: 2 })).toThrow(
      'option maxChildren and option maxThreads are the same: give one of them',
    );
    const layer = new Map();
    const option = findByName(optionsOf(CommandOptions), 'allow') as Option;
    const at = (line: number, key: string) => ({
      value: '',
      origin: { from: 'file', file: FILE, line, key } as const,
    });
    giveOnce(layer, option, at(3, 'allow'));
    expect(() => giveOnce(layer, option, at(5, 'allowedServers'))).toThrow(
      'site.ini:5: option allowedServers and site.ini:3: option allow are the same: give one of them',
    );
  });

  it('is refused twice by the same name', () => {
    const given = { value: '', origin: { from: 'call', name: 'allow' } as const };
    const option = findByName(optionsOf(CommandOptions), 'allow') as Option;
    const layer = new Map([['allow', given]]);
    expect(() => giveOnce(layer, option, given)).toThrow('option allow is given twice');
  });

  it('is the same in two sources', () => {
    expect(resolve(['--max-children', '7'], {}, { maxThreads: '2' }).options.maxChildren).toBe(7);
  });
});
