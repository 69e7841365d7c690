// The words of `sluice ctl`: a verb, what it takes, and where the server is.
import { parseArgs } from 'node:util';
import { OptionError } from '@sluice/protocol';
import { DEFAULT_WAIT } from '../control/words.ts';
import { suggest } from '../suggest.ts';

/** What each verb does, and the options that it has. */
const VERBS = {
  status: { help: 'what the server and its workers do', flags: ['format'] },
  top: { help: 'the same as a table that goes on; q leaves it', flags: ['interval'] },
  reload: {
    help: 'replaces all workers, which import the application anew',
    flags: ['rolling', 'wait'],
  },
  stop: { help: 'lets requests in progress finish, and stops', flags: ['now', 'wait'] },
  scale: { help: 'sets the number of workers, or changes it by one: 4, +1, -1', flags: [] },
  reopen: { help: 'opens the log files anew', flags: [] },
} as const satisfies Readonly<Record<string, { help: string; flags: readonly FlagName[] }>>;

interface Flag {
  readonly placeholder?: string;
  readonly help: string;
}

const FLAGS = {
  control: { placeholder: 'PATH', help: 'the control socket; else SLUICE_CONTROL names it' },
  format: { placeholder: 'FORMAT', help: 'for status: text, json or prometheus' },
  interval: { placeholder: 'SECONDS', help: 'for top: between two looks, 1 by default' },
  rolling: { help: 'for reload: one worker after the other' },
  now: { help: 'for stop: cuts requests in progress' },
  wait: {
    placeholder: 'SECONDS',
    help: `for reload and stop: until it is done, ${DEFAULT_WAIT} by default`,
  },
} as const satisfies Readonly<Record<string, Flag>>;

type FlagName = 'control' | 'format' | 'interval' | 'rolling' | 'now' | 'wait';
type Verb = keyof typeof VERBS;

const FORMATS = ['text', 'json', 'prometheus'] as const;

/** What was asked for. */
export type CtlWords = { /** Of the control socket. */ readonly path: string } & (
  | { readonly verb: 'status'; readonly format: (typeof FORMATS)[number] }
  | { readonly verb: 'top' /** In milliseconds. */; readonly interval: number }
  | {
      readonly verb: 'reload' | 'stop' | 'scale' | 'reopen';
      /** What the server is asked for: a path with its parameters. */
      readonly target: string;
      /** Seconds that it may take. */
      readonly wait: number;
    }
);

/**
 * Takes the words apart.
 *
 * @param words - behind `sluice ctl`
 * @param env - where `SLUICE_CONTROL` may be
 * @returns undefined when they ask for help
 * @throws OptionError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_VALUE`
 */
export function readCtlWords(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): CtlWords | undefined {
  const { values, positionals } = parse(words);
  if (values.has('help')) return undefined;
  const [verb, amount, ...more] = positionals;
  if (verb === undefined) throw wrong(`the verb is missing; there are ${names(VERBS)}`);
  if (!Object.hasOwn(VERBS, verb))
    throw wrong(`there is no verb ${verb}${suggest(verb, Object.keys(VERBS))}`);
  const surplus = verb === 'scale' ? more : [amount, ...more];
  if (surplus[0] !== undefined) throw wrong(`${verb} takes no ${surplus[0]}`);
  checkFlags(verb as Verb, values);
  const path = values.get('control') ?? env.SLUICE_CONTROL ?? '';
  if (path === '') {
    throw wrong(
      'which server? Name its control socket: --control PATH, or SLUICE_CONTROL in the environment; it is what sluice serve --control PATH has opened',
    );
  }
  return { path, ...asked(verb as Verb, values, amount) };
}

function asked(verb: Verb, values: ReadonlyMap<string, string>, amount: string | undefined) {
  const wait = seconds('wait', values.get('wait') ?? String(DEFAULT_WAIT));
  switch (verb) {
    case 'status':
      return { verb, format: format(values.get('format') ?? 'text') };
    case 'top': {
      const interval = seconds('interval', values.get('interval') ?? '1');
      if (interval === 0) throw wrong('--interval is above 0');
      return { verb, interval: interval * 1000 };
    }
    case 'reload':
    case 'stop': {
      const flag = verb === 'reload' ? 'rolling' : 'now';
      const target = `/${verb}?wait=${wait}${values.has(flag) ? `&${flag}=yes` : ''}`;
      return { verb, target, wait };
    }
    case 'scale':
      if (amount === undefined) throw wrong('scale needs a number: scale 4, scale +1, scale -1');
      if (!/^[+-]?\d{1,6}$/.test(amount))
        throw wrong(`scale needs a number such as 4, +1 or -1, not ${amount}`);
      return { verb, target: `/scale?workers=${encodeURIComponent(amount)}`, wait: 0 };
    case 'reopen':
      return { verb, target: '/reopen', wait: 0 };
  }
}

/** Verbs and options as the help text lists them. */
export function ctlLines(): string {
  const verbs = Object.entries(VERBS).map(([verb, { help }]) => {
    return `  ${(verb === 'scale' ? 'scale N' : verb).padEnd(22)} ${help}`;
  });
  const flags = Object.entries<Flag>(FLAGS).map(([flag, { placeholder, help }]) => {
    return `  ${`--${flag}${placeholder ? ` ${placeholder}` : ''}`.padEnd(22)} ${help}`;
  });
  return `${verbs.join('\n')}\n\n${flags.join('\n')}`;
}

function parse(words: readonly string[]) {
  const flags: Readonly<Record<string, Flag & { short?: string }>> = {
    ...FLAGS,
    help: { help: '', short: 'h' },
  };
  const { positionals, tokens } = parseArgs({
    args: numbersLast(words),
    options: Object.fromEntries(
      Object.entries(flags).map(([flag, { placeholder, short }]) => [
        flag,
        { type: placeholder ? 'string' : 'boolean', ...(short && { short }) } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag)
      throw new OptionError(
        'ERR_OPTION_UNKNOWN',
        `there is no option ${rawName}${suggest(name, Object.keys(FLAGS))}`,
      );
    if (flag.placeholder === undefined && value !== undefined)
      throw wrong(`${rawName} takes no value`);
    if (flag.placeholder !== undefined && (value === undefined || value === '--'))
      throw wrong(`${rawName} needs a value: --${name} ${flag.placeholder}`);
    values.set(name, value ?? '');
  }
  return { values, positionals };
}

/** `-1` is a number here and no option: behind `--` it is left alone. */
function numbersLast(words: readonly string[]): string[] {
  const isNumber = (word: string) => /^-\d+$/.test(word);
  if (words.includes('--') || !words.some(isNumber)) return [...words];
  return [...words.filter((word) => !isNumber(word)), '--', ...words.filter(isNumber)];
}

function checkFlags(verb: Verb, values: ReadonlyMap<string, string>): void {
  const own: readonly string[] = ['control', ...VERBS[verb].flags];
  for (const flag of values.keys()) {
    if (own.includes(flag)) continue;
    const owners = Object.entries(VERBS).filter(([, { flags }]) =>
      (flags as readonly string[]).includes(flag),
    );
    throw wrong(`${verb} has no --${flag}: that is for ${names(Object.fromEntries(owners))}`);
  }
}

function format(text: string): (typeof FORMATS)[number] {
  const found = FORMATS.find((name) => name === text);
  if (found) return found;
  throw wrong(`--format is one of ${FORMATS.join(', ')}, not ${text}`);
}

function seconds(flag: string, text: string): number {
  const value = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 86_400) return value;
  throw wrong(`--${flag} is a number of seconds up to 86400, not ${text}`);
}

function names(record: object): string {
  return Object.keys(record).join(', ');
}

function wrong(message: string): OptionError {
  return new OptionError('ERR_OPTION_VALUE', message);
}
